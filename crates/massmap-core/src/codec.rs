//! How the keys and values of a file are encoded.
//!
//! [`Codec`] is the one place that knows the encodings: everything else handles encoded entries as bytes.

pub(crate) mod decode;
pub mod dynamic;
mod encode;
mod excerpt;
mod memory;
pub(crate) mod same_key;
mod schema;
mod strict_decode;

pub use encode::{EncodeError, EncodeRules, EntryError, EntryLengths, ShapeError};
pub use memory::{OutOfMemory, reserve, reserve_exact};
pub use schema::{Role, TypeDifference, check_type, describes, is_canonical, widen as widen_schema};

use std::borrow::Borrow;

use massmap_format::RawEntry;
use rmp_serde::decode::Error as DecodeError;
use serde::{Deserialize, Serialize};

use encode::messagepack;

/// An encoding of keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack, as rmp-serde writes it.
    #[default]
    MessagePack,
}

impl Codec {
    /// Appends the encoding of `value` to `out`.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]. `out` may then end with a part of the encoding.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_core::codec::{Codec, EncodeRules};
    ///
    /// let mut bytes = Vec::new();
    /// Codec::MessagePack.encode(&("a", 1), EncodeRules::default(), &mut bytes)?;
    /// assert_eq!(bytes, b"\x92\xa1a\x01");
    /// # Ok::<(), massmap_core::codec::EncodeError>(())
    /// ```
    #[inline]
    pub fn encode<T: Serialize + ?Sized>(
        self,
        value: &T,
        rules: EncodeRules,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::MessagePack => messagepack::encode(value, rules, out),
        }
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
    /// use massmap_core::codec::{Codec, EncodeRules};
    ///
    /// let mut bytes = Vec::new();
    /// let lengths = Codec::MessagePack.encode_entry("key", &1, EncodeRules::default(), &mut bytes)?;
    /// assert_eq!((lengths.key, lengths.value), (4, 1));
    /// assert_eq!(bytes, b"\xa3key\x01");
    /// # Ok::<(), massmap_core::codec::EntryError>(())
    /// ```
    #[inline]
    pub fn encode_entry<K, V>(
        self,
        key: &K,
        value: &V,
        rules: EncodeRules,
        out: &mut Vec<u8>,
    ) -> Result<EntryLengths, EntryError>
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        match self {
            Self::MessagePack => messagepack::encode_entry(key, value, rules, out),
        }
    }

    /// Splits the encoding of an entry into those of its key and its value. `None` if the bytes are not exactly one entry.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn split(self, entry: &[u8]) -> Option<RawEntry<'_>> {
        match self {
            Self::MessagePack => RawEntry::decode(entry),
        }
    }

    /// Decodes a key or a value, which may borrow from `encoded`.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[inline]
    pub fn decode<'de, T: Deserialize<'de>>(self, encoded: &'de [u8]) -> Result<T, DecodeError> {
        match self {
            Self::MessagePack => decode::decode(encoded),
        }
    }

    /// Whether `encoded` is the key `sought`: whether it decodes to a `K` that equals it.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn is_key<K, Q>(self, encoded: &[u8], sought: &Q) -> Result<bool, DecodeError>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self {
            Self::MessagePack => same_key::is_same_key::<K, Q>(encoded, sought),
        }
    }

    /// Decodes a value, and refuses tuple structs and tuple variants with skipped elements.
    ///
    /// Their other elements would be read in the place of the skipped ones. For checking entries while they are built.
    ///
    /// # Errors
    ///
    /// Those of decoding.
    pub fn decode_strict<'de, T: Deserialize<'de>>(self, encoded: &'de [u8]) -> Result<T, DecodeError> {
        match self {
            Self::MessagePack => strict_decode::messagepack(encoded),
        }
    }

    /// The beginning of an encoded value, for messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_core::codec::Codec;
    ///
    /// assert_eq!(Codec::MessagePack.excerpt(b"\xa3key"), "\"key\"");
    /// assert_eq!(Codec::MessagePack.excerpt(b"\x92\x01\x02"), r"\x92\x01\x02 (as MessagePack)");
    /// ```
    #[must_use]
    pub fn excerpt(self, encoded: &[u8]) -> String {
        match self {
            Self::MessagePack => excerpt::messagepack(encoded),
        }
    }
}
