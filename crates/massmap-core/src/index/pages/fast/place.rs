//! From a hash to the entries of its slot.

use massmap_format::{EntryLayout, Page, bin_of, spread};

use super::{Candidates, FastSearch};
use crate::BitInstructions;
use crate::block::checksum::PartsToCheck;
use crate::block::slots::{LINE_LENGTH, entries_in_line};
use crate::error::fallback::Fallback;
use crate::index::fraction::Fraction;
use crate::low_level::positions::positions_begun;
use crate::low_level::prefetch::{CACHE_LINE, prefetch};

/// The longest parts that are prefetched as a whole, in bytes. The processor fetches longer ones by itself while it reads them.
const LONGEST_PREFETCHED: usize = 1024;

/// The parts that lie within so many bytes of the expected place of an entry are prefetched. In pages of 4 KiB the place is off by 106
/// bytes for entries of 18 bytes (standard deviation).
const PREFETCHED_AROUND: usize = 128;

/// The page in which entries with a hash belong, if it is a run of its own.
#[derive(Debug, Clone, Copy)]
pub struct FastPlace<'a> {
    /// Number of the page.
    page: u64,
    /// Place of the hash within the page.
    fraction: Fraction,
    /// The page and the rest of the file.
    pub(super) onwards: &'a [u8],
}

impl FastPlace<'_> {
    /// Number of the page.
    #[must_use]
    #[inline]
    pub fn page(&self) -> usize {
        // The page is in memory, so that its number fits.
        usize::try_from(self.page).unwrap_or(usize::MAX)
    }
}

impl<'a> FastSearch<'a> {
    /// The page in which entries with this hash belong; `None` if the map has none.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn place(&self, hash: u64) -> Result<Option<FastPlace<'a>>, Fallback> {
        let spread = spread(hash);
        if !self.pages.may_contain_spread::<Fallback>(spread)? {
            return Ok(None);
        }
        match self.page_of(spread) {
            Some(place) => Ok(Some(place)),
            None => Err(Fallback),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn page_of(&self, spread: u64) -> Option<FastPlace<'a>> {
        let bins = self.pages.header.bins;
        let index = self.pages.index.as_ref()?;
        let bytes = index.bytes().checked()?;
        let page = index
            .with_bytes(bytes)
            .single_page(bin_of(spread, bins), positions_begun)?;
        // Cannot overflow: there are less than 2^32 pages of at most 2^20 bytes.
        let start = usize::try_from((page.number + 1) << self.layout.page_bits).ok()?;
        let onwards = self.memory.get(start..)?;
        Some(FastPlace {
            page: page.number,
            fraction: Fraction::in_page(spread, bins, &page),
            onwards,
        })
    }

    /// Prefetches what a lookup will read there: the directory, and the lines around the likely place of the entry.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn prefetch(&self, place: &FastPlace<'a>) {
        self.prefetch_directory(place);
        self.pages.prefetch_entries(place.onwards, place.fraction);
    }

    /// Prefetches what [`candidates`](Self::candidates) will read: the directory, and what has to be checked.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn prefetch_directory(&self, place: &FastPlace<'a>) {
        prefetch(place.onwards, 0);
        if !matches!(self.layout.entries, EntryLayout::Fixed(_)) {
            let page = place.onwards.get(..self.layout.page_size).unwrap_or_default();
            self.pages.prefetch_ends(page, place.fraction);
        }
        if self.pages.checksums.are_checked_at_every_read() {
            self.prefetch_parts(place);
        }
    }

    /// Prefetches the checksums of the parts, and the parts that the entry probably lies in. Without this a check waits for one line
    /// after the other: lookups in 10 million small entries took twice as long.
    #[inline(never)]
    fn prefetch_parts(&self, place: &FastPlace<'a>) {
        let page = place.onwards.get(..self.layout.page_size).unwrap_or_default();
        prefetch(page, CACHE_LINE);
        let part = self.layout.part_length;
        if part <= LONGEST_PREFETCHED {
            let expected = self.pages.expected_place(place.fraction);
            let begin = expected.saturating_sub(PREFETCHED_AROUND) / part * part;
            let end = expected.saturating_add(PREFETCHED_AROUND).min(page.len());
            for line in (begin..end.next_multiple_of(part)).step_by(CACHE_LINE) {
                prefetch(page, line);
            }
        }
    }

    /// The entries that may have the hash. Checks the page as the map's policy says.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn candidates(
        &self,
        place: &FastPlace<'a>,
        instructions: BitInstructions,
    ) -> Result<Candidates<'a>, Fallback> {
        let Some(line) = place.onwards.first_chunk::<LINE_LENGTH>() else {
            return Err(Fallback);
        };
        let pages = self.pages;
        let parts = pages
            .checksums
            .check_single(place.onwards, place.page, &pages.header, pages.layout);
        let Some(parts) = parts else {
            return Err(Fallback);
        };
        let [_, _, _, _, count @ ..] = *line.first_chunk::<{ Page::HEADER_LENGTH }>().ok_or(Fallback)?;
        let count = u32::from_le_bytes(count);
        // A page has at least one entry.
        if count.wrapping_sub(1) >= self.layout.most {
            return Err(Fallback);
        }
        let slot = place.fraction.slot(u64::from(self.layout.directory_bits - count));
        let entries = entries_in_line(line, slot, instructions).ok_or(Fallback)?;
        if entries.end > count as usize {
            return Err(Fallback);
        }
        // As many ones come before, unless the directory is damaged.
        let first = entries.end.saturating_sub(entries.count as usize);
        let candidates = Candidates {
            onwards: place.onwards,
            first,
            count: entries.end - first,
            // Cannot overflow: the page has room for so many ends.
            entries_end: self.layout.page_size - self.layout.end_width * count as usize,
            layout: self.layout,
            codec: pages.codec.as_ref(),
        };
        if parts == PartsToCheck::Used && !candidates.are_intact(pages.layout, place.page) {
            return Err(Fallback);
        }
        Ok(candidates)
    }
}
