//! Building a map in parts, each with a range of the hashes.

use std::num::NonZeroU32;

use massmap_format::{shard_of_bucket, shard_of_hash};

use super::sort_order::Orders;

/// One of several equal ranges of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which one, from 0.
    pub(crate) index: u32,
    pub(crate) count: u32,
}

impl Shard {
    /// The first and the last order of this shard. Where there are none, the last is below the first.
    pub(crate) fn bounds(self, orders: Orders) -> (u64, u64) {
        let start = |index: u32| {
            let start = (u128::from(index) * orders.size()).div_ceil(self.count.into());
            u64::try_from(start).unwrap_or(u64::MAX)
        };
        let (first, end) = (start(self.index), start(self.index + 1));
        match self.index + 1 == self.count {
            true => (first, orders.last()),
            false => (first, end.saturating_sub(1)),
        }
    }

    /// Whether an order belongs to this shard.
    pub(crate) fn contains(self, orders: Orders, order: u64) -> bool {
        shard_of(orders, order, self.count) == self.index
    }
}

/// Which of `count` equal ranges an order falls into.
pub(crate) fn shard_of(orders: Orders, order: u64, count: u32) -> u32 {
    let count = NonZeroU32::new(count).expect("there are shards, as the settings were checked");
    match orders {
        Orders::Buckets(buckets) => shard_of_bucket(order, buckets, count),
        Orders::Spread | Orders::Hash => shard_of_hash(order, count),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn shards_cover_all_orders_one_behind_the_other() {
        for orders in [
            Orders::Buckets(NonZeroU64::MIN),
            Orders::Buckets(NonZeroU64::new(10).unwrap()),
            Orders::Buckets(NonZeroU64::new(1024).unwrap()),
            Orders::Buckets(NonZeroU64::new(u32::MAX.into()).unwrap()),
            Orders::Spread,
        ] {
            for count in [1, 2, 3, 10, 16, 1000, u32::MAX] {
                let mut next = Some(0);
                let most = count.min(1000);
                for index in 0..most {
                    let shard = Shard { index, count };
                    let (first, last) = shard.bounds(orders);
                    assert_eq!(Some(first), next, "{shard:?} of {orders:?}");
                    // More shards than buckets leave some without any.
                    if first <= orders.last() && shard_of(orders, first, count) == index {
                        assert!(shard.contains(orders, first) && shard.contains(orders, last));
                        assert!(last == orders.last() || !shard.contains(orders, last + 1));
                        next = last.checked_add(1);
                    }
                }
                if most == count {
                    assert_eq!(next, orders.last().checked_add(1));
                }
            }
        }
    }
}
