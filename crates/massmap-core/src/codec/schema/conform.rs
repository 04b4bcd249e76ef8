//! Checking that a value is as a schema says, in step with how it is serialized.

mod checker;
mod compound;
mod serializer;

use massmap_format::Schema;
use serde::Serialize;

use crate::codec::EncodeRules;
use checker::Checker;

/// Whether `schema` describes `value`, which is encoded by `rules`.
///
/// Hardly anything is done where the schema says [`Schema::Any`], and nothing if that is all it says.
#[inline]
pub(super) fn conforms<T: Serialize + ?Sized>(schema: &Schema, value: &T, rules: EncodeRules) -> bool {
    matches!(schema, Schema::Any) || value.serialize(Checker::new(schema, rules)).is_ok()
}
