//! Where runs of pages end.

use massmap_format::PageLayout;

use super::entries_size::EntriesSize;
use crate::error::WriteError;

/// The amount that each page of a run subtracts from its score. One more page must fill the others by a fiftieth: with values of 1
/// to 4 KiB and runs of up to eight pages of 4 KiB, files are 1.5 % larger than with the fullest runs, and lookups read 4 pages
/// instead of 6.5.
const COST_PER_PAGE: f64 = 0.02;

/// The end of a run of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// Number of bins of the run, of those that were [added](OpenRun::add): at least 1.
    pub bins: usize,
    /// Size of their entries.
    pub size: EntriesSize,
    /// Number of pages of the run, at least 1.
    pub pages: u64,
}

/// A run of pages that is being filled, bin by bin, until it is known where it ends best.
///
/// The run ends where its filled share, minus a cost for each of its pages, is the greatest. Bins behind that end have been added only
/// to find it: they belong to the next run.
#[derive(Debug, Clone)]
pub struct OpenRun {
    layout: PageLayout,
    longest: u64,
    /// Number and size of the bins so far.
    bins: usize,
    size: EntriesSize,
    /// The best end so far with its score; `None` without bins.
    best: Option<(RunEnd, f64)>,
}

impl OpenRun {
    /// A run without bins. Several bins share up to `longest_run` pages, 1 to 16; a single one takes as many as it needs.
    #[must_use]
    pub const fn new(layout: PageLayout, longest_run: u32) -> Self {
        Self {
            layout,
            longest: longest_run as u64,
            bins: 0,
            size: EntriesSize { count: 0, length: 0 },
            best: None,
        }
    }

    /// Adds the next bin that has entries, if the run may end behind it or a later one. Returns whether it did; if not, the run is to be
    /// [ended](Self::end).
    ///
    /// # Errors
    ///
    /// [`WriteError::BinTooLarge`] if it is the first bin and no run can hold it. The run stays as it is.
    #[inline]
    pub fn add(&mut self, bin: EntriesSize) -> Result<bool, WriteError> {
        let size = self.size.and(bin);
        let pages = match (self.layout.pages_needed(size.count, size.length), self.best) {
            (Some(pages), None) => pages,
            (Some(pages), Some((_, best))) if pages <= self.longest && can_be_improved(best, pages) => pages,
            (None, None) => return Err(WriteError::BinTooLarge { length: bin.length }),
            _ => return Ok(false),
        };
        self.bins += 1;
        self.size = size;
        let score = self.score(pages);
        // Of ends that are equally good, the last one makes fewer runs.
        if self.best.is_none_or(|(_, best)| score >= best) {
            let end = RunEnd {
                bins: self.bins,
                size,
                pages,
            };
            self.best = Some((end, score));
        }
        Ok(true)
    }

    /// Ends the run where that is best, and begins the next one, without bins: those behind the end are to be added again. `None` if
    /// there are no bins.
    pub fn end(&mut self) -> Option<RunEnd> {
        let (end, _) = self.best.take()?;
        (self.bins, self.size) = (0, EntriesSize::default());
        Some(end)
    }

    /// How good it is to end the run here, with so many pages: their filled share, minus their cost.
    fn score(&self, pages: u64) -> f64 {
        let pages = pages as f64;
        let length = pages * f64::from(self.layout.page_size());
        self.size.length as f64 / length - COST_PER_PAGE * pages
    }
}

/// Whether a full run of `pages` pages would be at least as good as this score.
fn can_be_improved(score: f64, pages: u64) -> bool {
    score <= 1.0 - COST_PER_PAGE * pages as f64
}

#[cfg(test)]
mod tests {
    use massmap_format::EntryLayout;

    use super::*;

    /// A run of pages of 1024 bytes, of which 1000 minus two for each entry are for entries.
    fn run(longest: u32) -> OpenRun {
        OpenRun::new(PageLayout::new(EntryLayout::Variable, 1024, 1).unwrap(), longest)
    }

    fn bin(length: u64) -> EntriesSize {
        EntriesSize { count: 1, length }
    }

    /// Adds bins of these lengths until one does not join. Returns how many did, and how many bins and pages the run has in the end.
    fn end_of(longest: u32, lengths: &[u64]) -> (usize, usize, u64) {
        let mut run = run(longest);
        let joined = lengths
            .iter()
            .take_while(|length| run.add(bin(**length)).unwrap());
        let joined = joined.count();
        let end = run.end().unwrap();
        assert_eq!(end.size.count, end.bins as u64);
        assert_eq!(end.size.length, lengths[..end.bins].iter().sum::<u64>());
        (joined, end.bins, end.pages)
    }

    #[test]
    fn a_run_takes_bins_until_one_does_not_fit() {
        assert_eq!(end_of(1, &[300, 300, 394, 1]), (3, 3, 1));
        assert_eq!(end_of(1, &[300, 300, 395, 1]), (2, 2, 1));
    }

    #[test]
    fn a_bin_that_does_not_fit_takes_as_many_pages_as_it_needs_alone() {
        for (length, pages) in [(998, 1), (999, 2), (2014, 2), (2015, 3), (100_000, 99)] {
            assert_eq!(end_of(1, &[length, 1]), (1, 1, pages), "{length}");
        }
    }

    #[test]
    fn shared_pages_must_fill_a_run_by_a_fiftieth_each() {
        // A page with 600 of 1024 bytes, or two with 1300, 1230 or 1250 of 2048: 58.6 %, and 63.5, 60.1 or 61.0 %.
        assert_eq!(end_of(2, &[600, 700]), (2, 2, 2));
        assert_eq!(end_of(2, &[600, 630]), (2, 1, 1));
        assert_eq!(end_of(2, &[600, 650]), (2, 2, 2));
        // A third bin makes up for the second one.
        assert_eq!(end_of(2, &[600, 450, 500]), (3, 3, 2));
        // Three pages are too many.
        assert_eq!(end_of(2, &[600, 700, 1200]), (2, 2, 2));
        // A page is 97.5 % full. Two may be better, but not with these 97.6 %, and no three pages are.
        assert_eq!(end_of(16, &[998, 1000, 3000]), (2, 1, 1));
        assert_eq!(end_of(16, &[998, 1100, 3000]), (1, 1, 1));
    }

    #[test]
    fn a_run_is_empty_after_its_end() {
        let mut run = run(4);
        assert_eq!(run.end(), None);
        for length in [900, 998, 3] {
            while run.add(bin(length)).unwrap() {}
            let end = run.end().unwrap();
            assert_eq!(
                (end.bins as u64, end.size.length),
                (end.size.count, end.size.count * length)
            );
        }
        assert_eq!(run.end(), None);
    }

    #[test]
    fn a_first_bin_that_no_run_can_hold_is_an_error_and_a_later_one_begins_another_run() {
        let mut run = run(1);
        for length in [u64::from(u32::MAX), u64::MAX] {
            let error = run.add(bin(length)).unwrap_err();
            assert!(matches!(error, WriteError::BinTooLarge { length: told } if told == length));
            assert_eq!(run.end(), None);
            assert!(run.add(bin(7)).unwrap());
            assert!(!run.add(bin(length)).unwrap());
            assert_eq!(run.end().unwrap().size, bin(7));
        }
    }
}
