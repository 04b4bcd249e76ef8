//! Prefetching the bytes that a lookup in memory will read.

use massmap_format::{EntryLayout, Page};

use crate::Index;
use crate::index::extent::Extent;
use crate::index::fraction::Fraction;
use crate::index::pages::PagedIndex;
use crate::low_level::prefetch::{CACHE_LINE, prefetch, prefetch_all, touch};

/// Number of cache lines that are prefetched around the expected place of an entry. In pages of 4 KiB the place is off by 106 bytes
/// for entries of 18 bytes and by about 350 for entries of 124 (standard deviations). Lookups were slower with fewer lines, and no
/// faster with more.
pub(crate) const ENTRY_LINES: usize = 11;

/// The same for entries of fixed width. A line that was not prefetched costs less there, since the place of an entry follows from its
/// number alone. Hits were slower with 3 lines, and no faster with 11.
pub(crate) const FIXED_ENTRY_LINES: usize = 7;

/// Most cache lines of a directory that are prefetched. The processor fetches those of longer ones by itself while it reads them.
const MOST_DIRECTORY_LINES: usize = 4;

impl Index {
    /// Prefetches the bytes that a search in `bytes`, the bytes of `extent`, will read first. A hint for many lookups at once in
    /// bytes that lie in memory, to be followed by [`Block::candidates`](crate::Block::candidates).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn prefetch_directory(&self, bytes: &[u8], extent: &Extent) {
        match self.as_pages() {
            Some(pages) => pages.prefetch_directory(bytes, extent.fraction),
            None => prefetch(bytes, 0),
        }
    }
}

/// Prefetches the bytes of an entry. A hint for many lookups at once in bytes that lie in memory.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn prefetch_entry(bytes: &[u8]) {
    prefetch_all(bytes);
}

impl PagedIndex {
    /// Prefetches the bytes that a lookup in `run` will read, of a hash at this place in it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn prefetch_lookup(&self, run: &[u8], fraction: Fraction) {
        touch(run, 1);
        self.prefetch_directory(run, fraction);
        self.prefetch_entries(run, fraction);
    }

    /// Prefetches the directory, and the ends of the entries around the expected rank if the run stores ends.
    ///
    /// The hash gives the approximate rank, and the rank gives the places of an entry's end and bytes. So all of them can be
    /// fetched at the same time rather than one after the other.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn prefetch_directory(&self, run: &[u8], fraction: Fraction) {
        prefetch(run, 0);
        let end = Page::HEADER_LENGTH + 8 * self.layout.directory_words() as usize;
        // Usually the directory lies in the first line.
        for line in 1..end.div_ceil(CACHE_LINE).min(MOST_DIRECTORY_LINES) {
            prefetch(run, line * CACHE_LINE);
        }
        if !matches!(self.layout.entries(), EntryLayout::Fixed(_)) {
            self.prefetch_ends(run, fraction);
        }
    }

    /// Prefetches the ends of the entries around the expected rank.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn prefetch_ends(&self, run: &[u8], fraction: Fraction) {
        // For a single page, where an end takes two bytes. In longer runs this prefetches lines that are not needed.
        let rank = fraction.of(self.mean_count);
        let end = run.len().wrapping_sub(2 * rank);
        prefetch(run, end.wrapping_sub(18));
        prefetch(run, end.wrapping_add(14));
    }

    /// Prefetches the bytes around the expected place of the entry.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn prefetch_entries(&self, run: &[u8], fraction: Fraction) {
        let before = fraction
            .of(self.mean_count)
            .wrapping_mul(self.mean_entry as usize);
        let place = before.wrapping_add(self.entries_start);
        match self.layout.entries() {
            EntryLayout::Variable | EntryLayout::Compressed => prefetch_around::<ENTRY_LINES>(run, place),
            EntryLayout::Fixed(_) => prefetch_around::<FIXED_ENTRY_LINES>(run, place),
        }
    }
}

/// Prefetches the cache line `place` bytes after the start of `bytes` and those around it, `LINES` in all.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn prefetch_around<const LINES: usize>(bytes: &[u8], place: usize) {
    let first = place.wrapping_sub(LINES / 2 * CACHE_LINE);
    for line in 0..LINES {
        prefetch(bytes, first.wrapping_add(line * CACHE_LINE));
    }
}
