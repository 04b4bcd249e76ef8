//! A map for those who need not choose anything.

mod iter;
#[cfg(feature = "rayon")]
mod par_iter;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;

use massmap_format::{DuplicateKeys, EntryTypes, FormatVersion, MassMapInfo, MassMapMeta, ShardLabel};
use massmap_hash::KnownHashLoader;
use massmap_io::{AnyReader, MassMapReader};
use massmap_read::{MassMap, VerifyReport};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Result;

pub use iter::{Iter, Keys, Values};
#[cfg(feature = "rayon")]
pub use par_iter::ParIter;

/// An opened map from `K` to `V`.
///
/// Made by [`open`](crate::open), or by [`OpenOptions`](crate::OpenOptions) where something is to be chosen. Format and hash
/// function are those of the file. The map never changes, so any number of threads can share it, behind a reference or an
/// [`Arc`](std::sync::Arc): lookups take no lock.
///
/// `K` is the type that the map was built with, or one that serializes and hashes alike, such as `String` for `&str`. A map is
/// not opened if a sample of its keys shows that they are of another type, or hashed otherwise.
///
/// ```
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("fruits.massmap");
/// massmap::Builder::new().build(&path, [("apple", 1u32), ("banana", 2)])?;
///
/// let map = massmap::open::<String, u32>(&path)?;
/// assert_eq!(map.get("banana")?, Some(2));
/// assert_eq!(map.batch_get(["apple", "cherry"])?, [Some(1), None]);
/// assert_eq!(map.len(), 2);
/// for entry in &map {
///     let (name, number) = entry?;
///     println!("{name} is number {number}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct Map<K, V, R: MassMapReader = AnyReader>(MassMap<K, V, R, KnownHashLoader>);

