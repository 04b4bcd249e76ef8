//! Finding the run of pages that holds a bin, whatever the index looks like.

use super::index::{PageIndex, PageRun};
use super::layout::GROUPS;
use crate::FormatError;
use crate::v2::tail::stored_bytes::StoredBytes;

impl<B: StoredBytes> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`.
    ///
    /// # Errors
    ///
    /// [`FormatError::BinNotIndexed`] if the index is damaged, or the bin is not among its [`bins`](Self::bins).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn run_of_bin(&self, bin: u64) -> Result<PageRun, FormatError> {
        match self.single_page_of_bin(bin).or_else(|| self.find(bin)) {
            Some(run) => Ok(run),
            None => Err(FormatError::BinNotIndexed { bin }),
        }
    }

    /// The slow path of [`run_of_bin`](Self::run_of_bin); `None` if the index is damaged.
    #[inline(never)]
    fn find(&self, bin: u64) -> Option<PageRun> {
        let group = self.layout.group_of(bin)?;
        let (before, until) = (self.rank(group)?, self.rank(group + 1)?);
        let [position, ..] = bin.to_le_bytes();
        let begun = self.positions(before..until)?;
        // A binary search: a long run has thousands of pages, which must not slow down lookups of its neighbours.
        let behind = before + begun.partition_point(|first| *first <= position) as u64;
        let last = behind.checked_sub(1)?;
        let group_of_last = match last < before {
            true => self.group_of_page(last, group.checked_sub(1)?)?,
            false => group,
        };
        let position = self.position(last)?;
        let first_bin = self.layout.bin_at(group_of_last, position)?;
        let end_bin = match behind {
            _ if behind == self.layout.pages => self.layout.end_bin,
            _ if behind < until => self.layout.bin_at(group, self.position(behind)?)?,
            _ => self.first_bin(behind, group + 1)?,
        };
        // All pages of a run begin in the same group.
        let start = self.rank(group_of_last)?;
        let earlier = self.positions(start..last)?;
        let first_page = start + earlier.partition_point(|first| *first < position) as u64;
        let run = PageRun {
            first_page,
            pages: behind - first_page,
            first_bin,
            end_bin,
        };
        (first_bin <= bin && bin < end_bin).then_some(run)
    }

    /// The first bin of `page`, which probably lies in the group `likely`.
    fn first_bin(&self, page: u64, likely: u64) -> Option<u64> {
        let group = self.group_of_page(page, likely)?;
        self.layout.bin_at(group, self.position(page)?)
    }

    /// The group in which the first bin of `page` lies: probably `likely`.
    pub(super) fn group_of_page(&self, page: u64, likely: u64) -> Option<u64> {
        if page >= self.layout.pages {
            return None;
        }
        if self.rank(likely)? <= page && page < self.rank(likely + 1)? {
            return Some(likely);
        }
        // The last record, and the last group in it, with so few pages before.
        let (mut low, mut high) = (0, self.layout.records);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.record_rank(middle)? <= page {
                true => low = middle,
                false => high = middle,
            }
        }
        let start = (GROUPS * low) as u64;
        let (mut low, mut high) = (start, (start + GROUPS as u64).min(self.layout.groups));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.rank(middle)? <= page {
                true => low = middle,
                false => high = middle,
            }
        }
        (self.rank(low)? <= page && page < self.rank(low + 1)?).then_some(low)
    }

    /// The first bin of `page`, which is that of all pages of its run.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged, or has no such page.
    pub fn first_bin_of_page(&self, page: u64) -> Result<u64, FormatError> {
        self.first_bin(page, 0)
            .ok_or(FormatError::PageNotIndexed { page })
    }

    /// The run that `page` belongs to.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged, or has no such page.
    pub fn run_of_page(&self, page: u64) -> Result<PageRun, FormatError> {
        self.find(self.first_bin_of_page(page)?)
            .filter(|run| (run.first_page..run.first_page + run.pages).contains(&page))
            .ok_or(FormatError::PageNotIndexed { page })
    }
}
