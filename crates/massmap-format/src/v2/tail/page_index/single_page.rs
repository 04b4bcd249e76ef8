//! The fast path of a search in the page index: a page that is a run of its own, with others before and behind.
//!
//! It has no branch but those to the slow path.

use super::index::{PageIndex, PageRun};
use super::layout::{GROUP_BITS, GROUPS, HEADER_LENGTH, RANK_LENGTH, RECORD_LENGTH};
use crate::v2::tail::stored_bytes::StoredBytes;

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

impl<B: StoredBytes> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`, if it is a single page and neither among the first pages nor among
    /// the last ones.
    ///
    /// `None` says nothing about the bin: ask [`run_of_bin`](Self::run_of_bin), which tries this first. For lookups with a
    /// slow path of their own.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn single_page_of_bin(&self, bin: u64) -> Option<PageRun> {
        let (bytes, layout) = (&self.bytes, &self.layout);
        let group = (bin >> GROUP_BITS).wrapping_sub(layout.first_bin >> GROUP_BITS);
        if group.wrapping_sub(1) >= layout.inner_groups {
            return None;
        }
        // The rank of the group: how many pages have their first bins before it.
        let group = usize::try_from(group).ok()?;
        const { assert!(GROUPS == 32) };
        let (record, place) = (group / 32, group % 32);
        let record: &[u8; RECORD_LENGTH + RANK_LENGTH] =
            bytes.array(HEADER_LENGTH + RECORD_LENGTH * record)?;
        let [b0, b1, b2, b3, deviations @ .., e0, e1, e2, e3] = record;
        let base = u64::from(u32::from_le_bytes([*b0, *b1, *b2, *b3]));
        let end = u64::from(u32::from_le_bytes([*e0, *e1, *e2, *e3]));
        let line = (place as u64).wrapping_mul(end.wrapping_sub(base)) >> 5;
        let deviation = u64::from(deviations.get(place / 2)? >> (place % 2 * 4)) & 15;
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
        let next = u64::from_le_bytes(*next);
        // The next first bins are at most 255 apart: a position that is less than the one before belongs to the next group.
        let begins = at_most(next, (bin & 0xff) * ONES) & at_most(next << 8, next);
        let begun = usize::try_from((!begins & HIGHEST).trailing_zeros() / 8).ok()?;
        let [before_last, last, behind] = *around.get(begun..)?.first_chunk()?;
        if before_last == last {
            // Perhaps a run of several pages.
            return None;
        }
        let [position, ..] = bin.to_le_bytes();
        let (since, bins) = (position.wrapping_sub(last), behind.wrapping_sub(last));
        let first_bin = bin - u64::from(since);
        (since < bins).then_some(PageRun {
            first_page: before + 1 + begun as u64,
            pages: 1,
            first_bin,
            end_bin: first_bin + u64::from(bins),
        })
    }
}

/// The highest bit of each byte is one if that of `a` is at most that of `b`; the others are anything.
#[cfg_attr(not(debug_assertions), inline(always))]
const fn at_most(a: u64, b: u64) -> u64 {
    // The lower seven bits of each byte: no borrow goes from one byte to the next.
    let lower = (b | HIGHEST) - (a & !HIGHEST);
    (b & !a) | (!(a ^ b) & lower)
}
