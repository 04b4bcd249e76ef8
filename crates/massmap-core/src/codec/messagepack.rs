//! Keys and values as MessagePack, which is what builders encode them as, whatever the layout of the file.

use rmp_serde::decode::Error as DecodeError;
use serde::{Deserialize, Serialize};

use super::encode::{EncodeError, EncodeRules, EntryError, EntryLengths, messagepack};
use super::{excerpt, strict_decode};

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
    messagepack::encode(value, rules, out)
}

/// Appends the encodings of a key and its value to `out`, and returns their lengths.
///
/// # Errors
///
/// [`EntryError`]. `out` may then end with a part of the entry.
///
/// # Examples
///
/// ```
/// use massmap_core::codec::{EncodeRules, messagepack};
///
/// let mut bytes = Vec::new();
/// let lengths = messagepack::encode_entry("key", &1, EncodeRules::default(), &mut bytes)?;
/// assert_eq!((lengths.key, lengths.value), (4, 1));
/// assert_eq!(bytes, b"\xa3key\x01");
/// # Ok::<(), massmap_core::codec::EntryError>(())
/// ```
#[inline]
pub fn encode_entry<K, V>(
    key: &K,
    value: &V,
    rules: EncodeRules,
    out: &mut Vec<u8>,
) -> Result<EntryLengths, EntryError>
where
    K: Serialize + ?Sized,
    V: Serialize + ?Sized,
{
    messagepack::encode_entry(key, value, rules, out)
}

/// Decodes a value, and refuses tuple structs and tuple variants with skipped elements.
///
/// Their other elements would be read in the place of the skipped ones. For checking entries while they are built.
///
/// # Errors
///
/// Those of decoding.
pub fn decode_strict<'de, T: Deserialize<'de>>(encoded: &'de [u8]) -> Result<T, DecodeError> {
    strict_decode::messagepack(encoded)
}

/// The beginning of an encoded value, for messages.
///
/// # Examples
///
/// ```
/// use massmap_core::codec::messagepack;
///
/// assert_eq!(messagepack::excerpt(b"\xa3key"), "\"key\"");
/// assert_eq!(messagepack::excerpt(b"\x92\x01\x02"), r"\x92\x01\x02 (as MessagePack)");
/// ```
#[must_use]
pub fn excerpt(encoded: &[u8]) -> String {
    excerpt::messagepack(encoded)
}
