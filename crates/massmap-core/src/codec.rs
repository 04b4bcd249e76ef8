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
    EncodedError, PlainParts, Role, SchemaMismatch, SchemaStep, TypeDifference, check_encoded, check_type,
    describes, is_canonical, widen as widen_schema,
};

use std::borrow::Borrow;

use rmp_serde::decode::Error as DecodeError;
use serde::Deserialize;
use serde::de::Error as _;

use crate::compression::ValueDecoder;

/// The encoding of the keys of a file, or of its values.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Codec<'c> {
    /// MessagePack, as rmp-serde writes it.
    MessagePack,
    /// Records of one length.
    Record(&'c RecordCodec),
    /// MessagePack that may be compressed.
    Compressed(&'c ValueDecoder),
}

impl Codec<'_> {
    /// Decodes a key or a value, which may borrow from `encoded` unless that may be compressed.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode<'de, T: Deserialize<'de>>(self, encoded: &'de [u8]) -> Result<T, DecodeError> {
        match self {
            Self::MessagePack => decode::decode(encoded),
            Self::Record(codec) => codec.decode(encoded),
            Self::Compressed(decoder) => decode_unborrowed(decoder, encoded),
        }
    }

    /// Decodes a key or a value that borrows nothing: like [`decode`](Self::decode), and faster if it may be compressed.
    ///
    /// # Errors
    ///
    /// The error of the decoder.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode_owned<T: for<'de> Deserialize<'de>>(self, encoded: &[u8]) -> Result<T, DecodeError> {
        match self {
            Self::Compressed(decoder) => decode_owned(decoder, encoded),
            codec => codec.decode(encoded),
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
            Self::Compressed(decoder) => Ok(decode_owned::<K>(decoder, encoded)?.borrow() == sought),
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
            Self::Compressed(decoder) => {
                buffer.clear();
                decoder.append(encoded, buffer)?;
                Ok(buffer)
            }
        }
    }

    /// The MessagePack that `encoded`, a record, stands for, if it is short. `None` of others.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if `encoded` is a damaged record.
    #[inline]
    pub fn to_short_messagepack(self, encoded: &[u8]) -> Result<Option<ShortMessagePack>, RecordError> {
        match self {
            Self::MessagePack | Self::Compressed(_) => Ok(None),
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
            Self::Compressed(decoder) => Ok(decoder.append(encoded, out)?),
        }
    }

    /// Checks what can be checked of an encoded value without its type: that a record is one, or that a value can be decompressed.
    /// MessagePack is checked where an entry is split into key and value.
    ///
    /// # Errors
    ///
    /// [`RecordError`].
    pub fn check(self, encoded: &[u8]) -> Result<(), RecordError> {
        match self {
            Self::MessagePack => Ok(()),
            Self::Record(codec) => codec.check(encoded),
            Self::Compressed(decoder) => Ok(decoder.check(encoded)?),
        }
    }
}

/// Decodes a compressed value, which borrows nothing.
#[inline(never)]
fn decode_owned<T: for<'de> Deserialize<'de>>(
    decoder: &ValueDecoder,
    encoded: &[u8],
) -> Result<T, DecodeError> {
    decoder.with_value(encoded, |value| decode::decode(value))?
}

/// Decodes a compressed value that must not borrow from anything.
#[inline(never)]
fn decode_unborrowed<'de, T: Deserialize<'de>>(
    decoder: &ValueDecoder,
    encoded: &[u8],
) -> Result<T, DecodeError> {
    decoder.with_value(encoded, |value| {
        decode::decode_unborrowed(value).map_err(|error| {
            DecodeError::custom(format_args!(
                "nothing can be borrowed from the values of this file, which are compressed: get owned values, or use get_with ({error})"
            ))
        })
    })?
}
