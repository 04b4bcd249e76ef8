//! Fetching ahead what a lookup in memory will look at.

use massmap_format::{EntryLayout, Page};

use crate::layout::Pages;
use crate::prefetch::{CACHE_LINE, prefetch, touch};
use crate::search::Fraction;

/// How many cache lines are fetched around the place where an entry is expected. In pages of 4 KiB its place is off by 106 bytes
/// if entries have 18 bytes, and by about 350 if they have 124 (standard deviations); with fewer lines, lookups were slower, with
/// more, no faster.
const ENTRY_LINES: usize = 11;

/// The same where entries are uniform: what was not fetched costs less then, since the place of an entry is known as soon as its
/// fingerprint is found. With 3 lines, hits were slower, with 11, no faster.
const UNIFORM_ENTRY_LINES: usize = 7;

impl Pages {
    /// Has the processor fetch what a lookup in `run`, so far into its range of hashes, will look at.
    #[inline(always)]
    pub(crate) fn prefetch_lookup(&self, run: &[u8], fraction: Fraction) {
        touch(run, 1);
        self.prefetch_directory(run, fraction);
        self.prefetch_entries(run, fraction);
    }

    /// Has the processor fetch what a lookup in `run`, so far into its range of hashes, will look at in its directory: the
    /// fingerprints, and the ends of the entries, if they have any, about where the entry is expected.
    ///
    /// Where the fingerprint, the end and the bytes of an entry lie follows from its rank, about, and that from its hash:
    /// all of them can be fetched at the same time, rather than one after the other.
    #[inline(always)]
    pub(crate) fn prefetch_directory(&self, run: &[u8], fraction: Fraction) {
        let before = fraction.of(self.mean_count);
        prefetch(run, 0);
        prefetch(run, before.saturating_sub(Page::HEADER_LENGTH));
        prefetch(run, before.wrapping_add(Page::HEADER_LENGTH + 16));
        if self.entries != EntryLayout::Variable {
            return;
        }
        // As in a single page, where an end takes two bytes; what is fetched in others is of no use.
        let end = run.len().wrapping_sub(2 * before);
        prefetch(run, end.wrapping_sub(18));
        prefetch(run, end.wrapping_add(14));
    }

    /// The same for the bytes of the entry, which lie within a few cache lines of where they are expected.
    #[inline(always)]
    fn prefetch_entries(&self, run: &[u8], fraction: Fraction) {
        let before = fraction
            .of(self.mean_count)
            .wrapping_mul(self.mean_entry as usize);
        let place = before
            .wrapping_add(Page::HEADER_LENGTH)
            .wrapping_add(self.mean_count as usize);
        match self.entries {
            EntryLayout::Variable => prefetch_around::<ENTRY_LINES>(run, place),
            EntryLayout::Uniform(_) => prefetch_around::<UNIFORM_ENTRY_LINES>(run, place),
        }
    }
}

/// Has the processor fetch the cache line `place` bytes behind the beginning of `bytes`, and those around it, `LINES` in all.
#[inline(always)]
fn prefetch_around<const LINES: usize>(bytes: &[u8], place: usize) {
    let first = place.wrapping_sub(LINES / 2 * CACHE_LINE);
    for line in 0..LINES {
        prefetch(bytes, first.wrapping_add(line * CACHE_LINE));
    }
}
