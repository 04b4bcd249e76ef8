//! Fetching ahead what a lookup in memory will look at.

use massmap_format::{EntryLayout, Page};

use crate::layout::{Extent, Layout, Pages, fingerprint};
use crate::prefetch::{CACHE_LINE, prefetch, prefetch_all, touch};
use crate::search::{expected, find_fingerprint};

/// How many cache lines of fingerprints are fetched at most: all of those of a page of 4 KiB.
const MOST_FINGERPRINT_LINES: usize = 4;

/// How many cache lines are fetched around the place where an entry is expected. In pages of 4 KiB its place is off by 106 bytes
/// if entries have 18 bytes, and by about 350 if they have 124 (standard deviations); with fewer lines, lookups were slower, with
/// more, no faster.
const ENTRY_LINES: usize = 11;

/// The same where entries are uniform: what was not fetched costs less then, since the place of an entry is known as soon as its
/// fingerprint is found. With 3 lines, hits were slower, with 11, no faster.
const UNIFORM_ENTRY_LINES: usize = 7;

impl Layout {
    /// Has the processor fetch what a lookup in `payload`, the bytes of `extent`, will look at.
    #[inline(always)]
    pub(crate) fn prefetch_lookup(&self, payload: &[u8], extent: &Extent) {
        if let Self::Pages(pages) = self {
            touch(payload, 1);
            pages.prefetch_directory(payload, extent.fraction);
            pages.prefetch_entries(payload, extent.fraction);
        }
    }

    /// Has the processor fetch what tells where the entry lies that is looked for in `extent`, a part of `memory`, while the
    /// program goes on to do the same for other keys.
    #[inline(always)]
    pub(crate) fn prefetch_directory(&self, memory: &[u8], extent: &Extent) {
        let Some(bytes) = extent.bytes_in(memory) else {
            return;
        };
        prefetch(bytes, 0);
        if let Self::Pages(pages) = self {
            pages.prefetch_directory(bytes, extent.fraction);
        }
    }

    /// Has the processor fetch the entry in `extent`, a part of `memory`, that is likely to be that of `hash`.
    #[inline(always)]
    pub(crate) fn prefetch_entry(&self, memory: &[u8], extent: &Extent, hash: u64) {
        let (Self::Pages(pages), Some(bytes)) = (self, extent.bytes_in(memory)) else {
            return;
        };
        let Ok(page) = Page::decode(bytes, pages.entries) else {
            return;
        };
        let found = find_fingerprint(
            page.bytes_from_fingerprints(),
            page.len(),
            fingerprint(hash),
            extent.fraction,
            Some,
        );
        if let Some(entry) = found.and_then(|index| page.entry_bytes(index)) {
            prefetch_all(entry);
        }
    }
}

impl Pages {
    /// Has the processor fetch what a lookup in `run`, so far into its range of hashes, will look at in its directory: the
    /// fingerprints, and the ends of the entries, if they have any, about where the entry is expected.
    ///
    /// Where the fingerprint, the end and the bytes of an entry lie follows from its rank, about, and that from its hash:
    /// all of them can be fetched at the same time, rather than one after the other.
    #[inline(always)]
    fn prefetch_directory(&self, run: &[u8], fraction: f32) {
        // Misses look at all fingerprints, hits at those of a line or two.
        let lines = (self.mean_count as usize).saturating_add(Page::HEADER_LENGTH) / CACHE_LINE;
        for line in 1..=lines.min(MOST_FINGERPRINT_LINES) {
            prefetch(run, line * CACHE_LINE);
        }
        if self.entries != EntryLayout::Ends {
            return;
        }
        // As in a single page, where an end takes two bytes; what is fetched in others is of no use.
        let end = run
            .len()
            .wrapping_sub(expected(fraction, self.mean_count).wrapping_mul(2));
        prefetch(run, end.wrapping_sub(18));
        prefetch(run, end.wrapping_add(14));
    }

    /// The same for the bytes of the entry, which lie within a few cache lines of where they are expected.
    #[inline(always)]
    fn prefetch_entries(&self, run: &[u8], fraction: f32) {
        let [count, entry] = [self.mean_count, self.mean_entry].map(|mean| mean as usize);
        let lines = match self.entries {
            EntryLayout::Ends => ENTRY_LINES,
            EntryLayout::Uniform(_) => UNIFORM_ENTRY_LINES,
        };
        let before = expected(fraction, self.mean_count).wrapping_mul(entry);
        let first = before
            .wrapping_add(Page::HEADER_LENGTH)
            .wrapping_add(count)
            .wrapping_sub(lines / 2 * CACHE_LINE);
        for line in 0..lines {
            prefetch(run, first.wrapping_add(line * CACHE_LINE));
        }
    }
}
