//! How much entries are.

/// Number and total length of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntriesSize {
    /// Number of entries.
    pub count: u64,
    /// Length of their keys and values as they are stored, in bytes: without their ends, which a run has besides.
    pub length: u64,
}

impl EntriesSize {
    /// The size of these entries and others.
    #[must_use]
    #[inline]
    pub const fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            length: self.length.saturating_add(other.length),
        }
    }
}
