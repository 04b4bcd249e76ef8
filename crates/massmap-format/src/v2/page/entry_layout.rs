//! How the runs of a file tell where their entries lie, `FORMAT.md` section 2.4.

use std::num::NonZeroU32;

/// Length of the header of a run, in bytes: checksum and number of entries.
pub(super) const HEADER_LENGTH: usize = 8;

/// Ends in a run up to this length take two bytes, in a longer one four.
const LONGEST_WITH_SHORT_ENDS: u64 = 1 << 16;

/// How the runs of a file tell where their entries lie: [`PagedHeader::entry_layout`](crate::PagedHeader::entry_layout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryLayout {
    /// Entries may differ in length; runs have the end of each.
    Variable,
    /// All entries of the file take so many bytes, key and value together; runs have no ends.
    Uniform(NonZeroU32),
}

impl EntryLayout {
    /// For entries that all take `length` bytes; with ends if no entry can be that long or short.
    #[must_use]
    pub fn uniform(length: u64) -> Self {
        u32::try_from(length)
            .ok()
            .and_then(NonZeroU32::new)
            .map_or(Self::Variable, Self::Uniform)
    }

    /// How many bytes an entry takes in a run of `run_length` bytes beside its own: a fingerprint, and an end if there are
    /// ends.
    #[must_use]
    pub const fn directory_bytes(self, run_length: u64) -> u64 {
        1 + self.end_width(run_length) as u64
    }

    /// How many bytes the end of an entry takes in a run of this length.
    #[inline(always)]
    pub(crate) const fn end_width(self, run_length: u64) -> usize {
        match self {
            Self::Uniform(_) => 0,
            Self::Variable if run_length <= LONGEST_WITH_SHORT_ENDS => 2,
            Self::Variable => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_a_fingerprint_and_where_lengths_differ_an_end_of_two_or_four_bytes() {
        for (run_length, with_ends) in [(512, 3), (1 << 16, 3), ((1 << 16) + 512, 5), (u64::MAX, 5)] {
            assert_eq!(EntryLayout::Variable.directory_bytes(run_length), with_ends);
            assert_eq!(EntryLayout::uniform(18).directory_bytes(run_length), 1);
        }
    }

    #[test]
    fn entries_of_lengths_that_none_can_have_are_not_uniform() {
        for length in [0, 1 << 32, u64::MAX] {
            assert_eq!(EntryLayout::uniform(length), EntryLayout::Variable);
        }
        for length in [1, 2, u32::MAX] {
            let uniform = EntryLayout::Uniform(NonZeroU32::new(length).unwrap());
            assert_eq!(EntryLayout::uniform(length.into()), uniform);
        }
    }
}
