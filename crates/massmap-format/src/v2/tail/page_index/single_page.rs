//! The fast path of a search in the page index: a page that is a run of its own, with others before and behind.
//!
//! It has no branch but those to the slow path.

use super::index::{PageIndex, PageRun};
use super::layout::{GROUP_BITS, GROUPS, HEADER_LENGTH, RANK_LENGTH, RECORD_LENGTH};
use super::positions::positions_begun;
use crate::v2::tail::stored_bytes::StoredBytes;

/// A page that is a run of its own, and the place of a bin in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinglePage {
    /// Number of the page, from 0.
    pub number: u64,
    /// Number of bins of the page before the bin.
    pub since: u8,
    /// Number of bins of the page.
    pub bins: u8,
}

impl<B: StoredBytes> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`, if it is a [single page](Self::single_page).
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn single_page_of_bin(&self, bin: u64) -> Option<PageRun> {
        let page = self.single_page(bin, positions_begun)?;
        // Cannot underflow: the bin is none of the first group.
        let first_bin = bin - u64::from(page.since);
        Some(PageRun {
            first_page: page.number,
            pages: 1,
            first_bin,
            end_bin: first_bin + u64::from(page.bins),
        })
    }

    /// The page that holds the entries of `bin`, if it is a run of its own and neither among the first pages nor among the last ones.
    ///
    /// `None` says nothing about the bin: ask [`run_of_bin`](Self::run_of_bin), which tries this first. For lookups with a
    /// slow path of their own.
    ///
    /// `positions_begun` is the function of this name, or another one that gives the same.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn single_page(&self, bin: u64, positions_begun: impl Fn(u64, u8) -> u32) -> Option<SinglePage> {
        let (bytes, layout) = (&self.bytes, &self.layout);
        let group = (bin >> GROUP_BITS).wrapping_sub(layout.first_group);
        if group.wrapping_sub(1) >= layout.inner_groups.into() {
            return None;
        }
        // The rank of the group: how many pages have their first bins before it.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most `inner_groups`, as compared"
        )]
        let group = group as u32 as usize;
        const { assert!(GROUPS == 32 && RECORD_LENGTH + RANK_LENGTH == 24) };
        let (record, place) = (group / 32, group % 32);
        let record: &[u8; RECORD_LENGTH + RANK_LENGTH] =
            bytes.array(HEADER_LENGTH + RECORD_LENGTH * record)?;
        let [b0, b1, b2, b3, deviations @ .., e0, e1, e2, e3] = record;
        let base = u64::from(u32::from_le_bytes([*b0, *b1, *b2, *b3]));
        let end = u64::from(u32::from_le_bytes([*e0, *e1, *e2, *e3]));
        let line = (place as u64).wrapping_mul(end.wrapping_sub(base)) >> 5;
        // Sixteen deviations in a word.
        let word = u64::from_le_bytes(*deviations.as_chunks().0.get(place / 16)?);
        let deviation = (word >> (place % 16 * 4)) & 15;
        if deviation == 0 {
            return None;
        }
        let before = base
            .wrapping_add(line)
            .wrapping_add(deviation)
            .wrapping_sub(8 + 2);
        if before >= layout.inner_pages {
            return None;
        }
        // Two pages that begin before the group, and eight that begin in it or behind.
        let around: &[u8; 10] = bytes.array(layout.positions + usize::try_from(before).ok()?)?;
        let [_, _, next @ ..] = around;
        // The next first bins are at most 255 apart: a position that is less than the one before belongs to the next group.
        let [position, ..] = bin.to_le_bytes();
        let begun = positions_begun(u64::from_le_bytes(*next), position) as usize;
        let [before_last, last, behind] = *around.get(begun..)?.first_chunk()?;
        if before_last == last {
            // Perhaps a run of several pages.
            return None;
        }
        let (since, bins) = (position.wrapping_sub(last), behind.wrapping_sub(last));
        (since < bins).then_some(SinglePage {
            number: before + 1 + begun as u64,
            since,
            bins,
        })
    }
}
