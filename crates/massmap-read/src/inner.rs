//! A map without its key and value types.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;

use massmap_format::{
    DuplicateKeys, FormatVersion, MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, PagedHeader,
    PagedMetadata,
};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader, Xxh3HashLoader};
use massmap_io::{IoError, MassMapReader};
use serde::Deserialize;

use crate::checksum::Checksums;
use crate::cpu::BitInstructions;
use crate::layout::{Extent, Layout, Places};
use crate::open::{Opened, open};
use crate::origin::Origin;
use crate::scan::Block;
use crate::trust::Trust;
use crate::trust::file_types::FileTypes;
use crate::{ChecksumPolicy, MassMap, ReadError};

/// An opened map whose key and value types are not known yet.
///
/// Shows header, metadata and bucket index; [`cast`](Self::cast) gives it types.
pub struct MassMapInner<R: MassMapReader, H: MassMapHashLoader = MassMapDefaultHashLoader> {
    /// Header at the start of the file; of a file of format 2, where its metadata lie.
    pub header: MassMapHeader,
    /// Metadata of the map.
    pub meta: MassMapMeta,
    /// Validated when the map was opened, unlike `meta`, which anyone may change.
    layout: Layout,
    /// As `meta` named them when the map was opened.
    types: FileTypes,
    duplicate_keys: DuplicateKeys,
    user_metadata: BTreeMap<String, String>,
    /// Hashes of [`PagedMetadata::PROBES`] by the hash function of the file.
    hash_probes: Option<(u64, u64)>,
    build_hasher: H::BuildHasher,
    bit_instructions: BitInstructions,
    /// Reader of the file.
    pub reader: R,
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Opens a map of either format: reads and validates its header and metadata, and loads its hash function.
    ///
    /// Takes two reads for a file of format 1 and three for one of format 2, whatever the size of the map. Memory is two or
    /// three bytes a bucket, or about a byte a page, and what a miss filter takes; from a reader whose bytes lie in
    /// memory, the index of pages takes none.
    ///
    /// # Errors
    ///
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file ends early;
    /// - [`InvalidData`](io::ErrorKind::InvalidData) with a [`FormatError`](massmap_format::FormatError) if it is no
    ///   massmap file or contradicts itself;
    /// - what `H` reports if it cannot load the hash function that the file names;
    /// - any error of the reader.
    pub fn load(reader: R) -> io::Result<Self> {
        let opened = open(&reader)?;
        let build_hasher = H::load(&opened.meta.hash_config)?;
        let Opened {
            header,
            meta,
            layout,
            duplicate_keys,
            user_metadata,
            hash_probes,
        } = opened;
        let format = match layout {
            Layout::Buckets(_) => FormatVersion::V1,
            Layout::Pages(_) => FormatVersion::V2,
        };
        Ok(Self {
            types: FileTypes::new(format, &meta),
            header,
            meta,
            layout,
            duplicate_keys,
            user_metadata,
            hash_probes,
            build_hasher,
            bit_instructions: BitInstructions::detect(),
            reader,
        })
    }

