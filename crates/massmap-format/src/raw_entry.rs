//! The encoded key and value of an entry, of either format.

use crate::Walker;
use crate::walker::scalar_length;

/// The encoded key and value of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawEntry<'a> {
    /// The key, one MessagePack value.
    pub key: &'a [u8],
    /// The value, one MessagePack value; in a file with compressed values, one [`StoredValue`](crate::StoredValue).
    pub value: &'a [u8],
}

impl<'a> RawEntry<'a> {
    /// Splits the bytes of an entry in a page into its key and its value.
    ///
    /// `None` unless they are exactly two MessagePack values.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        // Most keys and values are scalars.
        match Self::decode_scalars(bytes) {
            Some(entry) => Some(entry),
            None => Self::decode_nested(bytes),
        }
    }

    /// Splits the bytes of an entry whose value is no MessagePack.
    ///
    /// `None` unless they begin with a MessagePack value, and there are more.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn decode_key(bytes: &'a [u8]) -> Option<Self> {
        let key_length = match scalar_length(bytes) {
            Some(length) => length,
            None => Self::nested_length(bytes)?,
        };
        let (key, value) = bytes.split_at_checked(key_length)?;
        (!value.is_empty()).then_some(Self { key, value })
    }

    #[inline(never)]
    fn nested_length(bytes: &[u8]) -> Option<usize> {
        Walker::new(bytes).value().ok().map(<[u8]>::len)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn decode_scalars(bytes: &'a [u8]) -> Option<Self> {
        let (key, value) = bytes.split_at_checked(scalar_length(bytes)?)?;
        (scalar_length(value)? == value.len()).then_some(Self { key, value })
    }

    #[inline(never)]
    fn decode_nested(bytes: &'a [u8]) -> Option<Self> {
        let mut walker = Walker::new(bytes);
        let key = walker.value().ok()?;
        let value = walker.value().ok()?;
        walker.finish().ok()?;
        Some(Self { key, value })
    }
}
