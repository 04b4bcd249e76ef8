//! The usual case of a search in the page index: the page before, the one that is sought and the next one have ones that
//! lie close to each other in the upper bits, and each is a run of its own. Few branches, none of which is hard to predict.

use super::{PageIndex, PageRun};

/// How many bits can be read at once from any bit on.
const WINDOW: u64 = 57;

/// How many bits before the position that is sought a window begins.
const BEFORE: u64 = 24;

/// How many pages may have first bins with the same high part. Groups of more than two are rare: the pages of a map have
/// about the same number of entries each, and a high part is no more than their bins, on average.
const LARGEST_GROUP: u64 = 3;

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// The run of pages that holds the entries of `bin`, if that is the usual case: a run of one page, neither one of the first
    /// ones nor the last one.
    ///
    /// `None` says nothing; [`run_of_bin`](Self::run_of_bin) then does, which asks this first. For lookups that have another
    /// way for what is not usual.
    #[must_use]
    #[inline(always)]
    pub fn page_of_bin(&self, bin: u64) -> Option<PageRun> {
        let layout = &self.layout;
        let width = u64::from(layout.low_bits);
        let high = bin >> width;
        // Behind the zeros of the lower high parts. The first bins of a map are looked up otherwise.
        let position = self.select_zero(high.checked_sub(1)?)? + 1;
        let before = position.min(BEFORE);
        let start = position - before;
        let valid = layout.upper_bits.saturating_sub(start).min(WINDOW);
        let ones = self.window(layout.upper_start, start)? & !(u64::MAX << valid);

        // The page before the one before the first whose first bin has this high part.
        let page = position.checked_sub(high + 2)?;
        let lows = self.window(layout.low_start, page * width)?;
        let group = u64::from((!(ones >> before)).trailing_zeros());
        if group > LARGEST_GROUP || (group + 3) * width > WINDOW {
            return None;
        }
        // Not as a loop up to the end of the group: how large it is differs from bin to bin, and nobody can predict it.
        let mask = !(u64::MAX << width);
        let low = bin & mask;
        let low_of = |index: u64| (lows >> ((index * width) & 63)) & mask;
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
        let first_bin = (start + last).checked_sub(last_page)? << width | low;
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
        Some(self.word(start.wrapping_add(bit / 8))? >> (bit % 8))
    }
}