impl<K, V, R: MassMapReader> Map<K, V, R>
where
    K: DeserializeOwned + Eq + Hash,
    V: DeserializeOwned,
{
    /// Returns the value of `key`, or `None` if the map does not have that key.
    ///
    /// Costs one read of one page (format 1: one bucket), none if the bytes are in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) and [`Error::File`](crate::Error::File) if the page cannot be read;
    /// [`Error::Read`](crate::Error::Read) if it is damaged, or key or value cannot be decoded.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Ok(self.0.get(key)?)
    }

    /// Calls `f` with the encoded value of `key`, and returns what it returns; `None` if the map does not have that key.
    ///
    /// Nothing is decoded, but keys that are compared. The value is MessagePack, for any MessagePack decoder, whatever the layout of
    /// the file: nothing is copied, unless values are stored as records of one length. `f` is called once; more often only by a
    /// reader that repeats a read.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values that cannot be decoded.
    #[inline]
    pub fn get_with<Q, T>(&self, key: &Q, f: impl FnMut(&[u8]) -> T) -> Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Ok(self.0.get_with(key, f)?)
    }

    /// Returns the value of `key` as a `T` that borrows from the map, such as a `&str` or a struct of them; `None` if the map
    /// does not have that key.
    ///
    /// For maps whose bytes are in memory: those of mapped files, and those that
    /// [`open_bytes`](crate::OpenOptions::open_bytes) has opened. Nothing is copied.
    ///
    /// ```
    /// # fn main() -> massmap::Result<()> {
    /// let bytes = massmap::Builder::new().build_bytes([("apple", "red"), ("banana", "yellow")])?;
    /// let map = massmap::OpenOptions::new().open_bytes::<String, String>(bytes)?;
    /// let color: Option<&str> = map.get_ref("banana")?;
    /// assert_eq!(color, Some("yellow"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), and [`ReadError::NotInMemory`](crate::ReadError::NotInMemory) for a map that is read rather
    /// than in memory.
    #[inline]
    pub fn get_ref<'a, Q, T>(&'a self, key: &Q) -> Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        T: Deserialize<'a>,
    {
        Ok(self.0.try_get_ref(key)?)
    }

    /// Whether the map has `key`. Like [`get`](Self::get), without decoding the value.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> Result<bool>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Ok(self.0.contains_key(key)?)
    }

    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Faster than as many lookups: each page is read once, in the order of the file, neighbours together; in memory, the
    /// lookups of several keys overlap.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). The first one ends the batch, whichever key it is of.
    pub fn batch_get<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>) -> Result<Vec<Option<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized + 'q,
    {
        Ok(self.0.batch_get::<Q>(keys)?)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its encoded value; `None` for keys that the map does not have.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected, however many keys there are. The calls come about in the
    /// order of the file, not in that of the keys.
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`. The first one ends the batch.
    pub fn batch_get_with<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
        mut f: impl FnMut(usize, Option<&[u8]>) -> Result<()>,
    ) -> Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized + 'q,
    {
        Ok(self
            .0
            .batch_get_with::<Q>(keys, |number, value| Ok(f(number, value)?))?)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its value as a `T` that borrows from the map; `None` for keys that
    /// the map does not have.
    ///
    /// To [`batch_get_with`](Self::batch_get_with) what [`get_ref`](Self::get_ref) is to [`get_with`](Self::get_with).
    ///
    /// # Errors
    ///
    /// Those of [`get_ref`](Self::get_ref) and those of `f`. The first one ends the batch.
    pub fn batch_get_ref<'a, 'q, Q, T>(
        &'a self,
        keys: impl IntoIterator<Item = &'q Q>,
        mut f: impl FnMut(usize, Option<T>) -> Result<()>,
    ) -> Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized + 'q,
        T: Deserialize<'a>,
    {
        Ok(self
            .0
            .try_batch_get_ref::<Q, T>(keys, |number, value| Ok(f(number, value)?))?)
    }

    /// Iterates over all entries, in the order of the file. Reads up to 256 KiB at once.
    ///
    /// An entry that cannot be decoded, and a page that is damaged, is an error in its place; the iteration goes on behind it.
    pub fn iter(&self) -> Iter<'_, K, V, R> {
        Iter::new(&self.0)
    }

    /// Iterates over all keys, in the order of [`iter`](Self::iter), without decoding the values.
    pub fn keys(&self) -> Keys<'_, K, V, R> {
        Keys::new(&self.0)
    }

    /// Iterates over all values, in the order of [`iter`](Self::iter), without decoding the keys.
    pub fn values(&self) -> Values<'_, K, V, R> {
        Values::new(&self.0)
    }

    /// Iterates over all entries with the threads of the rayon pool that it is called in, or with rayon's global pool.
    ///
    /// Collecting gives the entries in the order of [`iter`](Self::iter).
    ///
    /// ```
    /// use massmap::OpenOptions;
    /// use rayon::iter::ParallelIterator;
    ///
    /// # fn main() -> massmap::Result<()> {
    /// let bytes = massmap::Builder::new().build_bytes((0..1000u64).map(|number| (number, 2 * number)))?;
    /// let map = OpenOptions::new().open_bytes::<u64, u64>(bytes)?;
    /// let sum: u64 = map.par_iter().map(|entry| Ok(entry?.1)).sum::<massmap::Result<u64>>()?;
    /// assert_eq!(sum, 999_000);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rayon")]
    pub fn par_iter(&self) -> ParIter<'_, K, V, R> {
        ParIter::new(&self.0)
    }

    /// How many entries the map has.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the whole file and checks everything about it that can be checked.
    pub fn verify(&self) -> VerifyReport {
        self.0.verify()
    }

    /// What the file says about itself: number of entries, hash function, types of keys and values.
    pub fn meta(&self) -> &MassMapMeta {
        self.0.meta()
    }

    /// Header and metadata of the file.
    pub fn info(&self) -> MassMapInfo {
        self.0.info()
    }

    /// The format of the file.
    pub fn format(&self) -> FormatVersion {
        self.0.format()
    }

    /// What keys and values are, the same from every language; `None` in format 1, whose files do not tell.
    ///
    /// ```
    /// let bytes = massmap::Builder::new().build_bytes([("apple", (1u32, true))])?;
    /// let map = massmap::OpenOptions::new().open_bytes::<String, (u32, bool)>(bytes)?;
    /// let types = map.entry_types().expect("format 2");
    /// assert_eq!(types.key.to_string(), "string");
    /// assert_eq!(types.value.to_string(), "(u32, bool)");
    /// # Ok::<(), massmap::Error>(())
    /// ```
    pub fn entry_types(&self) -> Option<&EntryTypes> {
        self.0.inner().entry_types()
    }

    /// What was noted about the map when it was built, by name. Empty in format 1.
    pub fn user_metadata(&self) -> &BTreeMap<String, String> {
        self.0.user_metadata()
    }

    /// What was done with entries that have the same key when the map was built. Format 1 keeps all of them.
    pub fn duplicate_keys(&self) -> DuplicateKeys {
        self.0.duplicate_keys()
    }

    /// Size of a page in bytes: what a lookup reads. `None` in format 1.
    pub fn page_size(&self) -> Option<u32> {
        self.0.inner().page_size()
    }

    /// Which part of a map this is, by [`with_shard`](crate::Builder::with_shard); `None` if it is a whole map, and in format 1.
    pub fn shard(&self) -> Option<ShardLabel> {
        self.0.inner().shard()
    }

    /// What all shards of a build have in common, by [`with_build_id`](crate::Builder::with_build_id). With the numbers of the
    /// shards, it tells whether all of them are there and belong together. `None` if there is none.
    pub fn build_id(&self) -> Option<[u8; 16]> {
        self.0.inner().build_id()
    }

    /// Whether the map has a filter by which most missing keys cost no read.
    pub fn has_miss_filter(&self) -> bool {
        self.0.inner().has_miss_filter()
    }
}

impl<K, V, R: MassMapReader> Map<K, V, R> {
    /// The reader of the file.
    pub fn reader(&self) -> &R {
        &self.0.inner().reader
    }

    /// The same map as a [`MassMap`], which has more methods, for the details of the file.
    pub fn as_mass_map(&self) -> &MassMap<K, V, R, KnownHashLoader> {
        &self.0
    }

    /// Turns the map into a [`MassMap`].
    pub fn into_mass_map(self) -> MassMap<K, V, R, KnownHashLoader> {
        self.0
    }
}

impl<K, V, R: MassMapReader> From<MassMap<K, V, R, KnownHashLoader>> for Map<K, V, R> {
    fn from(map: MassMap<K, V, R, KnownHashLoader>) -> Self {
        Self(map)
    }
}

impl<'a, K, V, R: MassMapReader> IntoIterator for &'a Map<K, V, R>
where
    K: DeserializeOwned + Eq + Hash,
    V: DeserializeOwned,
{
    type Item = Result<(K, V)>;
    type IntoIter = Iter<'a, K, V, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V, R: MassMapReader + Clone> Clone for Map<K, V, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V, R: MassMapReader + fmt::Debug> fmt::Debug for Map<K, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.0.inner();
        f.debug_struct("Map")
            .field("meta", &inner.meta)
            .field("reader", &inner.reader)
            .finish_non_exhaustive()
    }
}
