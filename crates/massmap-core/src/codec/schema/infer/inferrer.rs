//! What is known while the schema of a value is made.

use std::borrow::Cow;

use massmap_format::{Schema, Variant};

use crate::codec::EncodeRules;

/// Makes schemas of values.
#[derive(Clone, Copy)]
pub(super) struct Inferrer {
    pub(super) rules: EncodeRules,
}

/// Wraps the schema of a variant's content.
#[derive(Clone, Copy)]
pub(super) struct Wrapper {
    pub(super) index: u32,
    pub(super) name: &'static str,
}

impl Wrapper {
    pub(super) fn wrap(self, content: Option<Schema>) -> Schema {
        Schema::Enum(vec![Variant {
            index: self.index,
            name: Cow::Borrowed(self.name),
            content,
        }])
    }
}
