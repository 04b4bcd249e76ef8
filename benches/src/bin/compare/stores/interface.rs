//! The interface of stores: build, open, look up.

use std::io;
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use crate::data::Entries;
use crate::data::answers::{answer, weighted};

/// Where the files are during lookups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// In memory: in the page cache, or in a cache of the store.
    Warm,
    /// On disk only.
    Cold,
}

/// A store, with the best settings for data that never change.
pub(crate) trait Store<K, V> {
    /// Creates files in `directory`, which is empty. When this returns, they are complete and on disk.
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()>;

    /// Prepares for the first opening without being timed. Stores without files use it to list the entries.
    fn prepare(&self, _: &Entries<K, V>) {}

    /// Opens the files for lookups. Stores without files use the entries.
    fn open(&self, entries: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>>;
}

/// An open store, for use by several threads.
pub(crate) trait Open<K>: Sync {
    /// A reader for one thread.
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>>;

    /// Whether it bypasses the page cache.
    fn is_direct(&self) -> bool {
        false
    }
}

/// Looks up keys, in one thread.
pub(crate) trait Reader<K> {
    /// The [`digest`](crate::data::field::Field::digest) of the value of a key.
    fn get(&mut self, key: &K) -> io::Result<Option<u64>>;

    /// Looks up keys one by one. Returns the sum of the [`answer`]s, each [`weighted`] with its place.
    fn get_all(&mut self, keys: &[K]) -> io::Result<u64> {
        let mut sum = 0u64;
        for (place, key) in keys.iter().enumerate() {
            sum = sum.wrapping_add(weighted(place, answer(self.get(key)?)));
        }
        Ok(sum)
    }

    /// The same in one call, if the store supports that.
    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.get_all(keys)
    }

    /// Like [`Reader::get_all`], but records the time of each lookup, in nanoseconds.
    fn time_all(&mut self, keys: &[K], times: &mut Histogram<u64>) -> io::Result<u64> {
        let mut sum = 0u64;
        for (place, key) in keys.iter().enumerate() {
            let start = Instant::now();
            let found = self.get(key)?;
            let took = start.elapsed().as_nanos() as u64;
            sum = sum.wrapping_add(weighted(place, answer(found)));
            times.saturating_record(took);
        }
        Ok(sum)
    }
}

/// An open store whose lookups need no state per thread.
pub(crate) trait Shared<K>: Sync {
    /// See [`Reader::get`].
    fn look_up(&self, key: &K) -> io::Result<Option<u64>>;

    /// See [`Open::is_direct`].
    fn is_direct(&self) -> bool {
        false
    }

    /// See [`Reader::get_batch`].
    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        let mut sum = 0u64;
        for (place, key) in keys.iter().enumerate() {
            sum = sum.wrapping_add(weighted(place, answer(self.look_up(key)?)));
        }
        Ok(sum)
    }
}

/// Makes a [`Shared`] store an [`Open`] one.
///
/// A blanket implementation of [`Open`] would rule out other generic implementations.
pub(crate) struct SharedStore<S>(pub(crate) S);

impl<K, S: Shared<K>> Open<K> for SharedStore<S> {
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
        Ok(Box::new(&self.0))
    }

    fn is_direct(&self) -> bool {
        self.0.is_direct()
    }
}

impl<K, S: Shared<K>> Reader<K> for &S {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        self.look_up(key)
    }

    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.look_up_batch(keys)
    }
}
