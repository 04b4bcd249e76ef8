//! Lookups of many keys at once in files that lie in memory.

use std::borrow::Borrow;
use std::hash::Hash;
use std::io;

use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::MassMap;
use crate::batch::Pending;
use crate::layout::{Layout, Pages};
use crate::prefetch::{prefetch, prefetch_all};
use crate::usual::{Spot, Usual, entry_of};

/// How many keys are looked up in memory at the same time: enough to wait for all of them at once rather than for one after
/// the other, few enough for what was fetched for the first one to be there still when the last one has been fetched.
const AT_ONCE: usize = 32;

/// Where the entry of a key is looked for in the pages of a file that lies in memory.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Nowhere: the map does not have it.
    None,
    /// In a run, in the usual way.
    Spot(Spot<'a>),
    /// These bytes are likely to be it. The run is in order.
    Candidate(Spot<'a>, &'a [u8]),
    /// In a run that is in order, but not where it is most likely.
    Elsewhere(Spot<'a>),
    /// Wherever: to be looked up in general.
    Unusual,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Calls `f` with the number of each key and what was found in `memory`, the bytes of the file.
    #[inline(always)]
    pub(crate) fn batch_look_up_in<'a, B, Q>(
        &'a self,
        memory: &'a [u8],
        keys: impl Iterator<Item = B>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut keys = keys.fuse().enumerate();
        if !self.trusts_misses()? {
            return keys.try_for_each(|(number, key)| {
                self.finish_one(memory, number, key.borrow(), Usual::Unknown, &mut f)
            });
        }
        match self.inner().layout() {
            Layout::Buckets(_) => self.look_up_all_in_buckets(memory, keys, f),
            Layout::Pages(pages) => self.inner().bit_instructions().run(
                #[inline(always)]
                || self.look_up_all_in_pages(pages, memory, keys, f),
            ),
        }
    }

    /// Looks up keys in the buckets of a file whose bytes lie in memory.
    fn look_up_all_in_buckets<'a, B, Q>(
        &'a self,
        memory: &'a [u8],
        mut keys: impl Iterator<Item = (usize, B)>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut pending = Vec::with_capacity(AT_ONCE);
        loop {
            for (number, key) in keys.by_ref().take(AT_ONCE) {
                let hash = self.inner().hash(key.borrow());
                let extent = self.inner().places().locate(hash)?;
                if let Some(bytes) = extent.bytes_in(memory) {
                    prefetch(bytes, 0);
                }
                pending.push(Pending {
                    number,
                    key,
                    hash,
                    extent,
                });
            }
            if pending.is_empty() {
                return Ok(());
            }
            for Pending {
                number,
                key,
                hash,
                extent,
            } in pending.drain(..)
            {
                let found = self.find_in(memory, &extent, key.borrow(), hash)?;
                f(number, found.map(|entry| (extent.index, entry)))?;
            }
        }
    }

    /// Looks up keys in `pages`, those of a file whose bytes lie in memory.
    #[inline(always)]
    fn look_up_all_in_pages<'a, B, Q>(
        &'a self,
        pages: &'a Pages,
        memory: &'a [u8],
        mut keys: impl Iterator<Item = (usize, B)>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut pending = Vec::with_capacity(AT_ONCE);
        loop {
            for (number, key) in keys.by_ref().take(AT_ONCE) {
                let place = match pages.spot(memory, self.inner().hash(key.borrow())) {
                    Usual::Found(spot) => {
                        pages.prefetch_directory(spot.bytes, spot.fraction);
                        Place::Spot(spot)
                    }
                    Usual::Missing => Place::None,
                    Usual::Unknown => Place::Unusual,
                };
                pending.push((number, key, place));
            }
            if pending.is_empty() {
                return Ok(());
            }
            for (_, _, place) in &mut pending {
                if let Place::Spot(spot) = *place {
                    *place = match spot.candidate(pages) {
                        Usual::Found(bytes) => {
                            prefetch_all(bytes);
                            Place::Candidate(spot, bytes)
                        }
                        Usual::Missing => Place::Elsewhere(spot),
                        Usual::Unknown => Place::Unusual,
                    };
                }
            }
            for (number, key, place) in pending.drain(..) {
                let key = key.borrow();
                let found = match place {
                    Place::Candidate(spot, bytes) => match entry_of::<K, Q>(bytes, key) {
                        Usual::Found(entry) => {
                            f(number, Some((spot.page, entry)))?;
                            continue;
                        }
                        Usual::Missing => spot.find_in_order::<K, Q>(pages, key),
                        Usual::Unknown => Usual::Unknown,
                    },
                    Place::Elsewhere(spot) => spot.find_in_order::<K, Q>(pages, key),
                    Place::None => Usual::Missing,
                    // None of the first, which have all become something else.
                    Place::Spot(_) | Place::Unusual => Usual::Unknown,
                };
                self.finish_one(memory, number, key, found, &mut f)?;
            }
        }
    }

    /// Calls `f` with what a lookup in the usual way has `found`, or with what one in general finds.
    #[inline(never)]
    fn finish_one<'a, Q>(
        &'a self,
        memory: &'a [u8],
        number: usize,
        key: &Q,
        found: Usual<(usize, RawEntry<'a>)>,
        f: &mut impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match found {
            Usual::Found(entry) => f(number, Some(entry)),
            Usual::Missing => f(number, None),
            Usual::Unknown => {
                let found =
                    self.look_up_unusual(memory, key, |index, entry| f(number, Some((index, *entry))))?;
                found.map_or_else(|| f(number, None), Ok)
            }
        }
    }
}
