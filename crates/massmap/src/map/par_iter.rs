//! Iteration by several threads, with the errors of the front door.

use std::fmt;

use massmap_hash::KnownHashLoader;
use massmap_io::MassMapReader;
use massmap_read::{MassMap, ParIter as MassMapParIter};
use rayon::iter::ParallelIterator;
use rayon::iter::plumbing::UnindexedConsumer;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Parallel iterator over all entries of a map, made by [`Map::par_iter`](crate::Map::par_iter).
pub struct ParIter<'a, K, V, R: MassMapReader>(MassMapParIter<'a, K, V, R, KnownHashLoader>);

impl<'a, K: DeserializeOwned, V: DeserializeOwned, R: MassMapReader> ParIter<'a, K, V, R> {
    pub(super) fn new(map: &'a MassMap<K, V, R, KnownHashLoader>) -> Self {
        Self(map.par_iter())
    }
}

impl<K, V, R> ParallelIterator for ParIter<'_, K, V, R>
where
    K: DeserializeOwned + Send,
    V: DeserializeOwned + Send,
    R: MassMapReader + Sync,
{
    type Item = Result<(K, V)>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.0
            .map(|entry| entry.map_err(Error::from))
            .drive_unindexed(consumer)
    }
}

impl<K, V, R: MassMapReader> Clone for ParIter<'_, K, V, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V, R: MassMapReader> fmt::Debug for ParIter<'_, K, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
