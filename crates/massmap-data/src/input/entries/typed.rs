//! Entries of schemas.

use anyhow::anyhow;
use massmap::dynamic::{EncodedError, TypedKey, TypedValue};

use super::TypedEntry;
use crate::input::error::Rejection;
use crate::input::record::{Field, Record};
use crate::schemas::{EntryPart, EntrySchemas};

/// The entry of a record, and how many bytes of memory it takes.
///
/// # Errors
///
/// Fails if it is none that a map of these types could have: readers have checked the schemas, but types that a file names may have fewer values.
pub(in crate::input) fn entry(
    record: Record<'_>,
    schemas: &EntrySchemas,
) -> Result<(TypedEntry, usize), Rejection> {
    let (key, value) = (encoded(record.key), encoded(record.value));
    let size = size_of::<TypedEntry>() + key.len() + value.len();
    let differs = |part, error: &EncodedError| anyhow!("{}: {error}", schemas.differs(part));
    let key = TypedKey::encoded(schemas.key(), key)
        .map_err(|error| Rejection::Key(differs(EntryPart::Key, &error)))?;
    let value = TypedValue::encoded(schemas.value(), value)
        .map_err(|error| Rejection::Value(differs(EntryPart::Value, &error)))?;
    Ok(((key, value), size))
}

/// The encoded key or value. What has been read without a schema is none.
pub(super) fn encoded(field: Field<'_>) -> Box<[u8]> {
    match field {
        Field::Encoded(encoded) => encoded.into(),
        Field::Text(_) | Field::Json(_) => Box::default(),
    }
}
