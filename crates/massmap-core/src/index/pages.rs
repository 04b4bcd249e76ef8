//! The index of format 2: a page index and perhaps a miss filter.

use std::ops::Range;

use bytes::Bytes;
use massmap_format::{
    EntryLayout, EntryTypes, FormatError, Page, PageIndex, PageLayout, PageRun, PageRuns, PagedHeader,
    RawEntry, bin_of, fraction_of, slot_of, spread,
};

use super::extent::Extent;
use super::fraction::Fraction;
use super::miss_filter::AnyMissFilter;
use super::probe::Probe;
use super::slot::Slot;
use crate::ReadError;
use crate::block::Block;
use crate::block::checksum::{ChecksumPolicy, Checksums};
use crate::codec::EntryCodec;
use crate::error::fallback::LookupError;

/// If pages have fewer entries than this on average, most runs are likely to have several pages.
const FEWEST_IN_SINGLE_PAGES: u32 = 4;

/// The part of a file of format 2 that stays in memory.
#[derive(Debug, Clone)]
pub struct PagedIndex {
    pub(crate) header: PagedHeader,
    /// `None` without pages.
    index: Option<PageIndex<Bytes>>,
    filter: Option<AnyMissFilter>,
    pub(crate) checksums: Checksums,
    /// The layout of the runs.
    pub(crate) layout: PageLayout,
    /// Reads entries of fixed width.
    pub(super) codec: Option<EntryCodec>,
    /// Number of entries of a page, on average.
    pub(crate) mean_count: u32,
    /// Length of an entry, on average, in bytes.
    pub(crate) mean_entry: u32,
}

impl PagedIndex {
    pub(crate) fn new(
        header: PagedHeader,
        index: Option<PageIndex<Bytes>>,
        filter: Option<AnyMissFilter>,
        checksums: Checksums,
        types: &EntryTypes,
    ) -> Result<Self, FormatError> {
        let layout = header.page_layout(types.widths())?;
        Ok(Self {
            codec: match layout.entries() {
                EntryLayout::Fixed(_) => EntryCodec::new(types),
                EntryLayout::Variable => None,
            },
            layout,
            mean_count: mean(header.entry_count, header.page_count),
            mean_entry: mean(header.entries_length, header.entry_count),
            header,
            index,
            filter,
            checksums,
        })
    }

    /// Header of the file.
    #[must_use]
    pub const fn header(&self) -> &PagedHeader {
        &self.header
    }

    /// The layout of the runs of pages.
    #[must_use]
    pub const fn page_layout(&self) -> PageLayout {
        self.layout
    }

    /// Whether there is a miss filter.
    #[must_use]
    pub const fn has_miss_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// Whether the map's checksum policy checks pages at all.
    #[must_use]
    pub fn checks_pages(&self) -> bool {
        self.checksums.are_checked()
    }

