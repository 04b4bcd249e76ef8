//! Routing keys to shards.

use std::fmt;
use std::hash::{BuildHasher, Hash};

use massmap_hash::MassMapHashLoader;

use crate::config::{SortOrder, shard_of};

/// Routes keys to the shards of a map. Created by [`MassMapBuilder::shards`](crate::MassMapBuilder::shards).
pub struct Shards<H: MassMapHashLoader> {
    pub(crate) build_hasher: H::BuildHasher,
    pub(crate) order: SortOrder,
    pub(crate) count: u32,
}

impl<H: MassMapHashLoader> Shards<H> {
    /// The shard of `key`: a number from 0 and less than [`count`](Self::count).
    ///
    /// Keys with equal hashes, such as a `str` and a `String`, have the same shard.
    pub fn shard_of<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        let sort_key = self.order.sort_key(self.build_hasher.hash_one(key));
        shard_of(self.order, sort_key, self.count)
    }

    /// Number of shards.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }
}

impl<H: MassMapHashLoader> fmt::Debug for Shards<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards")
            .field("order", &self.order)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
