//! Taking keys apart that are not encoded yet.

use super::{Parts, character, check_length, integer, wrong};
use crate::codec::dynamic::types::Kind;
use crate::codec::dynamic::{KeyError, Value};

/// Visits the parts of a key.
///
/// # Errors
///
/// A [`KeyError`] if `value` is no key of the type `kind`. Some parts may have been visited by then.
pub(in crate::codec::dynamic::key) fn visit_value(
    kind: &Kind,
    value: &Value,
    parts: &mut impl Parts,
) -> Result<(), KeyError> {
    match (kind, value) {
        (Kind::Integer(integer_type), Value::Integer(value)) => integer(parts, *integer_type, *value)?,
        (Kind::Text, Value::String(text)) => parts.text(text),
        (Kind::Bytes { length }, Value::Bytes(bytes)) => {
            check_length(bytes.len(), *length)?;
            parts.bytes(bytes);
        }
        (Kind::Char, Value::String(text)) => character(parts, text)?,
        (Kind::Bool, Value::Bool(value)) => parts.boolean(*value),
        (Kind::Optional(_), Value::Null) => parts.none(),
        (Kind::Optional(inner), _) => {
            parts.some();
            visit_value(inner, value, parts)?;
        }
        (Kind::Sequence { element, length }, Value::Array(elements)) => {
            parts.begin_sequence(element, check_length(elements.len(), *length)?);
            for value in elements {
                visit_value(element, value, parts)?;
            }
            parts.end_sequence();
        }
        (Kind::Sequence { element, length }, Value::Bytes(bytes)) => match **element {
            Kind::Integer(byte) if byte.is_byte() => {
                parts.begin_sequence(element, check_length(bytes.len(), *length)?);
                for value in bytes {
                    parts.integer(byte, (*value).into());
                }
                parts.end_sequence();
            }
            _ => return Err(wrong(kind, value.kind())),
        },
        (Kind::Tuple(fields), Value::Array(values)) => {
            parts.begin_tuple(check_length(values.len(), Some(fields.len() as u64))?);
            for (field, value) in fields.iter().zip(values) {
                visit_value(field, value, parts)?;
            }
        }
        _ => return Err(wrong(kind, value.kind())),
    }
    Ok(())
}
