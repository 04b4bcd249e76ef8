//! Encoding as MessagePack.
//!
//! The bytes are those of rmp-serde, which readers decode with. A serializer of our own writes them, since it sees what a
//! wrapper around another one would not: whether a field is written after a skipped one, and how a `Some` was encoded.

mod compound;
mod derived;
mod encoder;
mod fields;
pub(in crate::codec) mod scalar;
mod serializer;
mod sorted;
#[cfg(test)]
mod tests;

use massmap_format::{FormatError, Walker};
use serde::Serialize;

use super::error::{EncodeError, EntryError};
use super::output::Output;
use super::rules::{EncodeRules, EntryLengths};
use crate::codec::PlainParts;
use encoder::Encoder;

/// Appends the encoding of `value` to `out`, as rmp-serde writes it.
///
/// # Errors
///
/// [`EncodeError`]. `out` may then end with a part of the encoding.
///
/// # Examples
///
/// ```
/// use massmap_core::codec::{EncodeRules, messagepack};
///
/// let mut bytes = Vec::new();
/// messagepack::encode(&("a", 1), EncodeRules::default(), &mut bytes)?;
/// assert_eq!(bytes, b"\x92\xa1a\x01");
/// # Ok::<(), massmap_core::codec::EncodeError>(())
/// ```
#[inline]
pub fn encode<T: Serialize + ?Sized>(
    value: &T,
    rules: EncodeRules,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut output = Output::new(out);
    let encoded = value.serialize(&mut Encoder::new(&mut output, rules));
    encoded.map_err(|error| error.explained(output.out_of_memory()))
}

/// Appends the encodings of a key and its value to `out`, and returns their lengths. `plain` must be that of their types.
///
/// # Errors
///
/// [`EntryError`]. `out` may then end with a part of the entry.
///
/// # Examples
///
/// ```
/// use massmap_core::codec::{EncodeRules, PlainParts, messagepack};
///
/// let mut bytes = Vec::new();
/// let plain = PlainParts::of::<str, i32>();
/// let lengths = messagepack::encode_entry("key", &1, plain, EncodeRules::default(), &mut bytes)?;
/// assert_eq!((lengths.key, lengths.value), (4, 1));
/// assert_eq!(bytes, b"\xa3key\x01");
/// # Ok::<(), massmap_core::codec::EntryError>(())
/// ```
#[inline]
pub fn encode_entry<K, V>(
    key: &K,
    value: &V,
    plain: PlainParts,
    rules: EncodeRules,
    out: &mut Vec<u8>,
) -> Result<EntryLengths, EntryError>
where
    K: Serialize + ?Sized,
    V: Serialize + ?Sized,
{
    let start = out.len();
    // Keys that differ only in what their encoding loses could not be told apart: lookups would not find them.
    let key_rules = EncodeRules {
        distinct_options: true,
        ..rules
    };
    let mut output = Output::new(out);
    if let Err(error) = key.serialize(&mut Encoder::new(&mut output, key_rules)) {
        return Err(EntryError::Key(error.explained(output.out_of_memory())));
    }
    let middle = output.bytes().len();
    if let Err(error) = value.serialize(&mut Encoder::new(&mut output, rules)) {
        return Err(EntryError::Value(error.explained(output.out_of_memory())));
    }
    let entry = out.get(start..).unwrap_or_default();
    let (encoded_key, encoded_value) = entry.split_at_checked(middle - start).unwrap_or_default();
    match (plain.key || is_value(encoded_key)) && (plain.value || is_value(encoded_value)) {
        true => Ok(EntryLengths::new(encoded_key.len(), encoded_value.len())),
        false => split(entry).map_err(EntryError::Unreadable),
    }
}

/// Whether `encoded` is a single value that readers accept. Whoever implements `Serialize` may write something else.
#[inline]
fn is_value(encoded: &[u8]) -> bool {
    let mut walker = Walker::new(encoded);
    walker.value().is_ok_and(|value| value.len() == encoded.len())
}

/// The lengths of the two values that `entry` consists of, which are checked to be readable.
#[cold]
fn split(entry: &[u8]) -> Result<EntryLengths, FormatError> {
    let mut walker = Walker::new(entry);
    let key = walker.value()?.len();
    let value = walker.value()?.len();
    walker.clone().finish()?;
    Ok(EntryLengths::new(key, value))
}
