//! Decoding what entries hold, with errors that tell where it comes from.

use std::any::type_name;
use std::io;

use massmap_format::RawEntry;
use rmp_serde::decode::Error;
use serde::Deserialize;

use crate::ReadError;
use crate::decode::decode;
use crate::trust::file_types::FileTypes;

/// Where entries come from: a bucket, or a run of pages, of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// Index of the bucket, or number of the run's first page.
    pub(crate) index: usize,
    pub(crate) types: &'a FileTypes,
}

impl Origin<'_> {
    #[inline]
    pub(crate) fn decode_key<K: for<'de> Deserialize<'de>>(&self, entry: &RawEntry<'_>) -> io::Result<K> {
        decode(entry.key).map_err(|cause| self.no_key::<K>(cause).into())
    }

    #[inline]
    pub(crate) fn decode_value<'de, V: Deserialize<'de>>(&self, entry: &RawEntry<'de>) -> io::Result<V> {
        decode(entry.value).map_err(|cause| self.no_value::<V>(cause))
    }

    #[cold]
    pub(crate) fn no_key<K>(&self, cause: Error) -> ReadError {
        ReadError::Key {
            place: self.types.place(self.index),
            key_type: type_name::<K>(),
            file_key_type: self.types.key_type.clone(),
            cause,
        }
    }

    #[cold]
    fn no_value<V>(&self, cause: Error) -> io::Error {
        ReadError::Value {
            place: self.types.place(self.index),
            value_type: type_name::<V>(),
            file_value_type: self.types.value_type.clone(),
            cause,
        }
        .into()
    }
}
