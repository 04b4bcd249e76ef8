//! From a bucket's bytes and a key to the value: the half of a lookup that follows the read. No I/O.

use std::any::type_name;
use std::borrow::Borrow;
use std::io;

use massmap_format::{BucketEntries, FormatError, MassMapBucketMeta, RawEntry};
use serde::Deserialize;

use crate::ReadError;
use crate::decode::decode;

/// Why a search ends early.
enum Failure {
    Damaged(FormatError),
    Other(io::Error),
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::Damaged(error)
    }
}

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
        self.visit(|entry| {
            let is_found = self.decode_key::<K>(&entry)?.borrow() == key;
            if is_found {
                found = Some(entry);
            }
            Ok(!is_found)
        })?;
        Ok(found)
    }

    /// Decodes something of each entry, in order; all of them or none.
    pub(crate) fn decode_all<T>(
        self,
        decode_entry: impl Fn(&Self, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        // Not for all entries at once: a value of a few bytes may decode to something large.
        let affordable = self.payload.len() / size_of::<T>().max(1);
        let mut decoded = Vec::with_capacity(affordable.min(self.count as usize));
        self.visit(|entry| {
            decoded.push(decode_entry(&self, &entry)?);
            Ok(true)
        })?;
        Ok(decoded)
    }

    /// Walks over all entries and calls `f` with each one until it returns `false`.
    fn visit(self, mut f: impl FnMut(RawEntry<'a>) -> io::Result<bool>) -> io::Result<()> {
        let visited = BucketEntries::decode(self.payload, self.count)
            .map_err(Failure::Damaged)
            .and_then(|entries| entries.visit(|entry| f(entry).map_err(Failure::Other)));
        visited.map_err(|failure| match failure {
            Failure::Damaged(source) => ReadError::DamagedBucket {
                bucket: self.index,
                source,
            }
            .into(),
            Failure::Other(error) => error,
        })
    }

    #[inline]
    pub(crate) fn decode_key<K: for<'de> Deserialize<'de>>(&self, entry: &RawEntry<'_>) -> io::Result<K> {
        decode(entry.key).map_err(|source| {
            ReadError::Key {
                bucket: self.index,
                key_type: type_name::<K>(),
                source,
            }
            .into()
        })
    }

    #[inline]
    pub(crate) fn decode_value<V: for<'de> Deserialize<'de>>(&self, entry: &RawEntry<'_>) -> io::Result<V> {
        decode(entry.value).map_err(|source| {
            ReadError::Value {
                bucket: self.index,
                value_type: type_name::<V>(),
                source,
            }
            .into()
        })
    }
}
