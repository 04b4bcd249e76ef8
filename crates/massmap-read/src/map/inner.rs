//! A map without its key and value types.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;

use massmap_core::codec::{Role, check_type};
use massmap_core::{
    BitInstructions, Block, BucketIndex, ChecksumPolicy, Extent, HashProbes, HeaderCopy, Index, Opened,
    ReadError, TypeNames,
};
use massmap_format::{
    CompressionDescription, DuplicateKeys, EntryLayout, EntryTypes, FormatVersion, MassMapBucketMeta,
    MassMapHeader, MassMapInfo, MassMapMeta, PagedHeader, ShardLabel,
};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader, Xxh3HashLoader};
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::open::open;

/// An opened map whose key and value types are not known yet.
///
/// Shows header, metadata and bucket index; [`cast`](Self::cast) gives it types.
pub struct MassMapInner<R, H: MassMapHashLoader = MassMapDefaultHashLoader> {
    /// Header at the start of the file; in format 2, the place of its metadata.
    pub header: MassMapHeader,
    /// Metadata of the map.
    pub meta: MassMapMeta,
    /// Validated when the map was opened, unlike `meta`, which callers can change.
    index: Index,
    /// The names in `meta` when the map was opened.
    names: TypeNames,
    duplicate_keys: DuplicateKeys,
    user_metadata: BTreeMap<String, String>,
    /// Hashes of [`PagedMetadata::PROBES`] by the hash function of the file.
    hash_probes: Option<(u64, u64)>,
    types: Option<EntryTypes>,
    has_type_names: bool,
    build_hasher: H::BuildHasher,
    bit_instructions: BitInstructions,
    /// Reader of the file.
    pub reader: R,
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Opens a map of either format: reads and validates its header and metadata, and loads its hash function.
    ///
    /// Takes one read in format 2 where the reader [knows its size](MassMapReader::source_size) and the last 64 KiB hold the
    /// metadata and the index, and otherwise two reads, or three in format 1 where these are longer or the whole file is shorter than
    /// 512 bytes. Readers that do not know their size get more reads for parts of more than 8 MiB. Takes two or three bytes of memory a
    /// bucket, or about one byte a page plus the miss filter. If the reader's bytes lie in memory, index and filter take none.
    ///
    /// # Errors
    ///
    /// - [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file ends early;
    /// - [`InvalidData`](io::ErrorKind::InvalidData) with a [`FormatError`](massmap_format::FormatError) if it is no
    ///   massmap file or contradicts itself;
    /// - the error of `H` if it cannot load the hash function that the file names;
    /// - any error of the reader.
    pub fn load(reader: R) -> io::Result<Self> {
        Self::from_opened(open(&reader)?, reader)
    }

    /// The copies of the header that are damaged, so that only the other one opens the file. Reads both. None in format 1.
    ///
    /// # Errors
    ///
    /// Any error of the reader, but for the end of the file in place of the second header, which counts as damage.
    pub fn damaged_headers(&self) -> io::Result<Vec<HeaderCopy>> {
        let mut damaged = Vec::new();
        let Some(header) = self.paged_header() else {
            return Ok(damaged);
        };
        for copy in HeaderCopy::BOTH {
            let (offset, length) = copy.range(header);
            let is_right = self.reader.read_exact_at(offset, length, |bytes| {
                Ok(PagedHeader::decode(bytes).is_ok_and(|found| found == *header))
            });
            match is_right {
                Ok(true) => {}
                Ok(false) => damaged.push(copy),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => damaged.push(copy),
                Err(error) => return Err(error),
            }
        }
        Ok(damaged)
    }

    /// Reads `extent` and calls `f` with it. An empty extent needs no read and returns the default.
    pub(crate) fn read<T: Default>(
        &self,
        extent: &Extent,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        self.read_with_policy(extent, None, f)
    }

    /// Like [`read`](Self::read), with a checksum policy in place of the map's.
    pub(crate) fn read_with_policy<T: Default>(
        &self,
        extent: &Extent,
        policy: Option<ChecksumPolicy>,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        if extent.is_empty() {
            return Ok(T::default());
        }
        self.reader
            .read_exact_at(extent.offset(), extent.length(), |bytes| {
                f(self.index.block_with_policy::<io::Error>(extent, bytes, policy)?)
            })
    }
}

