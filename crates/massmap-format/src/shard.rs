//! From a bucket or a hash to a shard.
//!
//! A map that is built from shards is divided into equal ranges: of the buckets in format 1, of the spread hashes in
//! format 2. That is a convention of writers. Files do not depend on it; code that distributes entries to shards does.

use std::num::{NonZeroU32, NonZeroU64};

/// Which shard of a map a file of format 2 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardLabel {
    /// Its number, from 0 and less than `count`.
    pub index: u32,
    /// Number of shards, at least 1.
    pub count: u32,
}

/// The shard of a bucket, from 0 to `shards - 1`.
///
/// # Panics
///
/// Panics if `bucket` is not less than `bucket_count`.
#[must_use]
pub fn shard_of_bucket(bucket: u64, bucket_count: NonZeroU64, shards: NonZeroU32) -> u32 {
    assert!(bucket < bucket_count.get(), "there is no such bucket");
    let shard = u128::from(bucket) * u128::from(shards.get()) / u128::from(bucket_count.get());
    u32::try_from(shard)
        .expect("less than the number of shards, as the bucket is less than the number of buckets")
}

/// The shard of entries with this [spread](crate::spread) hash, from 0 to `shards - 1`.
#[must_use]
pub fn shard_of_hash(spread: u64, shards: NonZeroU32) -> u32 {
    let shard = (u128::from(spread) * u128::from(shards.get())) >> 64;
    u32::try_from(shard).expect("less than the number of shards, as the hash is less than 2^64")
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn shards(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn shards_are_equal_ranges_of_buckets() {
        let count = NonZeroU64::new(10).unwrap();
        let of_three: Vec<_> = (0..10)
            .map(|bucket| shard_of_bucket(bucket, count, shards(3)))
            .collect();
        assert_eq!(of_three, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
        // With more shards than buckets, some shards have none.
        let of_twenty: Vec<_> = (0..10)
            .map(|bucket| shard_of_bucket(bucket, count, shards(20)))
            .collect();
        assert_eq!(of_twenty, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
        let most = NonZeroU64::MAX;
        assert_eq!(shard_of_bucket(u64::MAX - 1, most, NonZeroU32::MAX), u32::MAX - 1);
    }

    #[test]
    fn shards_are_equal_ranges_of_spread_hashes() {
        for (spread, count, shard) in [
            (0, 1, 0),
            (u64::MAX, 1, 0),
            ((1 << 63) - 1, 2, 0),
            (1 << 63, 2, 1),
            (u64::MAX, u32::MAX, u32::MAX - 1),
            (u64::MAX / 3, 3, 0),
            (u64::MAX / 3 + 1, 3, 1),
        ] {
            assert_eq!(shard_of_hash(spread, shards(count)), shard, "{spread} of {count}");
        }
    }
}
