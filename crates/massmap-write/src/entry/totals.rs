//! Sums over all entries.

use massmap_format::{EntryLayout, FormatError, PagedHeader, RawEntry};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::entry::batch::Head;

/// Sums over entries, whichever order they come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entry_count: u64,
    /// Length of all keys and values, in bytes.
    pub(crate) entries_length: u64,
    /// Tells files of format 2 apart: the sum, modulo 2^64, of the hashes of the encoded entries.
    pub(crate) file_id: u64,
    pub(crate) lengths: Lengths,
}

/// Whether entries are all of one length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lengths {
    #[default]
    NoEntries,
    /// Each takes so many bytes.
    Same(u64),
    Different,
}

impl Lengths {
    /// Those of its entries and of others.
    #[inline]
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoEntries, lengths) | (lengths, Self::NoEntries) => lengths,
            (Self::Same(length), Self::Same(same)) if length == same => self,
            _ => Self::Different,
        }
    }
}

impl Totals {
    /// The sums of entries of format 2, each with its spread hash.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = (u64, RawEntry<'a>)>) -> Self {
        let mut totals = Self::default();
        entries.for_each(|(spread, entry)| totals.add(spread, &entry));
        totals
    }

    /// The sums that the header of a file tells. Entries that are not uniform are taken to differ in length.
    pub(crate) fn of_header(header: &PagedHeader) -> Result<Self, FormatError> {
        let lengths = match header.entry_layout()? {
            EntryLayout::Uniform(length) => Lengths::Same(length.get().into()),
            EntryLayout::Variable if header.entry_count == 0 => Lengths::NoEntries,
            EntryLayout::Variable => Lengths::Different,
        };
        Ok(Self {
            entry_count: header.entry_count,
            entries_length: header.entries_length,
            file_id: header.file_id,
            lengths,
        })
    }

    /// Adds an entry of format 2.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64, entry: &RawEntry<'_>) {
        let hash = xxh3_64_with_seed(entry.value, xxh3_64_with_seed(entry.key, spread));
        self.file_id = self.file_id.wrapping_add(hash);
        self.count(entry.key.len() + entry.value.len());
    }

    /// Counts an entry without identifying it.
    #[inline]
    pub(crate) fn count(&mut self, length: usize) {
        self.entry_count += 1;
        self.entries_length += length as u64;
        self.lengths = self.lengths.and(Lengths::Same(length as u64));
    }

    /// How many bytes of memory the entries take in batches.
    pub(crate) fn size(&self) -> u64 {
        let heads = self.entry_count.saturating_mul(Head::SIZE as u64);
        self.entries_length.saturating_add(heads)
    }

    /// How the runs of a file with these entries tell where they lie.
    pub(crate) fn layout(&self) -> EntryLayout {
        match self.lengths {
            Lengths::Same(length) => EntryLayout::uniform(length),
            Lengths::NoEntries | Lengths::Different => EntryLayout::Variable,
        }
    }

    /// Adds other sums.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.entry_count = self.entry_count.saturating_add(other.entry_count);
        self.entries_length = self.entries_length.saturating_add(other.entries_length);
        self.file_id = self.file_id.wrapping_add(other.file_id);
        self.lengths = self.lengths.and(other.lengths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(lengths: &[usize]) -> Totals {
        let mut totals = Totals::default();
        lengths.iter().for_each(|length| totals.count(*length));
        totals
    }

    #[test]
    fn entries_are_uniform_if_there_are_any_and_all_of_them_have_one_length() {
        for (lengths, layout) in [
            (&[][..], EntryLayout::Variable),
            (&[7], EntryLayout::uniform(7)),
            (&[7, 7, 7], EntryLayout::uniform(7)),
            (&[7, 7, 8], EntryLayout::Variable),
            (&[8, 7, 7], EntryLayout::Variable),
            (&[7, 8, 7], EntryLayout::Variable),
        ] {
            assert_eq!(totals(lengths).layout(), layout, "{lengths:?}");
            for place in 0..=lengths.len() {
                let (before, behind) = lengths.split_at(place);
                let mut sum = totals(before);
                sum.add_all(totals(behind));
                assert_eq!(sum, totals(lengths), "{before:?} and {behind:?}");
            }
        }
    }
}
