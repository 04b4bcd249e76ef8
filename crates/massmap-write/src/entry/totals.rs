//! Sums over all entries.

use massmap_format::{EntryLayout, EntryTypes, PagedHeader, RawEntry};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::entry::batch::EntryHeader;

/// Sums over entries, which do not depend on their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entry_count: u64,
    /// Total length of keys and values as MessagePack, in bytes.
    pub(crate) entries_length: u64,
    /// The digest of the entries of a file of format 2, `FORMAT.md` section 2.3.
    pub(crate) entries_digest: u64,
    /// Total length of keys and values as they are stored if values are compressed, in bytes.
    pub(crate) compressed_length: Option<u64>,
    /// What keys and values are.
    pub(crate) types: EntryTypes,
}

impl Totals {
    /// The sums over entries of format 2, each given with its spread hash.
    pub(crate) fn of_entries<'a>(entries: impl Iterator<Item = (u64, RawEntry<'a>)>) -> Self {
        let mut totals = Self::default();
        entries.for_each(|(spread, entry)| _ = totals.add(spread, &entry));
        totals
    }

    /// The sums that a file says of itself. The length is that of the entries as they are stored.
    pub(crate) fn of_file(header: &PagedHeader, types: EntryTypes) -> Self {
        Self {
            entry_count: header.entry_count,
            entries_length: header.entries_length,
            entries_digest: header.entries_digest,
            compressed_length: None,
            types,
        }
    }

    /// Adds an entry of format 2. Returns its hash in the digest.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64, entry: &RawEntry<'_>) -> u64 {
        let hash = xxh3_64_with_seed(entry.value, xxh3_64_with_seed(entry.key, spread));
        self.entries_digest = self.entries_digest.wrapping_add(hash);
        self.count(entry.key.len() + entry.value.len());
        hash
    }

    /// Adds an entry without its hash.
    #[inline]
    pub(crate) fn count(&mut self, length: usize) {
        self.entry_count += 1;
        self.entries_length += length as u64;
    }

    /// Memory that the entries take in batches, in bytes.
    pub(crate) fn size(&self) -> u64 {
        let headers = self.entry_count.saturating_mul(EntryHeader::SIZE as u64);
        self.entries_length.saturating_add(headers)
    }

    /// The layout of the entries in runs.
    pub(crate) fn layout(&self) -> EntryLayout {
        match (self.compressed_length, self.types.widths()) {
            (Some(_), _) => EntryLayout::Compressed,
            (None, Some(widths)) => EntryLayout::Fixed(widths),
            (None, None) => EntryLayout::Variable,
        }
    }

    /// Total length of keys and values as they are stored, in bytes.
    pub(crate) fn stored_length(&self) -> u64 {
        match self.layout() {
            EntryLayout::Fixed(widths) => self.entry_count.saturating_mul(widths.entry().into()),
            EntryLayout::Variable => self.entries_length,
            EntryLayout::Compressed => self.compressed_length.unwrap_or(0),
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
        self.join_types(&other.types);
    }
}