impl<R, H: MassMapHashLoader> MassMapInner<R, H> {
    /// A map of a file that was [opened](massmap_core::Opening) by other means than its reader, which may be of any kind. Loads the hash
    /// function.
    ///
    /// # Errors
    ///
    /// The error of `H` if it cannot load the hash function that the file names.
    pub fn from_opened(opened: Opened, reader: R) -> io::Result<Self> {
        let build_hasher = H::load(&opened.meta.hash_config)?;
        let Opened {
            header,
            meta,
            index,
            duplicate_keys,
            user_metadata,
            hash_probes,
            types,
            has_type_names,
        } = opened;
        Ok(Self {
            names: TypeNames::new(index.format(), &meta),
            header,
            meta,
            index,
            duplicate_keys,
            user_metadata,
            hash_probes,
            types,
            has_type_names,
            build_hasher,
            bit_instructions: BitInstructions::detect(),
            reader,
        })
    }

    /// Checks that the hash function gives the test hashes stored in the file. Format 1 stores none.
    pub(crate) fn check_hash_function(&self) -> Result<(), ReadError> {
        self.probes().check(&self.names)
    }

    /// The hashes that the file stores of its hash function, and those of the map's.
    pub(crate) fn probes(&self) -> HashProbes {
        let (integer, string) = HashProbes::PROBES;
        HashProbes {
            stored: self.hash_probes,
            computed: (self.hash(&integer), self.hash(string)),
        }
    }

    /// Refuses a key type whose name contradicts that of the file's key type.
    pub(crate) fn check_key_names<K>(&self) -> Result<(), ReadError> {
        // In an empty map of format 1, any key is missing, as massmap 0.1.5 answers.
        if self.format() == FormatVersion::V1 && self.is_empty() {
            return Ok(());
        }
        self.names
            .check_key_type(type_name::<K>(), || self.sizes_have_64_bits())
    }

    /// Refuses a type of keys or values that cannot be read from what the file says that it holds. Format 1 does not say it.
    ///
    /// # Errors
    ///
    /// [`ReadError::TypeDiffers`].
    pub fn check_type<T: for<'de> Deserialize<'de>>(&self, role: Role) -> Result<(), ReadError> {
        let Some(types) = &self.types else {
            return Ok(());
        };
        let (part, schema) = match role {
            Role::Key => ("key", &types.key),
            Role::Value => ("value", &types.value),
        };
        check_type::<T>(schema, role).map_err(|difference| ReadError::TypeDiffers {
            part,
            type_name: type_name::<T>(),
            difference,
        })
    }

    /// Whether the hash function is known to hash `usize` and `isize` like the integers of 64 bits, on any machine.
    fn sizes_have_64_bits(&self) -> bool {
        self.meta.hash_config.name == Xxh3HashLoader::NAME
            && self.hash(&usize::MAX) == self.hash(&(usize::MAX as u64))
            && self.hash(&-2isize) == self.hash(&-2i64)
    }

    /// The same map, whose file is read through another reader. The index is not read again, and clones of the map share it.
    #[must_use]
    pub fn with_reader<S>(self, reader: S) -> MassMapInner<S, H> {
        MassMapInner {
            header: self.header,
            meta: self.meta,
            index: self.index,
            names: self.names,
            duplicate_keys: self.duplicate_keys,
            user_metadata: self.user_metadata,
            hash_probes: self.hash_probes,
            types: self.types,
            has_type_names: self.has_type_names,
            build_hasher: self.build_hasher,
            bit_instructions: self.bit_instructions,
            reader,
        }
    }

    /// The format of the file.
    pub fn format(&self) -> FormatVersion {
        self.index.format()
    }

    /// How entries with equal keys were treated when the map was built. Format 1 keeps all.
    pub fn duplicate_keys(&self) -> DuplicateKeys {
        self.duplicate_keys
    }

    /// The metadata that the user gave to the builder. Empty in format 1.
    pub fn user_metadata(&self) -> &BTreeMap<String, String> {
        &self.user_metadata
    }

    /// What keys and values are, the same from every language. `None` in format 1, whose files do not tell.
    pub fn entry_types(&self) -> Option<&EntryTypes> {
        self.types.as_ref()
    }

