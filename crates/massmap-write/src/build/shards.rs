//! Which shard keys belong to.

use std::fmt;
use std::hash::{BuildHasher, Hash};

use massmap_hash::MassMapHashLoader;

use crate::config::{Orders, shard_of};

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
