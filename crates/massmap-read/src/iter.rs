//! Walks over all entries of a map.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::layout::{Extent, Extents, Layout};
use crate::scan::Block;
use crate::sequential::{LONGEST_READ, Sequential};
use crate::{MassMap, MassMapInner};

/// For how many entries memory is kept between extents.
const LARGEST_KEPT_QUEUE: usize = 4096;

/// Walks the extents in order and decodes a `T` from each entry.
pub(crate) struct Walk<'a, T, R: MassMapReader, H: MassMapHashLoader> {
    layout: &'a Layout,
    extents: Extents<'a>,
    reads: Sequential<'a, R, H>,
    /// What is left of the extent decoded last.
    decoded: VecDeque<T>,
    /// Entries in the extents not yet decoded.
    unread_entries: u64,
    /// At least so many extents with entries are not yet decoded.
    unread_extents: u64,
}

impl<'a, T, R: MassMapReader, H: MassMapHashLoader> Walk<'a, T, R, H> {
    fn new(inner: &'a MassMapInner<R, H>) -> Self {
        let layout = inner.layout();
        // Not from `meta`, which anyone may change.
        let (unread_entries, unread_extents) = match layout {
            // How many runs the pages make up is not known beforehand.
            Layout::Pages(pages) => (pages.header.entry_count, pages.header.page_count.min(1)),
            Layout::Buckets(buckets) => (buckets.entry_count(), buckets.occupied_count()),
        };
        Self {
            unread_entries,
            unread_extents,
            ..Self::over(inner, inner.places().extents(), layout.len())
        }
    }

    /// A walk over `extents` only, which begin before the bucket or page `end`. Its size hint is of no use.
    pub(crate) fn over(inner: &'a MassMapInner<R, H>, extents: Extents<'a>, end: usize) -> Self {
        let layout = inner.layout();
        Self {
            layout,
            extents,
            reads: Sequential::new(inner, layout.offset(end), LONGEST_READ),
            decoded: VecDeque::new(),
            unread_entries: 0,
            unread_extents: 0,
        }
    }

    #[inline]
    pub(crate) fn next(
        &mut self,
        decode: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        loop {
            if let Some(item) = self.decoded.pop_front() {
                return Some(Ok(item));
            }
            let Some(extent) = self.extents.next() else {
                (self.unread_entries, self.unread_extents) = (0, 0);
                return None;
            };
            let result = extent.and_then(|extent| self.decode_extent(extent, &decode));
            self.unread_extents = self.unread_extents.saturating_sub(1);
            if let Err(error) = result {
                return Some(Err(error));
            }
        }
    }

    /// Decodes all entries of `extent`, or none of them if that fails.
    fn decode_extent(
        &mut self,
        extent: Extent,
        decode: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<()> {
        self.unread_entries = self.unread_entries.saturating_sub(extent.count.into());
        let mut emptied = std::mem::take(&mut self.decoded);
        // What a long extent has needed is not kept for short ones.
        emptied.shrink_to(LARGEST_KEPT_QUEUE);
        let decoded = Cell::new(emptied);
        self.reads.read(extent, |block| {
            let mut items = decoded.take();
            block.for_each(|entry| {
                items.push_back(decode(&block, &entry)?);
                Ok(())
            })?;
            decoded.set(items);
            Ok(())
        })?;
        self.decoded = decoded.into_inner();
        if let Layout::Pages(_) = self.layout {
            self.unread_entries = self.unread_entries.saturating_sub(self.decoded.len() as u64);
        }
        Ok(())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let decoded = self.decoded.len();
        // A damaged extent yields one error in place of its entries.
        let lower = usize::try_from(self.unread_extents)
            .ok()
            .and_then(|n| n.checked_add(decoded));
        let upper = usize::try_from(self.unread_entries)
            .ok()
            .and_then(|n| n.checked_add(decoded));
        (lower.unwrap_or(usize::MAX), upper)
    }
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
    |block, entry| Ok((block.decode_key(entry)?, block.decode_value(entry)?))
}

iterator! {
    /// Iterator over all keys of a map, made by [`MassMap::keys`].
    Keys,
    K,
    |block, entry| block.decode_key(entry)
}

iterator! {
    /// Iterator over all values of a map, made by [`MassMap::values`].
    Values,
    V,
    |block, entry| block.decode_value(entry)
}
