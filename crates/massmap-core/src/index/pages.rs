//! The index of format 2: a page index and perhaps a miss filter.

pub(crate) mod fast;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use massmap_format::{
    CompressionDescription, EntryLayout, EntryTypes, FormatError, MissFilter, Page, PageIndex, PageLayout,
    PageRun, PageRuns, PagedHeader, RawEntry, bin_of, fraction_of, slot_of, spread,
};

use self::fast::FastLayout;
use super::extent::Extent;
use super::fraction::Fraction;
use super::probe::Probe;
use super::section_bytes::SectionBytes;
use super::slot::Slot;
use crate::ReadError;
use crate::block::Block;
use crate::block::checksum::{ChecksumPolicy, Checksums};
use crate::codec::EntryCodec;
use crate::compression::ValueDecoder;
use crate::error::fallback::LookupError;

/// The part of a file of format 2 that stays in memory.
#[derive(Debug, Clone)]
pub struct PagedIndex {
    pub(crate) header: PagedHeader,
    /// `None` without pages.
    index: Option<PageIndex<SectionBytes>>,
    filter: Option<MissFilter<SectionBytes>>,
    pub(crate) checksums: Checksums,
    /// What fast lookups need; `None` if they are not for this file.
    fast: Option<FastLayout>,
    /// The layout of the runs.
    pub(crate) layout: PageLayout,
    /// Reads entries of fixed width.
    pub(super) codec: Option<EntryCodec>,
    /// How values are compressed, or would be if they had no fixed width.
    compression: Option<Arc<CompressionDescription>>,
    /// Reads compressed values.
    pub(super) values: Option<ValueDecoder>,
    /// Where the first entry of a page begins.
    pub(crate) entries_start: usize,
    /// Number of entries of a page, on average.
    pub(crate) mean_count: u32,
    /// Length of an entry, on average, in bytes.
    pub(crate) mean_entry: u32,
}

