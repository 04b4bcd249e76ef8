//! A map with its key and value types.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::io;
use std::marker::PhantomData;

use massmap_format::{
    DuplicateKeys, FormatVersion, MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, RawEntry,
};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::{LendingReader, MassMapReader};
use serde::Deserialize;

use crate::layout::{Extent, Layout};
use crate::trust::Trust;
use crate::usual::Usual;
use crate::{ChecksumPolicy, Keys, MassMapInner, MassMapIter, Values};

/// An opened map from `K` to `V`.
///
/// A lookup hashes the key, reads the one bucket or run of pages that can hold it through `R`, and decodes the value it returns.
/// Only the index and a miss filter stay in memory. The map never changes, so it can be shared by any number of threads.
///
/// # Keys of another type, another hash function
///
/// Looked up with a hash function other than the one the file was built with, or keys of a type that hashes
/// differently, every key would seem to be missing. [`load`](Self::load) therefore refuses
///
/// - a hash function that gives other hashes than the file notes of its own (format 2);
/// - strings where the file names an integer type and integers where it names strings; in format 2, also integers of another type
///   than it names, apart from `usize` for `u64` and `isize` for `i64` where the file is hashed with `xxh3`;
/// - keys of a bucket or page, as a sample, of which one lies elsewhere than its hash says;
/// - keys of which none of 64 can be decoded as `K`, or none of all.
///
/// No lookup answers that a key is missing before such a check has succeeded. Damage can keep it from succeeding at
/// once; a lookup then answers that a key is missing only if enough other keys near it lie where they belong.
///
/// **A sample can miss what holds for few keys.** If some values of `K` hash otherwise than when the file was built, or were
/// serialized to what is read as another value, the map may open, and [`get`](Self::get) answers `None` for keys that
/// [`iter`](Self::iter) shows. That happens to enums once a variant is inserted before others, to structs with a field that is
/// hashed but not serialized, and to options in options. [`load_checked`](Self::load_checked) examines all keys and refuses such
/// a file.
///
/// # Several entries with one key
///
/// Lookups return the first one that was inserted; [`iter`](Self::iter) and [`get_bucket`](Self::get_bucket) return all.
pub struct MassMap<K, V, R: MassMapReader, H: MassMapHashLoader = MassMapDefaultHashLoader> {
    inner: MassMapInner<R, H>,
    /// Whether stored keys, decoded as `K`, have been found where their hashes say.
    pub(crate) trust: Trust,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H> {
    pub(crate) fn unverified(inner: MassMapInner<R, H>) -> Self {
        Self {
            inner,
            trust: Trust::default(),
            types: PhantomData,
        }
    }

    /// The map without its types.
    pub fn inner(&self) -> &MassMapInner<R, H> {
        &self.inner
    }
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Number of entries in the map, duplicates included.
    pub fn len(&self) -> u64 {
        self.inner.len()
    }

    /// Whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Number of buckets in the map, at least 1; in format 2, number of pages.
    pub fn bucket_count(&self) -> usize {
        self.inner.bucket_count()
    }

    /// Metadata of the map.
    pub fn meta(&self) -> &MassMapMeta {
        &self.inner.meta
    }

    /// Where each bucket lies and how many entries it has. Empty for a file of format 2, whose index does not say.
    ///
    /// Made at the first call, and kept from then on: takes 16 bytes a bucket.
    pub fn bucket_metas(&self) -> &[MassMapBucketMeta] {
        self.inner.bucket_metas()
    }

    /// Header at the start of the file.
    pub fn header(&self) -> &MassMapHeader {
        &self.inner.header
    }

    /// Reader of the file.
    pub fn reader(&self) -> &R {
        &self.inner.reader
    }

    /// Header and metadata of the map.
    pub fn info(&self) -> MassMapInfo {
        self.inner.info()
    }

    /// The format of the file.
    pub fn format(&self) -> FormatVersion {
        self.inner.format()
    }

    /// What became of entries with equal keys when the map was built. Format 1 keeps all.
    pub fn duplicate_keys(&self) -> DuplicateKeys {
        self.inner.duplicate_keys()
    }

    /// What the builder was told to note about the map. Empty in format 1.
    pub fn user_metadata(&self) -> &BTreeMap<String, String> {
        self.inner.user_metadata()
    }

    /// Sets when checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. No effect in format 1.
    pub fn with_checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.inner = self.inner.with_checksum_policy(policy);
        self
    }

    /// The map without its types.
    pub fn into_inner(self) -> MassMapInner<R, H> {
        self.inner
    }

