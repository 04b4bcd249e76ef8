//! Walks over all entries of a map.

use std::cell::Cell;
use std::collections::VecDeque;
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

use super::raw::block::RawBlock;
use super::sequential::{LONGEST_READ, Sequential};
use crate::{MassMap, MassMapInner};

/// Most entries for which memory is kept between extents.
const LARGEST_KEPT_QUEUE: usize = 4096;

/// Walks the extents in order and decodes a `T` from each entry.
pub(crate) struct Walk<'a, T, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    extents: Extents<'a>,
    reads: Sequential<'a, R, H>,
    /// The remaining entries of the last extent.
    decoded: VecDeque<T>,
    /// The last extent, if one of its entries cannot be decoded.
    encoded: Option<Encoded>,
    /// Entries in the extents not yet decoded.
    unread_entries: u64,
    /// Lower bound of the number of extents with entries that are not yet decoded.
    unread_extents: u64,
}

/// An extent whose entries are decoded one by one. Entries that cannot be decoded become errors, which take far more memory than
/// entries, and a file may have any number of them.
struct Encoded {
    /// Index of the bucket, or number of the run's first page.
    index: usize,
    entries: RawBlock,
    /// The next entry.
    next: usize,
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
            decoded: VecDeque::new(),
            encoded: None,
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
            if let Some(item) = self.decoded.pop_front() {
                return Some(Ok(item));
            }
            if let Some(item) = self.next_encoded(&decode) {
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

    /// Decodes the next entry of the extent that is decoded one by one, if there is one.
    fn next_encoded(
        &mut self,
        decode: impl Fn(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        let encoded = self.encoded.as_mut()?;
        let Some(entry) = encoded.entries.get(encoded.next) else {
            self.encoded = None;
            return None;
        };
        encoded.next += 1;
        Some(decode(self.inner, encoded.index, &entry))
    }

    /// Decodes all entries of `extent`. If one cannot be decoded, leaves all of them to be decoded one by one. Damage is one
    /// error in place of all entries.
    fn decode_extent(
        &mut self,
        extent: &Extent,
        decode: impl Fn(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<()> {
        self.unread_entries = self.unread_entries.saturating_sub(extent.entry_count().into());
        let mut emptied = std::mem::take(&mut self.decoded);
        // Memory for a long extent is not kept for short ones.
        emptied.shrink_to(LARGEST_KEPT_QUEUE);
        let decoded = Cell::new(emptied);
        let inner = self.inner;
        let encoded = self.reads.read(extent, |block| {
            let mut items = decoded.take();
            items.clear();
            let mut undecodable = false;
            let walked = block.for_each(|entry| {
                let item = decode(inner, extent.index(), &entry);
                items.push_back(item.inspect_err(|_| undecodable = true)?);
                Ok::<_, io::Error>(())
            });
            decoded.set(items);
            match walked {
                Err(_) if undecodable => RawBlock::stored(extent, &block).map(Some),
                walked => walked.map(|()| None),
            }
        });
        let mut items = decoded.into_inner();
        if !matches!(encoded, Ok(None)) {
            items.clear();
        }
        self.decoded = items;
        self.encoded = encoded?.map(|entries| Encoded {
            index: extent.index(),
            entries,
            next: 0,
        });
        if self.inner.index().as_pages().is_some() {
            self.unread_entries = self.unread_entries.saturating_sub(self.ready() as u64);
        }
        Ok(())
    }

    /// Number of entries left in the last extent.
    fn ready(&self) -> usize {
        let encoded = self.encoded.as_ref();
        self.decoded.len() + encoded.map_or(0, |encoded| encoded.entries.len() - encoded.next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ready = self.ready();
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
