//! Walks over all entries of a map.

use std::cell::Cell;
use std::fmt;
use std::hash::Hash;
use std::io;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use massmap_core::{Extent, Extents};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use super::block_entries::BlockEntries;
use super::sequential::{LONGEST_READ, Sequential};
use crate::{MassMap, MassMapInner};

/// Walks the extents in order and decodes a `T` from each entry.
pub(crate) struct Walk<'a, T, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    extents: Extents<'a>,
    reads: Sequential<'a, R, H>,
    /// The remaining entries of the last extent.
    entries: BlockEntries<T>,
    /// Entries in the extents not yet decoded.
    unread_entries: u64,
    /// Lower bound of the number of extents with entries that are not yet decoded.
    unread_extents: u64,
}

impl<'a, T, R: MassMapReader, H: MassMapHashLoader> Walk<'a, T, R, H> {
    fn new(inner: &'a MassMapInner<R, H>) -> Self {
        let index = inner.index();
        let unread_extents = match index.as_buckets() {
            Some(buckets) => buckets.occupied_count(),
            // The number of runs is not known beforehand.
            None => u64::from(!index.is_empty()),
        };
        Self {
            // Not from `meta`, which callers can change.
            unread_entries: index.entry_count(),
            unread_extents,
            ..Self::over(inner, index.extents(), index.len())
        }
    }

    /// A walk over `extents` only. They begin before the bucket or page `end`. The size hint of the walk is of no use.
    pub(crate) fn over(inner: &'a MassMapInner<R, H>, extents: Extents<'a>, end: usize) -> Self {
        Self {
            inner,
            extents,
            reads: Sequential::new(inner, inner.index().offset(end), LONGEST_READ),
            entries: BlockEntries::default(),
            unread_entries: 0,
            unread_extents: 0,
        }
    }

    #[inline]
    pub(crate) fn next(
        &mut self,
        decode: impl Fn(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        loop {
            let inner = self.inner;
            if let Some(item) = self.entries.next(|index, entry| decode(inner, index, entry)) {
                return Some(item);
            }
            let Some(extent) = self.extents.next() else {
                (self.unread_entries, self.unread_extents) = (0, 0);
                return None;
            };
            let result = match extent {
                Ok(extent) => self.decode_extent(&extent, &decode),
                Err(error) => Err(error.into()),
            };
            self.unread_extents = self.unread_extents.saturating_sub(1);
            if let Err(error) = result {
                return Some(Err(error));
            }
        }
    }

    /// Decodes all entries of `extent`. If one cannot be decoded, leaves all of them to be decoded one by one. Damage is one
    /// error in place of all entries.
    fn decode_extent(
        &mut self,
        extent: &Extent,
        decode: impl Fn(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<()> {
        self.unread_entries = self.unread_entries.saturating_sub(extent.entry_count().into());
        let entries = Cell::new(std::mem::take(&mut self.entries));
        let inner = self.inner;
        let filled = self.reads.read(extent, |block| {
            let mut taken = entries.take();
            let filled = taken.fill(extent, &block, |index, entry| decode(inner, index, entry));
            entries.set(taken);
            filled
        });
        self.entries = entries.into_inner();
        filled?;
        if self.inner.index().as_pages().is_some() {
            self.unread_entries = self.unread_entries.saturating_sub(self.entries.len() as u64);
        }
        Ok(())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ready = self.entries.len();
        // A damaged extent yields one error in place of its entries.
        let lower = usize::try_from(self.unread_extents)
            .ok()
            .and_then(|n| n.checked_add(ready));
        let upper = usize::try_from(self.unread_entries)
            .ok()
            .and_then(|n| n.checked_add(ready));
        (lower.unwrap_or(usize::MAX), upper)
    }
}

/// Decodes an entry of the bucket, or the run of pages, with this index.
pub(crate) fn decode_entry<K, V, R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    index: usize,
    entry: &RawEntry<'_>,
) -> io::Result<(K, V)>
where
    K: for<'de> Deserialize<'de>,
    V: for<'de> Deserialize<'de>,
{
    Ok((inner.decode_key(index, entry)?, inner.decode_value(index, entry)?))
}

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident, $item:ty, $decode:expr) => {
        $(#[$doc])*
        pub struct $name<'a, K, V, R: MassMapReader, H: MassMapHashLoader> {
            walk: Walk<'a, $item, R, H>,
            types: PhantomData<fn() -> (K, V)>,
        }

        impl<'a, K, V, R: MassMapReader, H: MassMapHashLoader> $name<'a, K, V, R, H> {
            pub(crate) fn new(map: &'a MassMap<K, V, R, H>) -> Self {
                Self { walk: Walk::new(map.inner()), types: PhantomData }
            }
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> Iterator for $name<'_, K, V, R, H>
        where
            K: for<'de> Deserialize<'de>,
            V: for<'de> Deserialize<'de>,
        {
            type Item = io::Result<$item>;

            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next($decode)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.walk.size_hint()
            }
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> FusedIterator for $name<'_, K, V, R, H>
        where
            K: for<'de> Deserialize<'de>,
            V: for<'de> Deserialize<'de>,
        {
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> fmt::Debug for $name<'_, K, V, R, H> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("unread_entries", &self.walk.unread_entries)
                    .finish_non_exhaustive()
            }
        }
    };
}

iterator! {
    /// Iterator over all entries of a map, made by [`MassMap::iter`].
    MassMapIter,
    (K, V),
    decode_entry
}

iterator! {
    /// Iterator over all keys of a map, made by [`MassMap::keys`].
    Keys,
    K,
    |inner, index, entry| inner.decode_key(index, entry)
}

iterator! {
    /// Iterator over all values of a map, made by [`MassMap::values`].
    Values,
    V,
    |inner, index, entry| inner.decode_value(index, entry)
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Iterates over all entries: bucket by bucket, and within a bucket in the order of insertion; in format 2 in the order of
    /// their hashes.
    ///
    /// Reads up to 256 KiB at once, or one longer bucket. Bytes in memory are used in place. An entry that cannot be decoded
    /// yields an error in its place. A bucket or page that is damaged or cannot be read yields one error in place of its entries.
    /// The iteration continues after either.
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
    /// that begins at page `index`; none if that page continues a run.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) with [`ReadError::BucketOutOfRange`](crate::ReadError::BucketOutOfRange) or
    /// [`ReadError::PageOutOfRange`](crate::ReadError::PageOutOfRange) unless `index` is less than
    /// [`bucket_count`](Self::bucket_count); otherwise those of [`get`](Self::get). If one entry cannot be decoded, the call
    /// fails.
    pub fn get_bucket(&self, index: usize) -> io::Result<Vec<(K, V)>> {
        let inner = self.inner();
        let extent = inner.index().extent(index)?;
        inner.read(&extent, |block| {
            // Not for all entries at once: a value of a few bytes may decode to something large.
            let affordable = block.byte_length() / size_of::<(K, V)>().max(1);
            let mut entries = Vec::with_capacity(affordable.min(block.len()));
            block.for_each(|entry| {
                entries.push(decode_entry(inner, extent.index(), &entry)?);
                Ok::<_, io::Error>(())
            })?;
            Ok(entries)
        })
    }
}

impl<'a, K, V, R: MassMapReader, H: MassMapHashLoader> IntoIterator for &'a MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    type Item = io::Result<(K, V)>;
    type IntoIter = MassMapIter<'a, K, V, R, H>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
