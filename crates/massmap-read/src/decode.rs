//! Decoding keys and values, with errors that name their place and types.

use std::any::type_name;
use std::io;

use massmap_core::ReadError;
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::MassMapInner;

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Decodes the key of an entry in the bucket, or the run of pages, with this index.
    #[inline]
    pub(crate) fn decode_key<K: for<'de> Deserialize<'de>>(
        &self,
        index: usize,
        entry: &RawEntry<'_>,
    ) -> io::Result<K> {
        let codec = self.index().codec();
        codec
            .decode(entry.key)
            .map_err(|cause| self.undecodable_key::<K>(index, cause).into())
    }

    /// Decodes the value of an entry in the bucket, or the run of pages, with this index.
    #[inline]
    pub(crate) fn decode_value<'de, V: Deserialize<'de>>(
        &self,
        index: usize,
        entry: &RawEntry<'de>,
    ) -> io::Result<V> {
        let codec = self.index().codec();
        codec
            .decode(entry.value)
            .map_err(|cause| self.undecodable_value::<V>(index, cause))
    }

    #[cold]
    pub(crate) fn undecodable_key<K>(&self, index: usize, cause: rmp_serde::decode::Error) -> ReadError {
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
}
