//! From a bucket's bytes and a key to the value: the half of a lookup that follows the read. No I/O.

use std::any::type_name;
use std::borrow::Borrow;
use std::io;

use massmap_format::{BucketEntries, MassMapBucketMeta, RawEntry};
use serde::Deserialize;

use crate::ReadError;

/// A bucket that has been read.
#[derive(Clone, Copy)]
pub(crate) struct Bucket<'a> {
    /// Its place in the index.
    pub(crate) index: usize,
    /// How many entries the index says it has.
    pub(crate) count: u32,
    /// Its bytes.
    pub(crate) payload: &'a [u8],
}

impl<'a> Bucket<'a> {
    pub(crate) fn new(index: usize, meta: &MassMapBucketMeta, payload: &'a [u8]) -> Self {
        Self {
            index,
            count: meta.count,
            payload,
        }
    }

    /// Finds the first entry whose key equals `key`.
    ///
    /// Keys are decoded up to that entry, values not at all. The walk goes on to the end of the bucket, so that damage
    /// anywhere in its structure is an error for each of its keys, found or not.
    pub(crate) fn find<K, Q>(self, key: &Q) -> io::Result<Option<RawEntry<'a>>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let mut found = None;
        for entry in self.entries()? {
            let entry = entry.map_err(|source| self.damaged(source))?;
            if found.is_none() && self.decode_key::<K>(&entry)?.borrow() == key {
                found = Some(entry);
            }
        }
        Ok(found)
    }

    /// Decodes something of each entry, in order; all of them or none.
    pub(crate) fn decode_all<T>(
        self,
        decode: impl Fn(&Self, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        // An entry takes three bytes at least, as the index has been checked for: no more is allocated than the bucket
        // has room for.
        let mut decoded = Vec::with_capacity(self.count as usize);
        for entry in self.entries()? {
            let entry = entry.map_err(|source| self.damaged(source))?;
            decoded.push(decode(&self, &entry)?);
        }
        Ok(decoded)
    }

    pub(crate) fn decode_key<K: for<'de> Deserialize<'de>>(&self, entry: &RawEntry<'_>) -> io::Result<K> {
        rmp_serde::from_slice(entry.key).map_err(|source| {
            ReadError::Key {
                bucket: self.index,
                key_type: type_name::<K>(),
                source,
            }
            .into()
        })
    }

    pub(crate) fn decode_value<V: for<'de> Deserialize<'de>>(&self, entry: &RawEntry<'_>) -> io::Result<V> {
        rmp_serde::from_slice(entry.value).map_err(|source| {
            ReadError::Value {
                bucket: self.index,
                value_type: type_name::<V>(),
                source,
            }
            .into()
        })
    }

    fn entries(&self) -> io::Result<BucketEntries<'a>> {
        BucketEntries::decode(self.payload, self.count).map_err(|source| self.damaged(source))
    }

    #[cold]
    fn damaged(&self, source: massmap_format::FormatError) -> io::Error {
        ReadError::DamagedBucket {
            bucket: self.index,
            source,
        }
        .into()
    }
}
