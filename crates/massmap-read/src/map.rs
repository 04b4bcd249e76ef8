//! A map with its key and value types.

pub(crate) mod check_all_keys;
pub(crate) mod inner;
pub(crate) mod key_check;
pub(crate) mod load;
mod schemas;
pub(crate) mod stored_keys;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::io;
use std::marker::PhantomData;

use massmap_core::ChecksumPolicy;
use massmap_format::{
    DuplicateKeys, FormatVersion, MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta,
};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::MassMapReader;
use serde::Deserialize;

use inner::MassMapInner;
use key_check::KeyCheckState;
use stored_keys::KeysOf;

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
/// - a hash function that gives other hashes than those stored in the file (format 2);
/// - strings if the file names an integer type, and integers if it names strings; in format 2, also integers of another type than
///   it names, except `usize` for `u64` and `isize` for `i64` if the file is hashed with `xxh3`;
/// - in format 2, keys or values of a type that cannot be read from what the file says that it holds
///   ([`entry_types`](MassMapInner::entry_types)): a struct with other fields or the same in another order, integers for floats, keys
///   of another width. Types around other ones make no difference, nor does a tuple in place of a struct; integers among the
///   values may be of another type if they are within its range;
/// - a sampled bucket or page with a key that does not lie where its hash says;
/// - keys if none of 64, or of all if there are fewer, can be decoded as `K`.
///
/// No lookup reports a key as missing before such a check has passed. Damage can keep it from passing at first. A lookup then
/// reports a key as missing only if enough other keys near it lie where they belong.
///
/// **A sample can miss a problem of a few keys.** If some values of `K` hash differently than when the file was built, or decode
/// to other values than were written, the map may open, and [`get`](Self::get) returns `None` for keys that [`iter`](Self::iter)
/// returns. This happens to enums once a variant is inserted before others, to structs with a field that is hashed but not
/// serialized, and to nested options. [`load_checked`](Self::load_checked) examines all keys and refuses such a file.
///
/// # Several entries with one key
///
/// Lookups return the first one that was inserted; [`iter`](Self::iter) and [`get_bucket`](Self::get_bucket) return all.
pub struct MassMap<K, V, R, H: MassMapHashLoader = MassMapDefaultHashLoader> {
    inner: MassMapInner<R, H>,
    /// Whether stored keys, decoded as `K`, lie where their hashes say.
    pub(crate) key_check: KeyCheckState,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V, R, H: MassMapHashLoader> MassMap<K, V, R, H> {
    pub(crate) fn with_unchecked_keys(inner: MassMapInner<R, H>) -> Self {
        Self {
            inner,
            key_check: KeyCheckState::default(),
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
    V: for<'de> Deserialize<'de>,
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

    /// Position and number of entries of each bucket. Empty in format 2, whose index does not store them.
    ///
    /// Built at the first call and then kept. Takes 16 bytes a bucket.
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

    /// How entries with equal keys were treated when the map was built. Format 1 keeps all.
    pub fn duplicate_keys(&self) -> DuplicateKeys {
        self.inner.duplicate_keys()
    }

    /// The metadata that the user gave to the builder. Empty in format 1.
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

    /// Whether a key that is not found can be reported as missing. Runs the key check if it has not run yet.
    #[inline]
    pub(crate) fn passes_key_check(&self) -> io::Result<bool> {
        Ok(self.key_check.has_passed() || self.key_check.run(&self.inner, &KeysOf::<K>::NEW)?)
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Gives the map its key and value types.
    ///
    /// Reads nothing. The first lookup checks `K` and the hash function, as [`MassMap::load`] does.
    pub fn cast<K, V>(self) -> MassMap<K, V, R, H>
    where
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de>,
    {
        MassMap::with_unchecked_keys(self)
    }
}

impl<K, V, R: Clone, H: MassMapHashLoader> Clone for MassMap<K, V, R, H>
where
    H::BuildHasher: Clone,
{
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            key_check: self.key_check.clone(),
            types: PhantomData,
        }
    }
}

impl<K, V, R: fmt::Debug, H: MassMapHashLoader> fmt::Debug for MassMap<K, V, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MassMap")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
