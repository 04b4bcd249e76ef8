//! Building a map in parts, each with a range of the hashes.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::{NonZeroU32, NonZeroU64};

use massmap_format::{bucket_of, shard_of_bucket, shard_of_hash, spread};
use massmap_hash::MassMapHashLoader;

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
fn shard_of(orders: Orders, order: u64, count: u32) -> u32 {
    let count = NonZeroU32::new(count).expect("there are shards, as the settings were checked");
    match orders {
        Orders::Buckets(buckets) => shard_of_bucket(order, buckets, count),
        Orders::Spread | Orders::Hash => shard_of_hash(order, count),
    }
}

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
    fn size(self) -> u128 {
        u128::from(self.last()) + 1
    }
}

/// Tells which shard keys belong to, made by [`MassMapBuilder::shards`](crate::MassMapBuilder::shards).
pub struct Shards<H: MassMapHashLoader> {
    pub(crate) build_hasher: H::BuildHasher,
    pub(crate) orders: Orders,
    pub(crate) count: u32,
}

impl<H: MassMapHashLoader> Shards<H> {
    /// The shard of `key`: a number from 0, less than [`count`](Self::count).
    ///
    /// Keys that hash alike, such as `str` and `String`, have the same shard.
    pub fn shard_of<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        shard_of(
            self.orders,
            self.orders.of(self.build_hasher.hash_one(key)),
            self.count,
        )
    }

    /// How many shards there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }
}

impl<H: MassMapHashLoader> fmt::Debug for Shards<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards")
            .field("orders", &self.orders)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
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