    /// The bin of a loader's hash.
    #[must_use]
    #[inline]
    pub const fn bin_of(&self, hash: u64) -> u64 {
        bin_of(spread(hash), self.header.bins)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn index(&self) -> Option<PageIndex<&[u8]>> {
        let index = self.index.as_ref()?;
        Some(index.with_bytes(index.bytes().as_ref()))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn probe<E: LookupError>(&self, hash: u64) -> Result<Probe, E> {
        if !self.may_contain(hash) {
            return Ok(Probe::Miss);
        }
        let Some(index) = self.index() else {
            return Ok(Probe::Miss);
        };
        let spread = spread(hash);
        let bin = bin_of(spread, self.header.bins);
        let page = match self.mean_count {
            0..FEWEST_IN_SINGLE_PAGES => None,
            _ => index.single_page_of_bin(bin),
        };
        if let Some(run) = page
            && let Some(offset) = self.header.page_offset(run.first_page)
            && let Ok(first_page) = usize::try_from(run.first_page)
        {
            return Ok(Probe::Read(Extent {
                index: first_page,
                offset,
                length: self.header.page_size,
                count: 0,
                fraction: Fraction::new(spread, self.header.bins, &run),
            }));
        }
        if !index.bins().contains(&bin) {
            return Ok(Probe::Miss);
        }
        let run = index.run_of_bin(bin)?;
        match self.extent(&run) {
            Ok(extent) => Ok(Probe::Read(Extent {
                fraction: Fraction::new(spread, self.header.bins, &run),
                ..extent
            })),
            Err(error) => Err(error.into()),
        }
    }

    /// The lookup in `extent` of [`Index::find_in_memory`](crate::Index::find_in_memory).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_in_memory<'a, E: LookupError>(
        &self,
        extent: &Extent,
        bytes_of: impl FnOnce(&Extent) -> Result<&'a [u8], E>,
        mut is_key: impl FnMut(usize, &'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, E> {
        let bytes = bytes_of(extent)?;
        self.prefetch_lookup(bytes, extent);
        let index = extent.index;
        let block = self.block::<E>(extent, bytes, None)?;
        let entry = block.find(
            extent,
            #[cfg_attr(not(debug_assertions), inline(always))]
            move |key| is_key(index, key),
        )?;
        Ok(entry.map(|entry| (extent.index, entry)))
    }

    /// Number of the first page of the run in which entries with this hash belong.
    pub(super) fn page_of(&self, hash: u64) -> Option<usize> {
        let run = self.index()?.run_of_bin(self.bin_of(hash)).ok()?;
        usize::try_from(run.first_page).ok()
    }

    /// The run that begins at the page `index`; an empty extent if none does.
    pub(super) fn extent_at(&self, index: usize) -> Result<Extent, ReadError> {
        let page_count = usize::try_from(self.header.page_count).unwrap_or(usize::MAX);
        let page_index = self
            .index()
            .filter(|_| index < page_count)
            .ok_or(ReadError::PageOutOfRange {
                page: index,
                page_count,
            })?;
        let run = page_index.run_of_page(index as u64)?;
        if run.first_page == index as u64 {
            Ok(self.extent(&run)?)
        } else {
            Ok(Extent::empty(index))
        }
    }

    /// The runs that begin with one of `pages`. `None` without pages.
    pub(super) fn runs_within(&self, pages: Range<usize>) -> Result<Option<PageRuns<&[u8]>>, FormatError> {
        let index = self.index().filter(|_| pages.start < pages.end);
        index
            .map(|index| index.runs_within(pages.start as u64..pages.end as u64))
            .transpose()
    }

    /// Whether an entry with this hash belongs in this slot of the run that holds these bins.
    #[must_use]
    pub fn is_slot_of(&self, hash: u64, bins: &Range<u64>, slot: Slot) -> bool {
        let spread = spread(hash);
        let fraction = || fraction_of(spread, self.header.bins, bins.start, bins.end);
        bins.contains(&bin_of(spread, self.header.bins))
            && slot_of(fraction(), slot.of) == u64::from(slot.number)
    }

    /// Whether there may be an entry with this hash. Only a miss filter can rule it out.
    // Always inlined, although it has several callers: otherwise misses that it catches take a third longer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn may_contain(&self, hash: u64) -> bool {
        match &self.filter {
            Some(filter) => filter.may_contain(spread(hash)),
            None => true,
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn extent(&self, run: &PageRun) -> Result<Extent, FormatError> {
        let (offset, length) = self.header.extent_of(run)?;
        let index = usize::try_from(run.first_page)
            .map_err(|_| FormatError::PageNotIndexed { page: run.first_page })?;
        Ok(Extent {
            offset,
            length,
            ..Extent::empty(index)
        })
    }

    /// Decodes `bytes`, the bytes of a run of pages, into a block. Checks their checksum if the map's policy says so. `policy`
    /// replaces the map's policy.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn block<'a, E: LookupError>(
        &self,
        extent: &Extent,
        bytes: &'a [u8],
        policy: Option<ChecksumPolicy>,
    ) -> Result<Block<'a>, E> {
        if bytes.len() as u64 != extent.length() {
            return Err(extent.wrong_length(bytes.len()));
        }
        let page = match Page::decode(bytes, self.layout) {
            Ok(page) => page,
            Err(source) => return Err(damaged_page(*extent, source)),
        };
        let checked = self
            .checksums
            .check(&page, &self.header, extent.index as u64, policy);
        if let Err(source) = checked {
            return Err(damaged_page(*extent, source));
        }
        if page.is_empty() {
            // A map without entries has no pages.
            return Err(empty_page(*extent));
        }
        Ok(Block::pages(extent.index, page))
    }
}

#[cold]
#[inline(never)]
fn empty_page<E: LookupError>(extent: Extent) -> E {
    let length = usize::try_from(extent.length).unwrap_or(usize::MAX);
    damaged_page(extent, FormatError::PageDirectory { length })
}

#[cold]
fn damaged_page<E: LookupError>(extent: Extent, source: FormatError) -> E {
    ReadError::DamagedPage {
        page: extent.index,
        source,
    }
    .into()
}

/// `sum` divided by `count`, rounded. For estimates, which may be wrong if the quotient is too large.
fn mean(sum: u64, count: u64) -> u32 {
    let mean = sum.saturating_add(count / 2).checked_div(count);
    u32::try_from(mean.unwrap_or(0)).unwrap_or(u32::MAX)
}
