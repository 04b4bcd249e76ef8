//! From a hash to a bucket, `FORMAT.md` section 1.5.

use std::num::NonZeroU64;

/// The bucket of entries with this hash, of `bucket_count` buckets.
#[must_use]
#[inline]
pub const fn bucket_of(hash: u64, bucket_count: NonZeroU64) -> u64 {
    hash % bucket_count.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_the_remainder_of_the_hash() {
        for (hash, count, bucket) in [
            (0, 1, 0),
            (u64::MAX, 1, 0),
            (1023, 1024, 1023),
            (1024, 1024, 0),
            (u64::MAX, 10, 5),
            (u64::MAX, u64::MAX, 0),
        ] {
            assert_eq!(bucket_of(hash, NonZeroU64::new(count).unwrap()), bucket);
        }
    }
}
