//! What entries are sorted by.

use std::num::NonZeroU64;

use massmap_format::{bucket_of, spread};

/// The numbers that tell where entries go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orders {
    /// The bucket, of so many.
    Buckets(NonZeroU64),
    /// The spread hash.
    Spread,
    /// The hash, as long as the number of buckets is not known.
    Hash,
}

impl Orders {
    /// The number of an entry whose key has this hash.
    #[inline]
    pub(crate) fn of(self, hash: u64) -> u64 {
        match self {
            Self::Buckets(count) => bucket_of(hash, count),
            Self::Spread => spread(hash),
            Self::Hash => hash,
        }
    }

    /// The largest number.
    pub(crate) fn last(self) -> u64 {
        match self {
            Self::Buckets(count) => count.get() - 1,
            Self::Spread | Self::Hash => u64::MAX,
        }
    }

    /// How many numbers there are.
    pub(super) fn size(self) -> u128 {
        u128::from(self.last()) + 1
    }
}
