//! What every store does: it is built, opened, and asked.

use std::io;
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use crate::data::Entries;
use crate::data::answers::{answer, weighted};

/// Where the files are when they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// In memory, in the page cache or in what the store has in its place.
    Warm,
    /// On disk only.
    Cold,
}

/// A way to keep a data set, with the settings that are best for data that never change.
pub(crate) trait Store<K, V> {
    /// Makes files in `directory`, which is empty. When it returns, they are complete and on disk.
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()>;

    /// Does what is no part of opening, before the first one. Stores without files have the entries from then on.
    fn prepare(&self, _: &Entries<K, V>) {}

    /// Opens them for lookups. Stores without files take the entries.
    fn open(&self, entries: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>>;
}

/// An open store, which several threads use.
pub(crate) trait Open<K>: Sync {
    /// What one thread looks up with.
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>>;

    /// Whether it reads past the page cache.
    fn is_direct(&self) -> bool {
        false
    }
}

/// Looks up, in one thread.
pub(crate) trait Reader<K> {
    /// The [`digest`](crate::data::field::Field::digest) of the value of a key, if there is one.
    fn get(&mut self, key: &K) -> io::Result<Option<u64>>;

    /// The sum of the [`answer`]s for many keys, one after the other, each [`weighted`] with its place among these.
    fn get_all(&mut self, keys: &[K]) -> io::Result<u64> {
        let mut sum = 0u64;
        for (place, key) in keys.iter().enumerate() {
            sum = sum.wrapping_add(weighted(place, answer(self.get(key)?)));
        }
        Ok(sum)
    }

    /// The same in one call, by stores that have such a call.
    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.get_all(keys)
    }

    /// The same as [`Reader::get_all`], with the time of each lookup, in nanoseconds.
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

/// A store that any number of threads can look up in at once, without anything of their own.
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

/// A [`Shared`] store as an open one: all threads look up with the same.
///
/// An implementation of [`Open`] for everything that is shared would rule out those of generic types that are not.
pub(crate) struct ByAll<S>(pub(crate) S);

impl<K, S: Shared<K>> Open<K> for ByAll<S> {
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
