//! Walking over the page index from page to page, without a search for each page.
//!
//! In a hostile file each search may take as long as the index has levels. A walk looks at each group and each page once, whatever
//! they hold.

use std::ops::Range;

use super::index::{PageIndex, PageRun};
use crate::FormatError;

/// Goes from first bin to first bin.
#[derive(Debug, Clone)]
pub(super) struct FirstBins {
    page: u64,
    /// The group of the page before.
    group: u64,
    /// The first page that does not begin in that group.
    end: u64,
}

impl FirstBins {
    /// Begins with `page`, which lies in `group` or behind.
    pub(super) fn from<B: AsRef<[u8]>>(index: &PageIndex<B>, page: u64, group: u64) -> Self {
        let end = index.rank(group + 1).unwrap_or(0);
        Self { page, group, end }
    }

    /// The first bin of the next page; `None` if there is no such page, or the index does not lead to it.
    #[inline]
    pub(super) fn next<B: AsRef<[u8]>>(&mut self, index: &PageIndex<B>) -> Option<u64> {
        while self.end <= self.page {
            self.group += 1;
            if self.group >= index.layout.groups {
                return None;
            }
            self.end = index.rank(self.group + 1)?;
        }
        let bin = index.layout.bin_at(self.group, index.position(self.page)?)?;
        self.page += 1;
        Some(bin)
    }
}

/// Iterator over the runs of pages, in order, from [`PageIndex::runs_within`].
///
/// Takes linear time in the length of the index, whatever its bytes. It ends with an error if the index is damaged.
#[derive(Debug, Clone)]
pub struct PageRuns<B> {
    index: PageIndex<B>,
    first_bins: FirstBins,
    /// The first page of the next run, and its first bin.
    next: Option<(u64, u64)>,
    /// The end of the pages whose runs are wanted.
    end: u64,
}

impl<B: AsRef<[u8]>> PageRuns<B> {
    /// The run that begins at `first_page`; moves on to the pages behind it.
    fn run(&mut self, first_page: u64, first_bin: u64) -> Result<PageRun, FormatError> {
        let (pages, bins) = (self.index.layout.pages, self.index.layout.end_bin);
        let (behind, end_bin) = loop {
            let page = self.first_bins.page;
            if page == pages {
                break (page, bins);
            }
            match self.first_bins.next(&self.index) {
                None => return Err(FormatError::PageNotIndexed { page }),
                Some(bin) if bin == first_bin => {}
                Some(bin) => {
                    self.next = Some((page, bin));
                    break (page, bin);
                }
            }
        };
        if first_bin < end_bin && end_bin <= bins {
            Ok(PageRun {
                first_page,
                pages: behind - first_page,
                first_bin,
                end_bin,
            })
        } else {
            Err(FormatError::BinNotIndexed { bin: first_bin })
        }
    }
}

impl<B: AsRef<[u8]>> Iterator for PageRuns<B> {
    type Item = Result<PageRun, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (first_page, first_bin) = self.next.take().filter(|(page, _)| *page < self.end)?;
        let run = self.run(first_page, first_bin);
        if run.is_err() {
            self.next = None;
        }
        Some(run)
    }
}

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// The runs that begin at one of `pages`, in order.
    ///
    /// # Errors
    ///
    /// [`FormatError::BinNotIndexed`] or [`FormatError::PageNotIndexed`] if the index is damaged where the walk begins. The
    /// iterator gives the same errors for later damage.
    pub fn runs_within(self, pages: Range<u64>) -> Result<PageRuns<B>, FormatError> {
        let end = pages.end.min(self.layout.pages);
        if pages.start >= end {
            let first_bins = FirstBins::from(&self, end, self.layout.groups);
            return Ok(PageRuns {
                index: self,
                first_bins,
                next: None,
                end,
            });
        }
        // Pages that continue the run of the previous page do not begin one.
        let before = pages.start.saturating_sub(1);
        let group = match before {
            0 => Some(0),
            _ => self.group_of_page(before, 0),
        };
        let group = group.ok_or(FormatError::PageNotIndexed { page: before })?;
        let mut first_bins = FirstBins::from(&self, before, group);
        let mut begin = |page| first_bins.next(&self).ok_or(FormatError::PageNotIndexed { page });
        let bin_before = begin(before)?;
        let next = match pages.start {
            0 if bin_before == self.layout.first_bin => Some((0, bin_before)),
            0 => {
                return Err(FormatError::BinNotIndexed {
                    bin: self.layout.first_bin,
                });
            }
            start => {
                // Not beyond the end: a run may extend over the ranges of many callers.
                let mut behind = start..end;
                loop {
                    let Some(page) = behind.next() else { break None };
                    match begin(page)? {
                        bin if bin == bin_before => {}
                        bin => break Some((page, bin)),
                    }
                }
            }
        };
        Ok(PageRuns {
            index: self,
            first_bins,
            next,
            end,
        })
    }

    /// All runs of pages, in order. Ends early if the index is damaged; then the last run does not end at the last page.
    pub fn runs(&self) -> impl Iterator<Item = PageRun> {
        let runs = self.with_bytes(self.bytes()).runs_within(0..u64::MAX);
        runs.into_iter().flatten().map_while(Result::ok)
    }
}

#[cfg(test)]
mod tests;
