//! A map without its key and value types.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, Metadata};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::scan::Bucket;
use crate::{MassMap, ReadError};

/// An opened map whose key and value types are not known yet.
///
/// Shows header, metadata and bucket index; [`cast`](Self::cast) gives it types.
pub struct MassMapInner<R: MassMapReader, H: MassMapHashLoader = MassMapDefaultHashLoader> {
    /// Header at the start of the file.
    pub header: MassMapHeader,
    /// Metadata of the map.
    pub meta: MassMapMeta,
    /// One element a bucket; never empty. Validated when the map was opened, unlike `meta`, which anyone may change.
    buckets: Vec<MassMapBucketMeta>,
    build_hasher: H::BuildHasher,
    /// Reader of the file.
    pub reader: R,
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Opens a map: reads and validates its header and metadata, and loads its hash function.
    ///
    /// Takes two reads, whatever the size of the map. Memory is 16 bytes a bucket.
    ///
    /// # Errors
    ///
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file ends early;
    /// - [`InvalidData`](io::ErrorKind::InvalidData) with a [`FormatError`](massmap_format::FormatError) if it is no
    ///   massmap file or contradicts itself;
    /// - what `H` reports if it cannot load the hash function that the file names;
    /// - any error of the reader.
    pub fn load(reader: R) -> io::Result<Self> {
        let header = reader.read_exact_at(0, MassMapHeader::SIZE as u64, |bytes| {
            let header = MassMapHeader::deserialize(bytes)?;
            header.validate()?;
            Ok(header)
        })?;
        let Metadata { meta, buckets } =
            reader.read_exact_at(header.meta_offset, header.meta_length, |bytes| {
                Ok(Metadata::decode(&header, bytes)?)
            })?;
        let build_hasher = H::load(&meta.hash_config)?;
        Ok(Self {
            header,
            meta,
            buckets,
            build_hasher,
            reader,
        })
    }

    /// Number of entries in the map, duplicates included.
    pub fn len(&self) -> u64 {
        self.meta.entry_count
    }

    /// Whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Header and metadata of the map.
    pub fn info(&self) -> MassMapInfo {
        MassMapInfo {
            header: self.header.clone(),
            meta: self.meta.clone(),
        }
    }

    /// Where each bucket lies and how many entries it has.
    pub fn bucket_metas(&self) -> &[MassMapBucketMeta] {
        &self.buckets
    }

    /// Gives the map its key and value types.
    ///
    /// Reads nothing. The first lookup checks whether `K` and the hash function fit the file.
    pub fn cast<K, V>(self) -> MassMap<K, V, R, H>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de> + Clone,
    {
        MassMap::unverified(self)
    }

    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.build_hasher.hash_one(key)
    }

    /// From a hash to the index of its bucket: the half of a lookup that goes before the read. No I/O.
    pub(crate) fn bucket_of(&self, hash: u64) -> usize {
        usize::try_from(hash % self.buckets.len() as u64).expect("less than the number of buckets")
    }

    pub(crate) fn bucket_meta(&self, index: usize) -> io::Result<&MassMapBucketMeta> {
        self.buckets.get(index).ok_or_else(|| {
            ReadError::BucketOutOfRange {
                bucket: index,
                bucket_count: self.buckets.len(),
            }
            .into()
        })
    }

    /// Reads the bucket `index` and calls `f` with it. An empty bucket costs no read and gives the default.
    pub(crate) fn read_bucket<T: Default>(
        &self,
        index: usize,
        f: impl Fn(Bucket<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let meta = self.bucket_meta(index)?;
        if meta.count == 0 {
            return Ok(T::default());
        }
        self.reader
            .read_exact_at(meta.offset, meta.length.into(), |payload| {
                f(Bucket::new(index, meta, payload))
            })
    }
}

impl<R: MassMapReader + Clone, H: MassMapHashLoader> Clone for MassMapInner<R, H>
where
    H::BuildHasher: Clone,
{
    fn clone(&self) -> Self {
        Self {
            header: self.header.clone(),
            meta: self.meta.clone(),
            buckets: self.buckets.clone(),
            build_hasher: self.build_hasher.clone(),
            reader: self.reader.clone(),
        }
    }
}

impl<R: MassMapReader + fmt::Debug, H: MassMapHashLoader> fmt::Debug for MassMapInner<R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the bucket index, which can have millions of elements.
        f.debug_struct("MassMapInner")
            .field("header", &self.header)
            .field("meta", &self.meta)
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}
