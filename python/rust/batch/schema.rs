//! What values are.

use massmap::dynamic::StaticSchema;
use massmap::{Schema, UntypedMap};

use crate::map::reader::Reader;

/// What the values of a map are, as far as it tells.
pub(super) fn value_schema(map: &UntypedMap<Reader>) -> StaticSchema {
    let schema = match map.as_inner().entry_types() {
        Some(types) => types.value.clone(),
        None => map.value_type().schema().unwrap_or(Schema::Any),
    };
    StaticSchema::new(schema)
}
