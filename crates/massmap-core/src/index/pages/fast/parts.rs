//! The parts of a page that a lookup uses, which have checksums of their own.

use massmap_format::{EntryLayout, Page};

use super::{Candidates, FastPlace, FastSearch};
use crate::low_level::prefetch::{CACHE_LINE, prefetch};

/// The longest parts that are prefetched as a whole, in bytes. The processor fetches longer ones by itself while it reads them.
const LONGEST_PREFETCHED: usize = 1024;

/// The parts that lie within so many bytes of the expected place of an entry are prefetched. In pages of 4 KiB the place is off by 106
/// bytes for entries of 18 bytes (standard deviation).
const AROUND: usize = 128;

impl<'a> FastSearch<'a> {
    /// Prefetches the checksums of the parts, and the parts that the entry probably lies in. Without this a check waits for one line
    /// after the other: lookups among 10 million small entries took twice as long.
    #[inline(never)]
    pub(super) fn prefetch_parts(&self, place: &FastPlace<'a>) {
        let page = place.onwards.get(..self.layout.page_size).unwrap_or_default();
        prefetch(page, CACHE_LINE);
        let part = self.layout.part_length;
        if part <= LONGEST_PREFETCHED {
            let expected = self.expected_place(place);
            let begin = expected.saturating_sub(AROUND) / part * part;
            let end = expected.saturating_add(AROUND).min(page.len());
            for line in (begin..end.next_multiple_of(part)).step_by(CACHE_LINE) {
                prefetch(page, line);
            }
        }
    }

    /// Whether the parts of the page that hold the candidates, and their ends, have their checksums.
    #[inline(never)]
    pub(super) fn parts_are_intact(&self, candidates: &Candidates<'a>) -> bool {
        let (first, count) = (candidates.first, candidates.count as usize);
        let Some(page) = candidates.onwards.get(..self.layout.page_size) else {
            return false;
        };
        let is_intact = |bytes| Page::verify_parts(page, self.pages.layout, candidates.page, bytes).is_ok();
        if count == 0 {
            return true;
        }
        if !matches!(self.layout.entries, EntryLayout::Fixed(_)) {
            // An entry begins at the end of the one before it.
            let ends = |entries: usize| page.len().saturating_sub(2 * entries);
            if !is_intact(ends(first + count)..ends(first.saturating_sub(1))) {
                return false;
            }
        }
        let Some(mut entries) = self.entries_from(candidates) else {
            return false;
        };
        let start = entries.start();
        let are_there = (0..count).all(|_| entries.next().is_some());
        are_there && is_intact(start..entries.start())
    }
}
