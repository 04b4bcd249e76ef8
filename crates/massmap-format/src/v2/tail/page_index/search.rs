//! Finding the run of pages that holds a bin.

use super::index::{PageIndex, PageRun};
use super::layout::Layout;
use crate::FormatError;

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`.
    ///
    /// # Errors
    ///
    /// [`FormatError::BinNotIndexed`] if the index is damaged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn run_of_bin(&self, bin: u64) -> Result<PageRun, FormatError> {
        match self.run_in_window(bin).or_else(|| self.find(bin)) {
            Some(run) => Ok(run),
            None => Err(FormatError::BinNotIndexed { bin }),
        }
    }

    /// The slow path of [`run_of_bin`](Self::run_of_bin); `None` if the index is damaged.
    #[inline(never)]
    fn find(&self, bin: u64) -> Option<PageRun> {
        let Layout {
            pages,
            bins,
            low_bits,
            ..
        } = self.layout;
        let high = bin >> low_bits;
        // The ones of this high part are adjacent, behind the zeros of the lower ones; each one stands for a page.
        let mut position = match high {
            0 => 0,
            _ => self.select_zero(high - 1)? + 1,
        };
        let mut behind = position.checked_sub(high)?;
        let group = self.ones_from(position)?;
        let begun = self.count_pages(behind, position, group, |first_bin| first_bin <= bin)?;
        position += begun;
        behind += begun;
        // `behind` is the number of pages whose first bin is at most `bin`, and the first page behind them.
        let end_bin = match self.next_one(position) {
            Some(position) => self.first_bin(behind, position)?,
            None => bins,
        };
        let last_page = behind.checked_sub(1)?;
        position = self.previous_one(position)?;
        let first_bin = self.first_bin(last_page, position)?;
        // The ones of pages with the same first bin are adjacent.
        let group = self.ones_before(position)?.min(last_page);
        let (page, position) = (last_page - group, position - group);
        let first_page = page + self.count_pages(page, position, group, |before| before < first_bin)?;
        let run = PageRun {
            first_page,
            pages: behind - first_page,
            first_bin,
            end_bin,
        };
        (behind <= pages && first_bin <= bin && bin < end_bin && end_bin <= bins).then_some(run)
    }

    /// The first bin of `page`, which is that of all pages of its run.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged, or has no such page.
    pub fn first_bin_of_page(&self, page: u64) -> Result<u64, FormatError> {
        self.select_one(page)
            .and_then(|position| self.first_bin(page, position))
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

    /// Number of the `count` pages from `page` on, whose adjacent ones begin at `position`, with a first bin for which
    /// `holds`. These pages must come first.
    #[inline]
    fn count_pages(&self, page: u64, position: u64, count: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
        // A binary search: a large run has thousands of pages, which must not slow down lookups of its neighbours.
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.first_bin(page + middle, position + middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }
}
