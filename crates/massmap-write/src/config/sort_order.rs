//! Sort keys of entries.

use std::num::NonZeroU64;

use massmap_format::{bucket_of, spread};

/// What entries are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortOrder {
    /// Their buckets, of which there are so many.
    Bucket(NonZeroU64),
    /// Their spread hashes.
    SpreadHash,
    /// Their hashes, as long as the number of buckets is not known.
    Hash,
}

impl SortOrder {
    /// The sort key of an entry whose key has this hash.
    #[inline]
    pub(crate) fn sort_key(self, hash: u64) -> u64 {
        match self {
            Self::Bucket(count) => bucket_of(hash, count),
            Self::SpreadHash => spread(hash),
            Self::Hash => hash,
        }
    }

    /// The largest sort key.
    pub(crate) fn last(self) -> u64 {
        match self {
            Self::Bucket(count) => count.get() - 1,
            Self::SpreadHash | Self::Hash => u64::MAX,
        }
    }

    /// Number of sort keys.
    pub(super) fn count(self) -> u128 {
        u128::from(self.last()) + 1
    }
}
