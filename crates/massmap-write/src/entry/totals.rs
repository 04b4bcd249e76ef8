//! Sums over all entries.

use massmap_format::{EntryLayout, EntryTypes, FormatError, PagedHeader, RawEntry};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::entry::batch::EntryHeader;

/// Sums over entries, which do not depend on their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entry_count: u64,
    /// Total length of keys and values, in bytes.
    pub(crate) entries_length: u64,
    /// The digest of the entries of a file of format 2, `FORMAT.md` section 2.3.
    pub(crate) entries_digest: u64,
    pub(crate) length: CommonLength,
    /// What keys and values are.
    pub(crate) types: EntryTypes,
}

/// The length that all entries have in common, if any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CommonLength {
    #[default]
    NoEntries,
    /// Each entry has this length, in bytes.
    Same(u64),
    Different,
}

impl CommonLength {
    /// The common length of the entries of both.
    #[inline]
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoEntries, length) | (length, Self::NoEntries) => length,
            (Self::Same(length), Self::Same(same)) if length == same => self,
            _ => Self::Different,
        }
    }
}

impl Totals {
    /// The sums over entries of format 2, each given with its spread hash.
    pub(crate) fn of_entries<'a>(entries: impl Iterator<Item = (u64, RawEntry<'a>)>) -> Self {
        let mut totals = Self::default();
        entries.for_each(|(spread, entry)| totals.add(spread, &entry));
        totals
    }

    /// The sums that a file says of itself. Entries that are not uniform count as different in length.
    pub(crate) fn of_file(header: &PagedHeader, types: EntryTypes) -> Result<Self, FormatError> {
        let length = match header.entry_layout()? {
            EntryLayout::Uniform(length) => CommonLength::Same(length.get().into()),
            EntryLayout::Variable if header.entry_count == 0 => CommonLength::NoEntries,
            EntryLayout::Variable => CommonLength::Different,
        };
        Ok(Self {
            entry_count: header.entry_count,
            entries_length: header.entries_length,
            entries_digest: header.entries_digest,
            length,
            types,
        })
    }

    /// Adds an entry of format 2.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64, entry: &RawEntry<'_>) {
        let hash = xxh3_64_with_seed(entry.value, xxh3_64_with_seed(entry.key, spread));
        self.entries_digest = self.entries_digest.wrapping_add(hash);
        self.count(entry.key.len() + entry.value.len());
    }

    /// Adds an entry without its hash.
    #[inline]
    pub(crate) fn count(&mut self, length: usize) {
        self.entry_count += 1;
        self.entries_length += length as u64;
        self.length = self.length.and(CommonLength::Same(length as u64));
    }

    /// Memory that the entries take in batches, in bytes.
    pub(crate) fn size(&self) -> u64 {
        let headers = self.entry_count.saturating_mul(EntryHeader::SIZE as u64);
        self.entries_length.saturating_add(headers)
    }

    /// The layout of runs with these entries.
    pub(crate) fn layout(&self) -> EntryLayout {
        match self.length {
            CommonLength::Same(length) => EntryLayout::uniform(length),
            CommonLength::NoEntries | CommonLength::Different => EntryLayout::Variable,
        }
    }

    /// Adds what other entries are.
    pub(crate) fn join_types(&mut self, types: &EntryTypes) {
        // Mostly they are the same.
        if self.types != *types {
            self.types = self.types.join(types);
        }
    }

    /// Adds other sums.
    pub(crate) fn merge(&mut self, other: Self) {
        self.entry_count = self.entry_count.saturating_add(other.entry_count);
        self.entries_length = self.entries_length.saturating_add(other.entries_length);
        self.entries_digest = self.entries_digest.wrapping_add(other.entries_digest);
        self.length = self.length.and(other.length);
        self.join_types(&other.types);
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
    fn entries_are_uniform_if_there_are_any_and_all_have_the_same_length() {
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
                let (before, after) = lengths.split_at(place);
                let mut sum = totals(before);
                sum.merge(totals(after));
                assert_eq!(sum, totals(lengths), "{before:?} and {after:?}");
            }
        }
    }
}
