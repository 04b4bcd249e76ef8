//! The usual case of a search in the page index: the page before, the one that is sought and the next one have ones that
//! lie close to each other in the upper bits, and each is a run of its own. Few branches, none of which is hard to predict.

use super::{PageIndex, PageRun};

/// How many bits can be read at once from any bit on.
const WINDOW: u64 = 57;

/// How many bits before the position that is sought a window begins.
const BEFORE: u64 = 24;

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// What [`run_of_bin`](Self::run_of_bin) answers in the usual case; `None` in others.
    #[inline(always)]
    pub(super) fn find_near(&self, bin: u64) -> Option<PageRun> {
        let layout = &self.layout;
        let width = u64::from(layout.low_bits);
        let high = bin >> width;
        // Behind the zeros of the lower high parts. The first bins of a map are looked up otherwise.
        let position = self.select_zero(high.checked_sub(1)?)? + 1;
        let start = position.checked_sub(BEFORE)?;
        if start + WINDOW > layout.upper_bits {
            return None;
        }
        let ones = self.window(layout.upper_start, start)?;

        // The page before the one before the first whose first bin has this high part.
        let page = position.checked_sub(high)?.checked_sub(2)?;
        let lows = self.window(layout.low_start, page * width)?;
        let group = u64::from((!(ones >> BEFORE)).trailing_zeros());
        if BEFORE + group >= WINDOW || (group + 3) * width > WINDOW {
            return None;
        }
        let mask = (1 << width) - 1;
        let low_of = |index: u64| lows >> (index * width) & mask;
        let low = bin & mask;
        let begun = (0..group)
            .map(|index| u64::from(low_of(2 + index) <= low))
            .sum::<u64>();

        let cut = BEFORE + begun;
        let (before, behind) = (ones & ((1 << cut) - 1), ones >> cut);
        if before == 0 || behind == 0 {
            return None;
        }
        let last = 63 - u64::from(before.leading_zeros());
        let next = cut + u64::from(behind.trailing_zeros());
        let last_page = page + 1 + begun;
        // A one directly before that of the last page: the two have the same high part.
        let touching = before >> (last.checked_sub(1)?) & 1 == 1;
        if touching && low_of(begun) == low_of(1 + begun) {
            return None;
        }
        let first_bin = (start + last).checked_sub(last_page)? << width | low_of(1 + begun);
        let end_bin = (start + next).checked_sub(last_page + 1)? << width | low_of(2 + begun);
        let run = PageRun {
            first_page: last_page,
            pages: 1,
            first_bin,
            end_bin,
        };
        (last_page + 1 < layout.pages && first_bin <= bin && bin < end_bin && end_bin <= layout.bins)
            .then_some(run)
    }

    /// The bits from `bit` on of the words that begin at the byte `start`; at least [`WINDOW`] of them count.
    #[inline(always)]
    fn window(&self, start: u64, bit: u64) -> Option<u64> {
        Some(self.word(start + bit / 8)? >> (bit % 8))
    }
}
