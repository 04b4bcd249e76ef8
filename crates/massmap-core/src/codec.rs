//! How the keys and values of a file are encoded.
//!
//! [`Codec`] is the one place that knows the encodings: everything else handles encoded keys and values as bytes.

pub(crate) mod decode;
pub mod dynamic;
mod encode;
mod excerpt;
pub(crate) mod fixed;
mod memory;
pub mod messagepack;
pub(crate) mod same_key;
mod schema;
mod strict_decode;

pub use encode::{EncodeError, EncodeRules, EntryError, EntryLengths, ShapeError};
pub use fixed::{EntryCodec, RecordCodec, RecordError, ShortMessagePack};
pub use memory::{OutOfMemory, reserve, reserve_exact};
pub use schema::{
    PlainParts, Role, TypeDifference, check_type, describes, is_canonical, widen as widen_schema,
};

use std::borrow::Borrow;

use rmp_serde::decode::Error as DecodeError;
use serde::Deserialize;

/// The encoding of the keys of a file, or of its values.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Codec<'c> {
    /// MessagePack, as rmp-serde writes it.
    MessagePack,
    /// Records of one length.
    Record(&'c RecordCodec),
}

impl Codec<'_> {
    /// Decodes a key or a value, which may borrow from `encoded`.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode<'de, T: Deserialize<'de>>(self, encoded: &'de [u8]) -> Result<T, DecodeError> {
        match self {
            Self::MessagePack => decode::decode(encoded),
            Self::Record(codec) => codec.decode(encoded),
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
            Self::Record(codec) => Ok(codec.decode::<K>(encoded)?.borrow() == sought),
        }
    }

    /// The MessagePack that `encoded` is or stands for. `buffer` is for what has to be made; its content is replaced.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if `encoded` is a damaged record, or there is not enough memory.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn to_messagepack<'b>(
        self,
        encoded: &'b [u8],
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], RecordError> {
        match self {
            Self::MessagePack => Ok(encoded),
            Self::Record(codec) => {
                buffer.clear();
                codec.to_messagepack(encoded, buffer)?;
                Ok(buffer)
            }
        }
    }

    /// The MessagePack that `encoded`, a record, stands for, if it is short. `None` of MessagePack, which need not be made.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if `encoded` is a damaged record.
    #[inline]
    pub fn to_short_messagepack(self, encoded: &[u8]) -> Result<Option<ShortMessagePack>, RecordError> {
        match self {
            Self::MessagePack => Ok(None),
            Self::Record(codec) => codec.to_short_messagepack(encoded),
        }
    }

    /// Appends the MessagePack that `encoded` is or stands for to `out`.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if `encoded` is a damaged record, or there is not enough memory.
    pub fn append_messagepack(self, encoded: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        match self {
            Self::MessagePack => {
                reserve(out, encoded.len())?;
                out.extend_from_slice(encoded);
                Ok(())
            }
            Self::Record(codec) => codec.to_messagepack(encoded, out),
        }
    }

    /// Checks what can be checked of an encoded value without its type: that a record is one. MessagePack is checked where an
    /// entry is split into key and value.
    ///
    /// # Errors
    ///
    /// [`RecordError`].
    pub fn check(self, encoded: &[u8]) -> Result<(), RecordError> {
        match self {
            Self::MessagePack => Ok(()),
            Self::Record(codec) => codec.check(encoded),
        }
    }
}