    /// Whether the file has the names of its types in the program that wrote it. Files of format 2 may lack them: then `meta` has
    /// descriptions of the [types](Self::entry_types) in their place.
    pub fn has_type_names(&self) -> bool {
        self.has_type_names
    }

    /// Sets when checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. No effect in format 1.
    pub fn with_checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.index.set_checksum_policy(policy);
        self
    }

    /// Size of a page in bytes; `None` in format 1.
    pub fn page_size(&self) -> Option<u32> {
        self.paged_header().map(|header| header.page_size)
    }

    /// Which shard of a map this is, from the builder's `with_shard`; `None` if it is none, and in format 1.
    pub fn shard(&self) -> Option<ShardLabel> {
        self.paged_header()?.shard
    }

    /// What the shards of a build have in common, from the builder's `with_build_id`; `None` if nothing was given, and in format 1.
    pub fn build_id(&self) -> Option<[u8; 16]> {
        let header = self.paged_header()?;
        Some(header.build_id).filter(|id| *id != [0; 16])
    }

    /// Whether the map has a miss filter, which rules out most missing keys without a read.
    pub fn has_miss_filter(&self) -> bool {
        self.index.as_pages().is_some_and(|pages| pages.has_miss_filter())
    }

    /// How the values are compressed, or, if [entries have a fixed width](Self::entry_layout), would be otherwise. `None` if no
    /// compression was asked for, and in format 1.
    pub fn compression(&self) -> Option<&CompressionDescription> {
        self.index.as_pages()?.compression()
    }

    /// How the entries lie in buckets or pages.
    pub fn entry_layout(&self) -> EntryLayout {
        self.index
            .as_pages()
            .map_or(EntryLayout::Variable, |pages| pages.page_layout().entries())
    }

    /// Header of a file of format 2.
    pub fn paged_header(&self) -> Option<&PagedHeader> {
        self.index.paged_header()
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

    /// Position and number of entries of each bucket. Empty in format 2, whose index does not store them.
    ///
    /// Built at the first call and then kept. Takes 16 bytes a bucket, which [`occupied_buckets`](Self::occupied_buckets) does
    /// not need.
    pub fn bucket_metas(&self) -> &[MassMapBucketMeta] {
        self.index.as_buckets().map_or(&[], BucketIndex::metas)
    }

    /// Number of buckets in the map, at least 1; in format 2, number of pages.
    pub fn bucket_count(&self) -> usize {
        self.index.len()
    }

    /// The buckets that have entries, with their indexes, in order. None in format 2, whose index does not store them.
    pub fn occupied_buckets(&self) -> impl Iterator<Item = (usize, MassMapBucketMeta)> {
        let buckets = self.index.as_buckets();
        let mut next = 0;
        std::iter::from_fn(move || {
            let (index, meta) = buckets?.next_occupied(next..usize::MAX)?;
            next = index + 1;
            Some((index, meta))
        })
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn bit_instructions(&self) -> BitInstructions {
        self.bit_instructions
    }

    /// The index of the file: which part of it to read for a hash.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn names(&self) -> &TypeNames {
        &self.names
    }

    /// The hash of `key` according to the map's hash function.
    pub fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.build_hasher.hash_one(key)
    }
}

impl<R: Clone, H: MassMapHashLoader> Clone for MassMapInner<R, H>
where
    H::BuildHasher: Clone,
{
    fn clone(&self) -> Self {
        Self {
            header: self.header.clone(),
            meta: self.meta.clone(),
            index: self.index.clone(),
            names: self.names.clone(),
            duplicate_keys: self.duplicate_keys,
            user_metadata: self.user_metadata.clone(),
            hash_probes: self.hash_probes,
            types: self.types.clone(),
            has_type_names: self.has_type_names,
            build_hasher: self.build_hasher.clone(),
            bit_instructions: self.bit_instructions,
            reader: self.reader.clone(),
        }
    }
}

impl<R: fmt::Debug, H: MassMapHashLoader> fmt::Debug for MassMapInner<R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the bucket index, which can have millions of elements.
        f.debug_struct("MassMapInner")
            .field("header", &self.header)
            .field("meta", &self.meta)
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}
