//! The layout of entries in a run, `FORMAT.md` section 2.4.

use std::num::NonZeroU32;

/// The longest run, in bytes, whose ends take two bytes each; in longer runs they take four.
const LONGEST_WITH_SHORT_ENDS: u64 = 1 << 16;

/// The layout of the entries in the runs of a file, from [`PagedHeader::entry_layout`](crate::PagedHeader::entry_layout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryLayout {
    /// Entries may differ in length; each run stores where each of its entries ends.
    Variable,
    /// Every entry of the file, key and value together, takes this many bytes; runs store no ends.
    Uniform(NonZeroU32),
}

impl EntryLayout {
    /// The layout of entries that all take `length` bytes: [`Variable`](Self::Variable) if entries cannot have that length.
    #[must_use]
    pub fn uniform(length: u64) -> Self {
        u32::try_from(length)
            .ok()
            .and_then(NonZeroU32::new)
            .map_or(Self::Variable, Self::Uniform)
    }

    /// Number of bytes that the end of an entry takes in a run of `run_length` bytes; 0 if entries are uniform.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn end_width(self, run_length: u64) -> usize {
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
    fn an_entry_takes_an_end_of_two_or_four_bytes_unless_uniform() {
        for (run_length, width) in [(512, 2), (1 << 16, 2), ((1 << 16) + 512, 4), (u64::MAX, 4)] {
            assert_eq!(EntryLayout::Variable.end_width(run_length), width);
            assert_eq!(EntryLayout::uniform(18).end_width(run_length), 0);
        }
    }

    #[test]
    fn entries_of_impossible_lengths_are_not_uniform() {
        for length in [0, 1 << 32, u64::MAX] {
            assert_eq!(EntryLayout::uniform(length), EntryLayout::Variable);
        }
        for length in [1, 2, u32::MAX] {
            let uniform = EntryLayout::Uniform(NonZeroU32::new(length).unwrap());
            assert_eq!(EntryLayout::uniform(length.into()), uniform);
        }
    }
}
