//! The usual lookup in memory: of an entry in a run of pages, most often a single one, that is in order.
//!
//! What is unusual in any way, or damaged, is left to the general lookup, which comes to the same answer, or knows the error.
//! Since nothing here gives errors, which take much memory to hand on, a lookup takes a quarter fewer instructions.

use std::borrow::Borrow;

use massmap_format::{Page, PageRun, RawEntry, bin_of, fingerprint_of, spread};
use serde::Deserialize;

use crate::layout::Pages;
use crate::same_key::is_same_key;
use crate::search::{Fraction, Near};

/// Where pages have fewer entries than this, on average, most runs are likely to have several pages.
const FEWEST_IN_SINGLE_PAGES: u32 = 4;

/// What a usual lookup comes to.
pub(crate) enum Usual<T> {
    Found(T),
    /// The map does not have the key.
    Missing,
    /// To be looked up in general.
    Unknown,
}

/// Where the entry of a hash is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    /// The bytes of the run of pages.
    pub(crate) bytes: &'a [u8],
    /// Number of its first page.
    pub(crate) page: usize,
    pub(crate) fraction: Fraction,
    fingerprint: u8,
}

impl Pages {
    /// Where the entry of `hash` lies in `memory`, the bytes of the file, if the map has it.
    #[inline(always)]
    pub(crate) fn spot<'a>(&self, memory: &'a [u8], hash: u64) -> Usual<Spot<'a>> {
        if self.denies(hash) {
            return Usual::Missing;
        }
        match self.spot_of(memory, spread(hash)) {
            Some(spot) => Usual::Found(spot),
            None => Usual::Unknown,
        }
    }

    #[inline(always)]
    fn spot_of<'a>(&self, memory: &'a [u8], spread: u64) -> Option<Spot<'a>> {
        let index = self.index(Some(memory))?;
        let page = match self.mean_count {
            0..FEWEST_IN_SINGLE_PAGES => None,
            _ => index.single_page_of_bin(bin_of(spread, self.header.bins)),
        };
        let Some(run) = page else {
            return self.spot_in_any_run(memory, spread);
        };
        let offset = self.header.page_offset(run.first_page)?;
        self.spot_at(memory, spread, &run, (offset, self.header.page_size))
    }

    #[inline(always)]
    fn spot_in_any_run<'a>(&self, memory: &'a [u8], spread: u64) -> Option<Spot<'a>> {
        let index = self.index(Some(memory))?;
        let run = index.run_of_bin(bin_of(spread, self.header.bins)).ok()?;
        self.spot_at(memory, spread, &run, self.header.extent_of(&run).ok()?)
    }

    /// In `run`, whose offset and length are given.
    #[inline(always)]
    fn spot_at<'a>(
        &self,
        memory: &'a [u8],
        spread: u64,
        run: &PageRun,
        extent: (u64, u32),
    ) -> Option<Spot<'a>> {
        let (offset, length) = extent;
        let bytes = memory.get(usize::try_from(offset).ok()?..)?;
        Some(Spot {
            bytes: bytes.get(..length as usize)?,
            page: usize::try_from(run.first_page).ok()?,
            fraction: self.fraction(spread, run),
            fingerprint: fingerprint_of(spread),
        })
    }
}

