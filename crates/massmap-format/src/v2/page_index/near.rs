//! The usual cases of a search in the page index: the ones of the run before, of the one that is sought and of the next one
//! lie close to each other in the upper bits. Few branches, none of which is hard to predict where each page is a run.

use super::{PageIndex, PageRun};

/// How many bits can be read at once from any bit on.
const WINDOW: u64 = 57;

/// How many bits before the position that is sought a window begins.
const BEFORE: u64 = 24;

/// How many pages may have first bins with the same high part. Groups of more than two are rare: the pages of a map have
/// about the same number of entries each, and a high part is no more than their bins, on average.
const LARGEST_GROUP: u64 = 3;

/// The ones about the place in the upper bits where those of a high part begin.
struct Vicinity {
    high: u64,
    /// Where in the upper bits they begin, behind the zeros of the lower high parts.
    position: u64,
    /// Upper bits from `start` on.
    ones: u64,
    start: u64,
    /// How many bits from `start` to `position`.
    before: u64,
    /// How many ones lie side by side from `position` on: one for each page whose first bin has this high part.
    group: u64,
}

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`, if that is the usual case: a run of one page, not one of the first ones or
    /// the last ones.
    ///
    /// `None` says nothing; [`run_of_bin`](Self::run_of_bin) then does, which asks this first. For lookups that have another
    /// way for what is not usual.
    #[must_use]
    #[inline(always)]
    pub fn page_of_bin(&self, bin: u64) -> Option<PageRun> {
        self.page_in(&self.vicinity(bin)?, bin)
    }

    /// The same for a run of any number of pages.
    #[inline(always)]
    pub(super) fn run_near(&self, bin: u64) -> Option<PageRun> {
        let vicinity = self.vicinity(bin)?;
        self.page_in(&vicinity, bin)
            .or_else(|| self.run_in(&vicinity, bin))
    }

    #[inline(always)]
    fn vicinity(&self, bin: u64) -> Option<Vicinity> {
        let layout = &self.layout;
        let high = bin >> layout.low_bits;
        // The first bins of a map are looked up otherwise.
        let position = self.select_zero(high.checked_sub(1)?)? + 1;
        let before = position.min(BEFORE);
        let start = position - before;
        // What lies behind the last upper bit would stand for pages that there are not, which `holds` refuses.
        let ones = self.window(layout.upper_start, start)? & !(u64::MAX << WINDOW);
        let group = u64::from((!(ones >> before)).trailing_zeros());
        Some(Vicinity {
            high,
            position,
            ones,
            start,
            before,
            group,
        })
    }

    #[inline(always)]
    fn page_in(&self, vicinity: &Vicinity, bin: u64) -> Option<PageRun> {
        let &Vicinity {
            ones,
            start,
            before,
            group,
            ..
        } = vicinity;
        let layout = &self.layout;
        let width = u64::from(layout.low_bits);
        // The page before the one before the first whose first bin has this high part.
        let page = vicinity.position.checked_sub(vicinity.high + 2)?;
        let lows = self.window(layout.low_start, page * width)?;
        if group > LARGEST_GROUP || (group + 3) * width > WINDOW {
            return None;
        }
        // Not as a loop up to the end of the group: how large it is differs from bin to bin, and nobody can predict it.
        let mask = !(u64::MAX << width);
        let low = bin & mask;
        let low_of = |index: u64| (lows >> ((index * width) & 63)) & mask;
        const { assert!(LARGEST_GROUP == 3) };
        let begins = |index: u64| u64::from((index < group) & (low_of(2 + index) <= low));
        let begun = begins(0) + begins(1) + begins(2);

        let cut = before + begun;
        let (before, behind) = (ones & !(u64::MAX << cut), ones >> cut);
        // A one in the lowest place may have others before it.
        if before <= 1 || behind == 0 {
            return None;
        }
        let last = 63 - u64::from(before.leading_zeros());
        let next = cut + u64::from(behind.trailing_zeros());
        let last_page = page + 1 + begun;
        let low = low_of(1 + begun);
        // A one directly before that of the last page: the two have the same high part.
        if (before >> (last - 1) & 1 == 1) & (low_of(begun) == low) {
            return None;
        }
        let run = PageRun {
            first_page: last_page,
            pages: 1,
            // Nothing can be said of what these are in a damaged index; then `holds` does.
            first_bin: (start + last).wrapping_sub(last_page) << width | low,
            end_bin: (start + next).wrapping_sub(last_page + 1) << width | low_of(2 + begun),
        };
        self.holds(&run, bin).then_some(run)
    }

    /// If all pages with the high part of `bin` are one run, and those with the next lower one.
    #[inline(always)]
    fn run_in(&self, vicinity: &Vicinity, bin: u64) -> Option<PageRun> {
        let &Vicinity {
            ones,
            start,
            before,
            group,
            ..
        } = vicinity;
        let width = u64::from(self.layout.low_bits);
        if width > WINDOW {
            return None;
        }
        let mask = !(u64::MAX << width);
        let low_of = |page: u64| Some(self.window(self.layout.low_start, page * width)? & mask);
        let page = vicinity.position.checked_sub(vicinity.high)?;
        let mut begun = 0;
        if group > 0 {
            let low = low_of(page)?;
            if low <= bin & mask {
                begun = group;
                if low_of(page + group - 1)? != low {
                    return None;
                }
            }
        }
        let cut = before + begun;
        let (before, behind) = (ones & !(u64::MAX << cut), ones >> cut);
        if before == 0 || behind == 0 {
            return None;
        }
        let zeros_behind = u64::from(before.leading_zeros());
        let last = 63 - zeros_behind;
        let next = cut + u64::from(behind.trailing_zeros());
        let pages = u64::from((!(before << zeros_behind)).leading_zeros());
        let last_page = (page + begun).checked_sub(1)?;
        let first_page = (last_page + 1).checked_sub(pages)?;
        let low = low_of(last_page)?;
        // A one in the lowest place may have others before it.
        if pages > last || low_of(first_page)? != low {
            return None;
        }
        let run = PageRun {
            first_page,
            pages,
            first_bin: (start + last).checked_sub(last_page)? << width | low,
            end_bin: (start + next).checked_sub(last_page + 1)? << width | low_of(last_page + 1)?,
        };
        self.holds(&run, bin).then_some(run)
    }

    /// Whether `run` is one that there can be, is not the last one, and holds `bin`.
    #[inline(always)]
    fn holds(&self, run: &PageRun, bin: u64) -> bool {
        run.first_page + run.pages < self.layout.pages
            && run.first_bin <= bin
            && bin < run.end_bin
            && run.end_bin <= self.layout.bins
    }

    /// The bits from `bit` on of the words that begin at the byte `start`; at least [`WINDOW`] of them count.
    #[inline(always)]
    fn window(&self, start: u64, bit: u64) -> Option<u64> {
        Some(self.word(start.wrapping_add(bit / 8))? >> (bit % 8))
    }
}