    /// Whether the hash function gives the hashes that the file says it gives; format 1 does not say.
    pub(crate) fn check_hash_function(&self) -> Result<(), ReadError> {
        let (integer, string) = PagedMetadata::PROBES;
        match self.hash_probes {
            Some(probes) if probes != (self.hash(&integer), self.hash(string)) => {
                Err(ReadError::HashFunction {
                    name: self.meta.hash_config.name.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses key types that cannot be that of the file according to the names of both.
    pub(crate) fn check_key_names<K>(&self) -> Result<(), ReadError> {
        // In an empty map of format 1, any key is missing, as massmap 0.1.5 answers.
        let is_left_to_answer = self.format() == FormatVersion::V1 && self.is_empty();
        if is_left_to_answer || !self.types.forbid_keys::<K>(self.sizes_have_64_bits()) {
            return Ok(());
        }
        Err(ReadError::KeyType {
            key_type: type_name::<K>(),
            file_key_type: self.types.key_type.clone(),
        })
    }

    /// Whether the hash function is known to hash `usize` and `isize` like the integers of 64 bits, on any machine.
    fn sizes_have_64_bits(&self) -> bool {
        self.meta.hash_config.name == Xxh3HashLoader::NAME
            && self.hash(&usize::MAX) == self.hash(&(usize::MAX as u64))
            && self.hash(&-2isize) == self.hash(&-2i64)
    }

    /// The error of an entry, number `entry` of the bucket or run of pages `index`, whose key as a `K` has the hash `hash` and
    /// lies elsewhere than that says.
    #[cold]
    pub(crate) fn mismatch<K>(&self, index: usize, entry: usize, hash: u64) -> ReadError {
        ReadError::HashMismatch {
            stored_in: self.types.place(index),
            entry,
            hashed_to: self.types.place(self.places().place(hash).unwrap_or(0)),
            hash_name: self.meta.hash_config.name.clone(),
            key_type: type_name::<K>(),
            file_key_type: self.types.key_type.clone(),
        }
    }

    /// Reads some stored keys and hashes them again, to check that `K` is the type of the keys, and the hash function the one,
    /// that the file was built with. Returns `false` if damage keeps that from being told. The same check that
    /// [`MassMap::load`] makes; [`check_all_keys`](Self::check_all_keys) checks every key.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::HashMismatch`], [`ReadError::HashFunction`],
    /// [`ReadError::KeyType`] or [`ReadError::UndecodableKeys`] if they are not.
    pub fn check_key_type<K>(&self) -> io::Result<bool>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        Trust::default().establish::<K, R, H>(self)
    }

    /// The format of the file.
    pub fn format(&self) -> FormatVersion {
        match self.layout {
            Layout::Buckets(_) => FormatVersion::V1,
            Layout::Pages(_) => FormatVersion::V2,
        }
    }

    /// What became of entries with equal keys when the map was built. Format 1 keeps all.
    pub fn duplicate_keys(&self) -> DuplicateKeys {
        self.duplicate_keys
    }

    /// What the builder was told to note about the map. Empty in format 1.
    pub fn user_metadata(&self) -> &BTreeMap<String, String> {
        &self.user_metadata
    }

    /// Sets when checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. No effect in format 1.
    pub fn with_checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        if let Layout::Pages(pages) = &mut self.layout {
            pages.checksums = Checksums::new(policy, pages.header.page_count);
        }
        self
    }

    /// Size of a page in bytes; `None` in format 1.
    pub fn page_size(&self) -> Option<u32> {
        self.paged_header().map(|header| header.page_size)
    }

    /// Whether the map has a filter that tells of most missing keys that they are missing, without a read.
    pub fn has_miss_filter(&self) -> bool {
        matches!(&self.layout, Layout::Pages(pages) if pages.filter.is_some())
    }

    /// Header of a file of format 2.
    pub fn paged_header(&self) -> Option<&PagedHeader> {
        match &self.layout {
            Layout::Buckets(_) => None,
            Layout::Pages(pages) => Some(&pages.header),
        }
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

    /// Where each bucket lies and how many entries it has. Empty for a file of format 2, whose index does not say.
    ///
    /// Made at the first call, and kept from then on: takes 16 bytes a bucket. [`occupied_buckets`](Self::occupied_buckets)
    /// does without.
    pub fn bucket_metas(&self) -> &[MassMapBucketMeta] {
        match &self.layout {
            Layout::Buckets(buckets) => buckets.metas(),
            Layout::Pages(_) => &[],
        }
    }

    /// Number of buckets in the map, at least 1; in format 2, number of pages.
    pub fn bucket_count(&self) -> usize {
        self.layout.len()
    }

    /// The buckets that have entries, with their indexes, in order. None for a file of format 2, whose index does not say.
    pub fn occupied_buckets(&self) -> impl Iterator<Item = (usize, MassMapBucketMeta)> {
        let buckets = match &self.layout {
            Layout::Buckets(buckets) => Some(buckets),
            Layout::Pages(_) => None,
        };
        let mut next = 0;
        std::iter::from_fn(move || {
            let (index, meta) = buckets?.next_occupied(next..usize::MAX)?;
            next = index + 1;
            Some((index, meta))
        })
    }

    /// Gives the map its key and value types.
    ///
    /// Reads nothing. The first lookup makes the check that [`MassMap::load`] makes of `K` and the hash function.
    pub fn cast<K, V>(self) -> MassMap<K, V, R, H>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de> + Clone,
    {
        MassMap::unverified(self)
    }

    #[inline(always)]
    pub(crate) fn bit_instructions(&self) -> BitInstructions {
        self.bit_instructions
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The layout, and the bytes that it is used in.
    #[inline(always)]
    pub(crate) fn places(&self) -> Places<'_> {
        Places {
            layout: &self.layout,
            memory: self.reader.in_memory(),
        }
    }

    /// The hash of `key` by the hash function of the map.
    pub fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.build_hasher.hash_one(key)
    }

    /// Reads `extent` and calls `f` with it. An empty one costs no read and gives the default.
    pub(crate) fn read<T: Default>(
        &self,
        extent: Extent,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        self.read_with_policy(extent, None, f)
    }

    /// Like [`read`](Self::read), with a policy for the checksum in place of that of the map.
    pub(crate) fn read_with_policy<T: Default>(
        &self,
        extent: Extent,
        policy: Option<ChecksumPolicy>,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        if extent.length == 0 {
            return Ok(T::default());
        }
        self.reader
            .read_exact_at(extent.offset, extent.length, |payload| {
                f(self.block(&extent, payload, policy)?)
            })
    }

    /// Takes `payload`, the bytes of `extent`, apart. Checks its checksum, if it has one, as the policy of the map or
    /// `policy` says.
    #[inline(always)]
    pub(crate) fn block<'a>(
        &'a self,
        extent: &Extent,
        payload: &'a [u8],
        policy: Option<ChecksumPolicy>,
    ) -> io::Result<Block<'a>> {
        self.layout
            .block(self.origin(extent.index), extent, payload, policy)
    }

    /// The bucket `index`, or the run of pages that begins with page `index`, as where entries come from.
    #[inline(always)]
    pub(crate) fn origin(&self, index: usize) -> Origin<'_> {
        Origin {
            index,
            types: &self.types,
        }
    }

    /// What the file says about its types.
    pub(crate) fn types(&self) -> &FileTypes {
        &self.types
    }

    /// The bytes of `extent` in `memory`, all bytes of the file.
    #[inline(always)]
    pub(crate) fn payload_in<'a>(&self, memory: &'a [u8], extent: &Extent) -> io::Result<&'a [u8]> {
        extent.bytes_in(memory).ok_or_else(|| {
            IoError::UnexpectedEnd {
                offset: extent.offset,
                length: extent.length,
                available: (memory.len() as u64).saturating_sub(extent.offset),
            }
            .into()
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
            layout: self.layout.clone(),
            types: self.types.clone(),
            duplicate_keys: self.duplicate_keys,
            user_metadata: self.user_metadata.clone(),
            hash_probes: self.hash_probes,
            build_hasher: self.build_hasher.clone(),
            bit_instructions: self.bit_instructions,
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