impl<'a> Spot<'a> {
    /// The page, once its checksum has been checked, if the policy says so.
    #[inline(always)]
    fn page(&self, pages: &Pages) -> Option<Page<'a>> {
        let page = Page::decode(self.bytes, pages.entries).ok()?;
        let checked = pages
            .checksums
            .check(&page, &pages.header, self.page as u64, None);
        // Where a map has no entries it has no pages.
        (checked.is_ok() && !page.is_empty()).then_some(page)
    }

    /// The bytes of the entry that is likely to be that which is looked for.
    #[inline(always)]
    pub(crate) fn candidate(&self, pages: &Pages) -> Usual<&'a [u8]> {
        let Some(page) = self.page(pages) else {
            return Usual::Unknown;
        };
        match self.candidate_in(page) {
            Some(bytes) => Usual::Found(bytes),
            None => Usual::Missing,
        }
    }

    #[inline(always)]
    fn candidate_in(&self, page: Page<'a>) -> Option<&'a [u8]> {
        self.entry_bytes(page, self.near(&page)?.indexes().next()?)
    }

    /// The entry of `key`.
    #[inline(always)]
    pub(crate) fn find<K, Q>(&self, pages: &Pages, key: &Q) -> Usual<RawEntry<'a>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self.page(pages) {
            Some(page) => self.find_in::<K, Q>(page, pages, key),
            None => Usual::Unknown,
        }
    }

    /// The number of the run's first page, and the entry of `key` in it; it is in order, as [`candidate`](Self::candidate) has
    /// found.
    #[inline(never)]
    pub(crate) fn find_in_order<K, Q>(&self, pages: &Pages, key: &Q) -> Usual<(usize, RawEntry<'a>)>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let found = match Page::decode(self.bytes, pages.entries) {
            Ok(page) => self.find_in::<K, Q>(page, pages, key),
            Err(_) => Usual::Unknown,
        };
        match found {
            Usual::Found(entry) => Usual::Found((self.page, entry)),
            Usual::Missing => Usual::Missing,
            Usual::Unknown => Usual::Unknown,
        }
    }

    #[inline(always)]
    fn find_in<K, Q>(&self, page: Page<'a>, pages: &Pages, key: &Q) -> Usual<RawEntry<'a>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Some(near) = self.near(&page) else {
            return Usual::Unknown;
        };
        for index in near.indexes() {
            match self.entry::<K, Q>(page, index, key) {
                Usual::Missing => {}
                found => return found,
            }
        }
        self.find_far::<K, Q>(pages, near, key)
    }

    /// The entry of `key`, which is none of those near the one that is expected.
    #[inline(never)]
    fn find_far<K, Q>(&self, pages: &Pages, near: Near, key: &Q) -> Usual<RawEntry<'a>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Ok(page) = Page::decode(self.bytes, pages.entries) else {
            return Usual::Unknown;
        };
        let (bytes, wanted) = (page.fingerprints(), self.fingerprint);
        let found = near.find_far(bytes, page.len(), wanted, |index| {
            match self.entry::<K, Q>(page, index, key) {
                Usual::Missing => None,
                found => Some(found),
            }
        });
        found.unwrap_or(Usual::Missing)
    }

    #[inline(always)]
    fn near(&self, page: &Page<'_>) -> Option<Near> {
        let bytes = page.bytes_from_fingerprints();
        Near::search(bytes, page.len(), self.fingerprint, self.fraction)
    }

    /// The entry number `index`, if it has the key `key`.
    #[inline(always)]
    fn entry<K, Q>(&self, page: Page<'a>, index: usize, key: &Q) -> Usual<RawEntry<'a>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self.entry_bytes(page, index) {
            Some(bytes) => entry_of::<K, Q>(bytes, key),
            None => Usual::Unknown,
        }
    }

    /// The bytes of the entry number `index`. `None` too if the one before has the same fingerprint: it could have the same
    /// key, and the first one counts.
    #[inline(always)]
    fn entry_bytes(&self, page: Page<'a>, index: usize) -> Option<&'a [u8]> {
        let before = index
            .checked_sub(1)
            .and_then(|before| page.fingerprints().get(before));
        match before {
            Some(before) if *before == self.fingerprint => None,
            _ => page.entry_bytes(index),
        }
    }
}

/// The entry that `bytes` are, if it has the key `key`.
#[inline(always)]
pub(crate) fn entry_of<'a, K, Q>(bytes: &'a [u8], key: &Q) -> Usual<RawEntry<'a>>
where
    K: for<'de> Deserialize<'de> + Borrow<Q>,
    Q: Eq + ?Sized,
{
    let Some(entry) = RawEntry::decode(bytes) else {
        return Usual::Unknown;
    };
    match is_same_key::<K, Q>(entry.key, key) {
        Ok(true) => Usual::Found(entry),
        Ok(false) => Usual::Missing,
        Err(_) => Usual::Unknown,
    }
}