    /// Returns the value of `k`, or `None` if the map does not have that key.
    ///
    /// Costs one read of one bucket, none if the bucket is empty. Decodes the bucket's keys up to the one that is found,
    /// and one value.
    ///
    /// # Errors
    ///
    /// Any error of the reader; [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) if the bucket is
    /// damaged, one of its keys or the value cannot be decoded, or the file turns out to have another key type or hash
    /// function.
    pub fn get<Q>(&self, k: &Q) -> io::Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.look_up(k, |index, entry| self.inner.origin(index).decode_value(entry))
    }

    /// Calls `f` with the value of `k`, encoded as it is in the file, and returns what `f` returns; `None` if the map does not
    /// have that key.
    ///
    /// Nothing is decoded but the keys that are compared, and nothing is copied. The value is MessagePack, which any
    /// decoder of it takes apart. `f` is called once; more often only by a reader that repeats a read.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32)].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, u32, _>::load(reader)?;
    /// let mut encoded = Vec::new();
    /// let length = map.get_with("apple", |value| {
    ///     encoded.extend_from_slice(value);
    ///     value.len()
    /// })?;
    /// assert_eq!((length, &encoded[..]), (Some(1), &b"\x01"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values that cannot be decoded.
    pub fn get_with<Q, T>(&self, k: &Q, mut f: impl FnMut(&[u8]) -> T) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.look_up(k, |_, entry| Ok(f(entry.value)))
    }

    /// Whether the map has the key `k`. Like [`get`](Self::get) without decoding the value.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub fn contains_key<Q>(&self, k: &Q) -> io::Result<bool>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Ok(self.look_up(k, |_, _| Ok(()))?.is_some())
    }

    /// Returns the value of `k`, decoded as a `T` that may borrow from the reader, such as a `&str`, or a struct of them;
    /// `None` if the map does not have that key.
    ///
    /// For readers that lend their bytes: mapped files and memory. Nothing is copied and nothing allocated, unless `T` does.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", "red")].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, String, _>::load(reader)?;
    /// let color: Option<&str> = map.get_ref("apple")?;
    /// assert_eq!(color, Some("red"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). A `&[u8]` can be borrowed from a value that was serialized as bytes, not from one that was
    /// serialized as a sequence, as a `Vec<u8>` is.
    pub fn get_ref<'a, Q, T>(&'a self, k: &Q) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        R: LendingReader,
        T: Deserialize<'a>,
    {
        let memory = self.reader().bytes();
        self.look_up_in(memory, k, |index, entry| {
            self.inner.origin(index).decode_value(entry)
        })
    }

    /// Finds the entry of `key` and calls `f` with the bucket or page that it is in, and the entry; more than once only if the
    /// reader repeats a read.
    #[inline(always)]
    pub(crate) fn look_up<Q, T>(
        &self,
        key: &Q,
        f: impl FnMut(usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(memory) = self.reader().in_memory() {
            return self.look_up_in(memory, key, f);
        }
        let (hash, extent) = self.locate(key)?;
        let f = RefCell::new(f);
        let found = self.inner.read(extent, |block| {
            let entry = block.find::<K, Q>(key, hash, &extent)?;
            entry
                .map(|entry| f.borrow_mut()(extent.index, &entry))
                .transpose()
        })?;
        self.confirm(found, &extent)
    }

    /// Like [`look_up`](Self::look_up), in the bytes of the file, which lie in memory.
    #[inline(always)]
    pub(crate) fn look_up_in<'a, Q, T>(
        &'a self,
        memory: &'a [u8],
        key: &Q,
        mut f: impl FnMut(usize, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let usual = self.inner.bit_instructions().run(
            #[inline(always)]
            || {
                if !self.trust.is_established() {
                    return Usual::Unknown;
                }
                let Layout::Pages(pages) = self.inner.layout() else {
                    return Usual::Unknown;
                };
                let spot = match pages.spot(memory, self.inner.hash(key)) {
                    Usual::Found(spot) => spot,
                    Usual::Missing => return Usual::Missing,
                    Usual::Unknown => return Usual::Unknown,
                };
                pages.prefetch_lookup(spot.bytes, spot.fraction);
                match spot.find::<K, Q>(pages, key) {
                    Usual::Found(entry) => Usual::Found(f(spot.page, &entry)),
                    Usual::Missing => Usual::Missing,
                    Usual::Unknown => Usual::Unknown,
                }
            },
        );
        match usual {
            Usual::Found(value) => value.map(Some),
            Usual::Missing => Ok(None),
            Usual::Unknown => self.look_up_unusual(memory, key, f),
        }
    }

    /// Like [`look_up_in`](Self::look_up_in), whatever is the case.
    #[inline(never)]
    pub(crate) fn look_up_unusual<'a, Q, T>(
        &'a self,
        memory: &'a [u8],
        key: &Q,
        mut f: impl FnMut(usize, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (hash, extent) = self.locate(key)?;
        let entry = self.find_in(memory, &extent, key, hash)?;
        let found = entry.map(|entry| f(extent.index, &entry)).transpose()?;
        self.confirm(found, &extent)
    }

    /// The entry of `key`, which has the hash `hash`, in `extent`, a part of `memory`.
    pub(crate) fn find_in<'a, Q>(
        &'a self,
        memory: &'a [u8],
        extent: &Extent,
        key: &Q,
        hash: u64,
    ) -> io::Result<Option<RawEntry<'a>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        if extent.length == 0 {
            return Ok(None);
        }
        let payload = self.inner.payload_in(memory, extent)?;
        let block = self.inner.block(extent, payload, None)?;
        block.find::<K, Q>(key, hash, extent)
    }

    /// The hash of `key`, and where its entry lies if the map has it.
    #[inline(always)]
    fn locate<Q: Hash + ?Sized>(&self, key: &Q) -> io::Result<(u64, Extent)> {
        // Before the lookup: with another hash function, or another type of keys, it would read what it need not.
        self.trusts_misses()?;
        let hash = self.inner.hash(key);
        Ok((hash, self.inner.places().locate(hash)?))
    }

    /// Makes sure of it if a key was not found in `extent`.
    #[inline(always)]
    fn confirm<T>(&self, found: Option<T>, extent: &Extent) -> io::Result<Option<T>> {
        if found.is_none() && !self.trust.is_established() {
            self.trust.confirm_miss::<K, R, H>(&self.inner, extent)?;
        }
        Ok(found)
    }

    /// Whether a key that is not found is missing. Reads stored keys where that has not been done yet.
    #[inline]
    pub(crate) fn trusts_misses(&self) -> io::Result<bool> {
        Ok(self.trust.is_established() || self.trust.establish::<K, R, H>(&self.inner)?)
    }

    /// Iterates over all entries: bucket by bucket, and within a bucket in the order in which they were inserted; in format 2
    /// in the order of their hashes.
    ///
    /// Reads up to 256 KiB at once, or one longer bucket, and nothing anew if the bytes lie in memory. An entry that cannot be
    /// decoded is yielded as an error in its place. Damage in a bucket or page is yielded as one error in place of its entries, and
    /// so is one that cannot be read. The iteration goes on behind either.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("a", 1), ("b", 2), ("c", 3)].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, i32, _>::load(reader)?;
    /// let entries = map.iter().collect::<std::io::Result<Vec<_>>>()?;
    /// assert_eq!(entries.len(), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn iter(&self) -> MassMapIter<'_, K, V, R, H> {
        MassMapIter::new(self)
    }

    /// Iterates over all keys, in the order of [`iter`](Self::iter), without decoding the values.
    pub fn keys(&self) -> Keys<'_, K, V, R, H> {
        Keys::new(self)
    }

    /// Iterates over all values, in the order of [`iter`](Self::iter), without decoding the keys.
    pub fn values(&self) -> Values<'_, K, V, R, H> {
        Values::new(self)
    }

    /// Returns all entries of the bucket `index`, in the order of [`iter`](Self::iter). In format 2, those of the run of pages
    /// that begins at page `index`; none if it goes on one.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) with [`ReadError::BucketOutOfRange`](crate::ReadError::BucketOutOfRange) or
    /// [`ReadError::PageOutOfRange`](crate::ReadError::PageOutOfRange) unless `index` is less than
    /// [`bucket_count`](Self::bucket_count); otherwise those of [`get`](Self::get). One entry that cannot be decoded is an error
    /// in place of all.
    pub fn get_bucket(&self, index: usize) -> io::Result<Vec<(K, V)>> {
        self.inner.read(self.inner.places().extent(index)?, |block| {
            block.decode_all(|origin, entry| Ok((origin.decode_key(entry)?, origin.decode_value(entry)?)))
        })
    }

    /// Index of the bucket that holds `k` if the map has it. 0 in a map without pages, or whose page index is damaged there.
    pub fn bucket_index<Q>(&self, k: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.inner.places().place(self.inner.hash(k)).unwrap_or(0)
    }
}

impl<'a, K, V, R: MassMapReader, H: MassMapHashLoader> IntoIterator for &'a MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    type Item = io::Result<(K, V)>;
    type IntoIter = MassMapIter<'a, K, V, R, H>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V, R: MassMapReader + Clone, H: MassMapHashLoader> Clone for MassMap<K, V, R, H>
where
    H::BuildHasher: Clone,
{
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            trust: self.trust.clone(),
            types: PhantomData,
        }
    }
}

impl<K, V, R: MassMapReader + fmt::Debug, H: MassMapHashLoader> fmt::Debug for MassMap<K, V, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MassMap")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
