//! Entries like those of a map.

use anyhow::anyhow;
use massmap::dynamic::{EncodedError, TypedKey, TypedValue};

use super::TypedEntry;
use crate::input::error::Rejection;
use crate::input::record::{Field, Record};
use crate::schemas::EntrySchemas;

/// The entry of a record, and how many bytes of memory it takes.
///
/// # Errors
///
/// Fails if it is none that the map could have: readers have checked the schemas, but types that a file names may have fewer values.
pub(in crate::input) fn entry(
    record: Record<'_>,
    schemas: &EntrySchemas,
) -> Result<(TypedEntry, usize), Rejection> {
    let (key, value) = (encoded(record.key), encoded(record.value));
    let size = size_of::<TypedEntry>() + key.len() + value.len();
    let key =
        TypedKey::encoded(schemas.key(), key).map_err(|error| Rejection::Key(differs("key", &error)))?;
    let value = TypedValue::encoded(schemas.value(), value)
        .map_err(|error| Rejection::Value(differs("value", &error)))?;
    Ok(((key, value), size))
}

/// The encoded key or value. What has been read without a schema is none.
pub(super) fn encoded(field: Field<'_>) -> Box<[u8]> {
    match field {
        Field::Encoded(encoded) => encoded.into(),
        Field::Text(_) | Field::Json(_) => Box::default(),
    }
}

fn differs(part: &str, error: &EncodedError) -> anyhow::Error {
    anyhow!("the {part} is not like those of the map: {error}")
}
