//! From a hash to the entries of its slot.

use massmap_format::{EntryLayout, Page, bin_of, spread};

use super::{Candidates, FastSearch};
use crate::BitInstructions;
use crate::block::checksum::PartsToCheck;
use crate::block::slots::{LINE_LENGTH, entries_in_line};
use crate::error::fallback::Fallback;
use crate::index::fraction::Fraction;
use crate::index::prefetch::{ENTRY_LINES, FIXED_ENTRY_LINES, prefetch_around};
use crate::low_level::positions::positions_begun;
use crate::low_level::prefetch::prefetch;

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
            None => self.place_of_any(spread),
        }
    }

    /// The same for the first pages and the last ones, and as long as blocks of the page index are left to be checked.
    #[cold]
    #[inline(never)]
    fn place_of_any(self, spread: u64) -> Result<Option<FastPlace<'a>>, Fallback> {
        let bins = self.pages.header.bins;
        let Ok(run) = self.pages.run_of_any_bin(bin_of(spread, bins)) else {
            return Err(Fallback);
        };
        let Some(run) = run else { return Ok(None) };
        match self.onwards(run.first_page) {
            Some(onwards) if run.pages == 1 => Ok(Some(FastPlace {
                page: run.first_page,
                fraction: Fraction::new(spread, bins, &run),
                onwards,
            })),
            _ => Err(Fallback),
        }
    }

    /// This page and the rest of the file.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn onwards(&self, page: u64) -> Option<&'a [u8]> {
        // Cannot overflow: there are less than 2^32 pages of at most 2^20 bytes.
        let start = usize::try_from((page + 1) << self.layout.page_bits).ok()?;
        self.memory.get(start..)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn page_of(&self, spread: u64) -> Option<FastPlace<'a>> {
        let bins = self.pages.header.bins;
        let index = self.pages.index.as_ref()?;
        let bytes = index.bytes().checked()?;
        let page = index
            .with_bytes(bytes)
            .single_page(bin_of(spread, bins), positions_begun)?;
        let onwards = self.onwards(page.number)?;
        Some(FastPlace {
            page: page.number,
            fraction: Fraction::in_page(spread, bins, &page),
            onwards,
        })
    }

    /// Prefetches what a lookup will read there: the directory, and the lines around the likely place of the entry.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn prefetch(&self, place: &FastPlace<'a>) {
        self.prefetch_directory(place);
        match self.layout.entries {
            EntryLayout::Fixed(_) => self.prefetch_entries::<FIXED_ENTRY_LINES>(place),
            EntryLayout::Variable | EntryLayout::Compressed => self.prefetch_entries::<ENTRY_LINES>(place),
        }
    }

    /// The same in a file with entries of fixed width.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn prefetch_records(&self, place: &FastPlace<'a>) {
        prefetch(place.onwards, 0);
        match self.pages.checksums.are_checked_at_every_read() {
            true => self.prefetch_parts(place),
            false => self.prefetch_entries::<FIXED_ENTRY_LINES>(place),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn prefetch_entries<const LINES: usize>(&self, place: &FastPlace<'a>) {
        prefetch_around::<LINES>(place.onwards, self.expected_place(place));
    }

    /// Where the entry probably begins in its page.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn expected_place(&self, place: &FastPlace<'a>) -> usize {
        let before = place.fraction.of(self.layout.mean_length);
        before.wrapping_add(self.layout.entries_start)
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
        let Some(first) = entries.end.checked_sub(entries.count as usize) else {
            return Err(Fallback);
        };
        let candidates = Candidates {
            onwards: place.onwards,
            first,
            count: entries.count,
            page: place.page,
        };
        match parts {
            PartsToCheck::Used if !self.parts_are_intact(&candidates) => Err(Fallback),
            PartsToCheck::Used | PartsToCheck::None => Ok(candidates),
        }
    }
}
