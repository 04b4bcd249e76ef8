//! The fast path of a search in the page index: the ones of the previous run, of the run that is sought and of the next run
//! lie within one window of the upper bits. It has few branches, and all of them are easy to predict if each page is a run.

use super::index::{PageIndex, PageRun};

/// How many bits can be read at once from any bit on.
const WINDOW_BITS: u64 = 57;

/// How many bits of a window lie before the position that is sought.
const BITS_BEFORE: u64 = 24;

/// The most pages whose first bins may share a high part. Groups of more than two are rare: the pages of a map have
/// about the same number of entries each, and a high part covers no more bins than a page, on average.
const LARGEST_GROUP: u64 = 3;

/// The upper bits around the position where the ones of a high part begin.
struct Window {
    high: u64,
    /// Position in the upper bits where the ones of `high` begin, behind the zeros of the lower high parts.
    position: u64,
    /// Upper bits from `start` on.
    ones: u64,
    start: u64,
    /// Number of bits from `start` to `position`.
    before: u64,
    /// Number of adjacent ones from `position` on: one for each page whose first bin has the high part `high`.
    group: u64,
}

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`, if it is a single page and neither among the first pages nor among
    /// the last ones.
    ///
    /// `None` says nothing about the bin: ask [`run_of_bin`](Self::run_of_bin), which tries this first. For lookups with a
    /// slow path of their own.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn single_page_of_bin(&self, bin: u64) -> Option<PageRun> {
        self.single_page_in(&self.window_of(bin)?, bin)
    }

    /// The run of pages that holds the entries of `bin`, however many pages it has, if one window shows it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn run_in_window(&self, bin: u64) -> Option<PageRun> {
        let window = self.window_of(bin)?;
        self.single_page_in(&window, bin)
            .or_else(|| self.run_in(&window, bin))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn window_of(&self, bin: u64) -> Option<Window> {
        let layout = &self.layout;
        let high = bin >> layout.low_bits;
        // The bins of the first high part are left to the slow path.
        let position = self.select_zero(high.checked_sub(1)?)? + 1;
        let before = position.min(BITS_BEFORE);
        let start = position - before;
        // Bits behind the last upper bit would stand for pages that do not exist; `holds` refuses these.
        let ones = self.bits_from(layout.upper_start, start)? & !(u64::MAX << WINDOW_BITS);
        let group = u64::from((!(ones >> before)).trailing_zeros());
        Some(Window {
            high,
            position,
            ones,
            start,
            before,
            group,
        })
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn single_page_in(&self, window: &Window, bin: u64) -> Option<PageRun> {
        let &Window {
            ones,
            start,
            before,
            group,
            ..
        } = window;
        let layout = &self.layout;
        let width = u64::from(layout.low_bits);
        // Two pages before the first page whose first bin has this high part.
        let page = window.position.checked_sub(window.high + 2)?;
        let lows = self.bits_from(layout.low_start, page * width)?;
        if group > LARGEST_GROUP || (group + 3) * width > WINDOW_BITS {
            return None;
        }
        // No loop over the group: its size differs from bin to bin, so the branch would be hard to predict.
        let mask = !(u64::MAX << width);
        let low = bin & mask;
        let low_of = |index: u64| (lows >> ((index * width) & 63)) & mask;
        const { assert!(LARGEST_GROUP == 3) };
        let begins = |index: u64| u64::from((index < group) & (low_of(2 + index) <= low));
        let begun = begins(0) + begins(1) + begins(2);

        let cut = before + begun;
        let (before, behind) = (ones & !(u64::MAX << cut), ones >> cut);
        // Others may lie before a one in the lowest bit.
        if before <= 1 || behind == 0 {
            return None;
        }
        let last = 63 - u64::from(before.leading_zeros());
        let next = cut + u64::from(behind.trailing_zeros());
        let last_page = page + 1 + begun;
        let low = low_of(1 + begun);
        // A one directly before that of the last page: both pages have the same high part.
        if (before >> (last - 1) & 1 == 1) & (low_of(begun) == low) {
            return None;
        }
        let run = PageRun {
            first_page: last_page,
            pages: 1,
            // In a damaged index these can be anything; `holds` checks them.
            first_bin: (start + last).wrapping_sub(last_page) << width | low,
            end_bin: (start + next).wrapping_sub(last_page + 1) << width | low_of(2 + begun),
        };
        self.holds(&run, bin).then_some(run)
    }

    /// The run of `bin`, if the pages with its high part form one run, and so do those with the next lower high part.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_in(&self, window: &Window, bin: u64) -> Option<PageRun> {
        let &Window {
            ones,
            start,
            before,
            group,
            ..
        } = window;
        let width = u64::from(self.layout.low_bits);
        if width > WINDOW_BITS {
            return None;
        }
        let mask = !(u64::MAX << width);
        let low_of = |page: u64| Some(self.bits_from(self.layout.low_start, page * width)? & mask);
        let page = window.position.checked_sub(window.high)?;
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
        // Others may lie before a one in the lowest bit.
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

    /// Whether `run` is possible, is not the last one, and holds `bin`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn holds(&self, run: &PageRun, bin: u64) -> bool {
        run.first_page + run.pages < self.layout.pages
            && run.first_bin <= bin
            && bin < run.end_bin
            && run.end_bin <= self.layout.bins
    }

    /// The bits from `bit` on of the words that begin at the byte `start`; at least [`WINDOW_BITS`] of them are valid.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn bits_from(&self, start: u64, bit: u64) -> Option<u64> {
        Some(self.word(start.wrapping_add(bit / 8))? >> (bit % 8))
    }
}
