//! Decoding keys and values, with errors that name their place and types.

mod buffer;

use std::any::type_name;
use std::io;

use massmap_core::codec::{RecordCodec, RecordError};
use massmap_core::{Codec, ReadError, TypeNames};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use serde::Deserialize;

use buffer::with_buffer;

use crate::MassMapInner;

impl<R, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Decodes the key of an entry in the bucket, or the run of pages, with this index.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Key`].
    #[inline]
    pub fn decode_key<K: for<'de> Deserialize<'de>>(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
    ) -> io::Result<K> {
        let codec = self.index().key_codec();
        codec
            .decode(entry.key)
            .map_err(|cause| self.undecodable_key::<K>(index, cause).into())
    }

    /// Decodes the value of an entry in the bucket, or the run of pages, with this index.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Value`].
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode_value<V: for<'de> Deserialize<'de>>(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
    ) -> io::Result<V> {
        let codec = self.index().value_codec();
        codec
            .decode_owned(entry.value)
            .map_err(|cause| self.undecodable_value::<V>(index, cause))
    }

    /// Decodes the value of an entry in the bucket, or the run of pages, with this index. It may borrow from the entry, unless
    /// values are compressed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn borrow_value<'de, V: Deserialize<'de>>(
        &self,
        index: usize,
        entry: &RawEntry<'de>,
    ) -> io::Result<V> {
        let codec = self.index().value_codec();
        match codec.decode(entry.value) {
            Ok(value) => Ok(value),
            Err(cause) => Err(self.undecodable_value::<V>(index, cause)),
        }
    }

    /// Calls `f` with the value of an entry in the bucket, or the run of pages, with this index, as MessagePack.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Value`] if the value is a record or compressed, and damaged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn with_encoded_value<T>(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
        f: impl FnOnce(&[u8]) -> T,
    ) -> io::Result<T> {
        match self.index().value_codec() {
            Codec::MessagePack => Ok(f(entry.value)),
            Codec::Compressed(decoder) => decoder
                .with_value(entry.value, f)
                .map_err(|error| self.damaged_value(index, error.into())),
            codec => match codec.to_short_messagepack(entry.value) {
                Ok(Some(value)) => Ok(f(value.as_bytes())),
                Ok(None) => with_buffer(|buffer| match codec.to_messagepack(entry.value, buffer) {
                    Ok(value) => Ok(f(value)),
                    Err(error) => Err(self.damaged_value(index, error)),
                }),
                Err(error) => Err(self.damaged_value(index, error)),
            },
        }
    }

    /// Writes the record of the value of an entry in the bucket, or the run of pages, with this index, to `place`. `codec` is that of
    /// the values of the file, and `place` has the length of its records.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Value`] if the value is damaged, or is none of these records.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn write_value_record(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
        codec: &RecordCodec,
        place: &mut [u8],
    ) -> io::Result<()> {
        let written = match self.index().value_codec() {
            Codec::Record(_) => codec.copy_record(entry.value, place),
            Codec::Compressed(decoder) => decoder
                .with_value(entry.value, |value| codec.write_record(value, place))
                .map_err(RecordError::from)
                .flatten(),
            _ => codec.write_record(entry.value, place),
        };
        match written {
            Ok(()) => Ok(()),
            Err(error) => Err(self.damaged_value(index, error)),
        }
    }

    /// Appends an entry in the bucket, or the run of pages, with this index, as MessagePack. Returns where its key ends.
    pub(crate) fn append_encoded(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
        out: &mut Vec<u8>,
    ) -> io::Result<usize> {
        let (keys, values) = (self.index().key_codec(), self.index().value_codec());
        keys.append_messagepack(entry.key, out)
            .map_err(|error| self.damaged_key(index, error))?;
        let key_end = out.len();
        values
            .append_messagepack(entry.value, out)
            .map_err(|error| self.damaged_value(index, error))?;
        Ok(key_end)
    }

    /// The error of a key that does not have the type that the file says.
    #[cold]
    fn damaged_key(&self, index: usize, cause: RecordError) -> io::Error {
        let place = self.index().place(index);
        let names = self.names();
        names
            .undecodable_key(place, TypeNames::OF_FILE, cause.into())
            .into()
    }

    /// The error of a key, in the bucket or the run of pages with this index, that cannot be decoded as a `K`.
    #[cold]
    pub fn undecodable_key<K>(&self, index: usize, cause: rmp_serde::decode::Error) -> ReadError {
        let place = self.index().place(index);
        self.names().undecodable_key(place, type_name::<K>(), cause)
    }

    #[cold]
    fn undecodable_value<V>(&self, index: usize, cause: rmp_serde::decode::Error) -> io::Error {
        let place = self.index().place(index);
        self.names()
            .undecodable_value(place, type_name::<V>(), cause)
            .into()
    }

    /// The error of a value that does not have the type that the file says.
    #[cold]
    fn damaged_value(&self, index: usize, cause: RecordError) -> io::Error {
        let place = self.index().place(index);
        self.names()
            .undecodable_value(place, TypeNames::OF_FILE, cause.into())
            .into()
    }
}
