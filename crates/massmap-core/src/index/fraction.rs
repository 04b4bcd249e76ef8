//! The place of a hash in a run of pages.

use massmap_format::{PageRun, SinglePage, fraction_in_page, fraction_of, slot_of};

/// Place of a hash among the hashes of its run of pages, in units of 2^-32 of their range.
///
/// It gives the slot of the hash. Hashes are uniform and entries are sorted by them, so about this fraction of the run's entries
/// comes before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fraction(u32);

impl Fraction {
    /// The beginning of the range.
    pub(crate) const START: Self = Self(0);

    /// The place of a spread hash in `run`, in a file with so many bins.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(spread: u64, bins: u64, run: &PageRun) -> Self {
        Self(fraction_of(spread, bins, run.first_bin, run.end_bin))
    }

    /// The same in a single page.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn in_page(spread: u64, bins: u64, page: &SinglePage) -> Self {
        Self(fraction_in_page(spread, bins, page.since, page.bins))
    }

    /// The slot of the hash, of so many.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn slot(self, slots: u64) -> u64 {
        slot_of(self.0, slots)
    }

    /// About how many of `count` entries come before.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn of(self, count: u32) -> usize {
        ((u64::from(self.0) * u64::from(count)) >> 32) as usize
    }
}
