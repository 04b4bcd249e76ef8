//! Sums over all entries.

use massmap_format::RawEntry;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Sums over entries, whichever order they come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entry_count: u64,
    /// Length of all keys and values, in bytes.
    pub(crate) entries_length: u64,
    /// Tells files of format 2 apart: the sum, modulo 2^64, of the hashes of the encoded entries.
    pub(crate) file_id: u64,
}

impl Totals {
    /// The sums of entries of format 2, each with its spread hash.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = (u64, RawEntry<'a>)>) -> Self {
        let mut totals = Self::default();
        entries.for_each(|(spread, entry)| totals.add(spread, &entry));
        totals
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
    }

    /// Adds other sums.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.entry_count = self.entry_count.saturating_add(other.entry_count);
        self.entries_length = self.entries_length.saturating_add(other.entries_length);
        self.file_id = self.file_id.wrapping_add(other.file_id);
    }
}