impl PagedIndex {
    pub(crate) fn new(
        header: PagedHeader,
        index: Option<PageIndex<SectionBytes>>,
        filter: Option<MissFilter<SectionBytes>>,
        checksums: Checksums,
        types: &EntryTypes,
        compression: Option<CompressionDescription>,
    ) -> Result<Self, ReadError> {
        let layout = header.page_layout(types.widths())?;
        let decoder = |compression: &CompressionDescription| ValueDecoder::new(&compression.dictionary);
        let codec = match layout.entries() {
            EntryLayout::Fixed(_) => EntryCodec::new(types),
            EntryLayout::Variable | EntryLayout::Compressed => None,
        };
        Ok(Self {
            fast: FastLayout::new(
                layout,
                codec.as_ref(),
                mean(header.entries_length, header.page_count),
            ),
            codec,
            values: match layout.entries() {
                // The header has been checked: such a file has the section.
                EntryLayout::Compressed => compression.as_ref().map(decoder).transpose()?,
                EntryLayout::Fixed(_) | EntryLayout::Variable => None,
            },
            compression: compression.map(Arc::new),
            layout,
            entries_start: usize::try_from(layout.entries_start(header.page_size.into()))
                .unwrap_or(usize::MAX),
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

    /// How the values of the file are compressed, or, if entries have a fixed width, would be otherwise.
    #[must_use]
    pub fn compression(&self) -> Option<&CompressionDescription> {
        self.compression.as_deref()
    }

    /// Whether there is a miss filter.
    #[must_use]
    pub const fn has_miss_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// Number of bytes that page index, miss filter and dictionary take: of memory, or of the mapping in which the first two are used.
    /// Of sections that are read in parts, only the parts that have been read count.
    #[must_use]
    pub fn byte_length(&self) -> usize {
        let index = self.index.as_ref().map_or(0, |index| index.bytes().byte_length());
        let filter = self
            .filter
            .as_ref()
            .map_or(0, |filter| filter.bytes().byte_length());
        let dictionary = self
            .compression()
            .map_or(0, |description| description.dictionary.len());
        index + filter + dictionary
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

    /// The page index, all of whose blocks have been checked; `None` without pages.
    pub(super) fn index(&self) -> Result<Option<PageIndex<&[u8]>>, FormatError> {
        let index = self.index.as_ref();
        index
            .map(|index| Ok(index.with_bytes(index.bytes().check_all()?)))
            .transpose()
    }

    /// The run of pages that holds the entries of `bin`; `None` if it holds none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_of_bin<E: LookupError>(&self, bin: u64) -> Result<Option<PageRun>, E> {
        let Some(index) = &self.index else { return Ok(None) };
        let single = match index.bytes().checked() {
            Some(bytes) => index.with_bytes(bytes).single_page_of_bin(bin),
            None => None,
        };
        match single {
            Some(run) => Ok(Some(run)),
            None => self.run_of_any_bin(bin).map_err(E::from),
        }
    }

    /// The same for any bin, and in an index whose blocks have not all been checked.
    #[inline(never)]
    fn run_of_any_bin(&self, bin: u64) -> Result<Option<PageRun>, FormatError> {
        let Some(index) = self.index.as_ref().filter(|index| index.bins().contains(&bin)) else {
            return Ok(None);
        };
        if let Some(bytes) = index.bytes().checked() {
            return index.with_bytes(bytes).run_of_bin(bin).map(Some);
        }
        let bytes = index.bytes().checking();
        let run = index.with_bytes(&bytes).run_of_bin(bin);
        run.map(Some).map_err(|error| bytes.explain(error))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn probe<E: LookupError>(&self, hash: u64) -> Result<Probe, E> {
        let spread = spread(hash);
        if !self.may_contain_spread::<E>(spread)? {
            return Ok(Probe::Miss);
        }
        let Some(run) = self.run_of_bin::<E>(bin_of(spread, self.header.bins))? else {
            return Ok(Probe::Miss);
        };
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
        self.prefetch_lookup(bytes, extent.fraction);
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
        let run = self.run_of_any_bin(self.bin_of(hash)).ok()??;
        usize::try_from(run.first_page).ok()
    }

    /// The run that begins at the page `index`; an empty extent if none does.
    pub(super) fn extent_at(&self, index: usize) -> Result<Extent, ReadError> {
        let extent = self.extent_around(index)?;
        Ok(match extent.index == index {
            true => extent,
            false => Extent::empty(index),
        })
    }

    /// The run that the page `index` belongs to.
    pub(super) fn extent_around(&self, index: usize) -> Result<Extent, ReadError> {
        let page_count = usize::try_from(self.header.page_count).unwrap_or(usize::MAX);
        let page_index = self
            .index()?
            .filter(|_| index < page_count)
            .ok_or(ReadError::PageOutOfRange {
                page: index,
                page_count,
            })?;
        let run = page_index.run_of_page(index as u64)?;
        Ok(self.extent(&run)?)
    }

    /// The runs that begin with one of `pages`. `None` without pages.
    pub(super) fn runs_within(&self, pages: Range<usize>) -> Result<Option<PageRuns<&[u8]>>, FormatError> {
        if pages.start >= pages.end {
            return Ok(None);
        }
        let index = self.index()?;
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

    /// Offset and length in the file of the content of the page index or of the miss filter, if it is read in parts and some may be
    /// missing.
    pub(super) fn next_missing(&self) -> Option<(u64, u64)> {
        let sections = [
            self.index.as_ref().map(PageIndex::bytes),
            self.filter.as_ref().map(MissFilter::bytes),
        ];
        sections.into_iter().flatten().find_map(SectionBytes::missing)
    }

    /// Takes a part of the page index or of the miss filter. Whether it is one.
    pub(super) fn supply(&self, offset: u64, bytes: &Bytes) -> Result<bool, FormatError> {
        if let Some(index) = &self.index
            && index.bytes().supply(offset, bytes)?
        {
            return Ok(true);
        }
        self.filter
            .as_ref()
            .map_or(Ok(false), |filter| filter.bytes().supply(offset, bytes))
    }

    /// The run in which an entry with this hash belongs, whatever the miss filter says.
    pub(super) fn probe_unfiltered(&self, hash: u64) -> Result<Probe, FormatError> {
        let spread = spread(hash);
        let Some(run) = self.run_of_any_bin(bin_of(spread, self.header.bins))? else {
            return Ok(Probe::Miss);
        };
        Ok(Probe::Read(Extent {
            fraction: Fraction::new(spread, self.header.bins, &run),
            ..self.extent(&run)?
        }))
    }

    /// The bins of the run in which an entry with this hash belongs; none if it belongs in none.
    pub(super) fn bins_around(&self, hash: u64) -> Result<Range<u64>, FormatError> {
        let run = self.run_of_any_bin(self.bin_of(hash))?;
        Ok(run.map_or(0..0, |run| run.first_bin..run.end_bin))
    }

    /// Whether there may be an entry with this hash. Only a miss filter can rule it out.
    pub(super) fn may_contain(&self, hash: u64) -> Result<bool, FormatError> {
        self.may_contain_spread(spread(hash))
    }

    /// The same for a spread hash.
    // Always inlined, although it has several callers: otherwise misses that it catches take a third longer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn may_contain_spread<E: From<FormatError>>(&self, spread: u64) -> Result<bool, E> {
        let Some(filter) = &self.filter else {
            return Ok(true);
        };
        let checked = filter.bytes().checked();
        match checked.and_then(|bytes| filter.with_bytes(bytes).may_contain(spread)) {
            Some(may_contain) => Ok(may_contain),
            None => may_contain_checking(filter, spread).map_err(E::from),
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

/// Whether there may be an entry with this spread hash. Checks the block of `filter` that tells.
#[inline(never)]
fn may_contain_checking(filter: &MissFilter<SectionBytes>, spread: u64) -> Result<bool, FormatError> {
    let bytes = filter.bytes().checking();
    let may_contain = filter.with_bytes(&bytes).may_contain(spread);
    match bytes.failure() {
        Some(error) => Err(error),
        // A line whose bytes are not there says nothing.
        None => Ok(may_contain.unwrap_or(true)),
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
