//! What every store does: it is built, opened, and asked.

use std::io;
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use crate::data::Entries;

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

    /// Opens them for lookups. Stores without files take the entries.
    fn open(&self, entries: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>>;
}

/// An open store, which several threads use.
pub(crate) trait Open<K>: Sync {
    /// What one thread looks up with.
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>>;
}

/// Looks up, in one thread.
pub(crate) trait Reader<K> {
    /// The [`digest`](crate::field::Field::digest) of the value of a key, if there is one.
    fn get(&mut self, key: &K) -> io::Result<Option<u64>>;

    /// The sum of the [`answer`]s for many keys, one after the other.
    fn get_all(&mut self, keys: &[K]) -> io::Result<u64> {
        keys.iter()
            .try_fold(0u64, |sum, key| Ok(sum.wrapping_add(answer(self.get(key)?))))
    }

    /// The same in one call, by stores that have such a call.
    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.get_all(keys)
    }

    /// The same as [`Reader::get_all`], with the time of each lookup, in nanoseconds.
    fn time_all(&mut self, keys: &[K], times: &mut Histogram<u64>) -> io::Result<u64> {
        let mut sum = 0u64;
        for key in keys {
            let start = Instant::now();
            let found = self.get(key)?;
            let took = start.elapsed().as_nanos() as u64;
            sum = sum.wrapping_add(answer(found));
            times.saturating_record(took);
        }
        Ok(sum)
    }
}

/// What stands for the answer of a lookup in sums.
pub(crate) fn answer(digest: Option<u64>) -> u64 {
    // Something that nothing else is, so that a miss cannot pass for a value.
    digest.unwrap_or(0x006d_6973_7369_6e67)
}

/// A store that any number of threads can look up in at once, without anything of their own.
pub(crate) trait Shared<K>: Sync {
    /// See [`Reader::get`].
    fn look_up(&self, key: &K) -> io::Result<Option<u64>>;

    /// See [`Reader::get_batch`].
    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        keys.iter()
            .try_fold(0u64, |sum, key| Ok(sum.wrapping_add(answer(self.look_up(key)?))))
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
}

impl<K, S: Shared<K>> Reader<K> for &S {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        self.look_up(key)
    }

    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.look_up_batch(keys)
    }
}
