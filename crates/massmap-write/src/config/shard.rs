//! Shards of a map: equal ranges of its hashes.

use std::num::NonZeroU32;

use massmap_format::{ShardLabel, shard_of_bucket, shard_of_hash};

use super::sort_order::SortOrder;

/// One of `count` equal ranges of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Its number, from 0.
    pub(crate) index: u32,
    pub(crate) count: u32,
}

impl Shard {
    /// The first and the last sort key of this shard. If it has none, the last is below the first.
    pub(crate) fn bounds(self, order: SortOrder) -> (u64, u64) {
        let start = |index: u32| {
            let start = (u128::from(index) * order.count()).div_ceil(self.count.into());
            u64::try_from(start).unwrap_or(u64::MAX)
        };
        let (first, end) = (start(self.index), start(self.index + 1));
        match self.index + 1 == self.count {
            true => (first, order.last()),
            false => (first, end.saturating_sub(1)),
        }
    }

    /// What its file says about it.
    pub(crate) fn label(self) -> ShardLabel {
        ShardLabel {
            index: self.index,
            count: self.count,
        }
    }

    /// Whether a sort key belongs to this shard.
    pub(crate) fn contains(self, order: SortOrder, sort_key: u64) -> bool {
        shard_of(order, sort_key, self.count) == self.index
    }
}

/// The number of the shard, of `count`, that a sort key belongs to.
pub(crate) fn shard_of(order: SortOrder, sort_key: u64, count: u32) -> u32 {
    let count = NonZeroU32::new(count).expect("there are shards, as the settings were checked");
    match order {
        SortOrder::Bucket(buckets) => shard_of_bucket(sort_key, buckets, count),
        SortOrder::SpreadHash | SortOrder::Hash => shard_of_hash(sort_key, count),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn shards_cover_all_sort_keys_one_after_the_other() {
        for order in [
            SortOrder::Bucket(NonZeroU64::MIN),
            SortOrder::Bucket(NonZeroU64::new(10).unwrap()),
            SortOrder::Bucket(NonZeroU64::new(1024).unwrap()),
            SortOrder::Bucket(NonZeroU64::new(u32::MAX.into()).unwrap()),
            SortOrder::SpreadHash,
        ] {
            for count in [1, 2, 3, 10, 16, 1000, u32::MAX] {
                let mut next = Some(0);
                let most = count.min(1000);
                for index in 0..most {
                    let shard = Shard { index, count };
                    let (first, last) = shard.bounds(order);
                    assert_eq!(Some(first), next, "{shard:?} of {order:?}");
                    // With more shards than buckets, some have none.
                    if first <= order.last() && shard_of(order, first, count) == index {
                        assert!(shard.contains(order, first) && shard.contains(order, last));
                        assert!(last == order.last() || !shard.contains(order, last + 1));
                        next = last.checked_add(1);
                    }
                }
                if most == count {
                    assert_eq!(next, order.last().checked_add(1));
                }
            }
        }
    }
}
