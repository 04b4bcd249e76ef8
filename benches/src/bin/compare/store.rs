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
    /// The [`digest`](crate::field::Field::digest) of the value of a key, if there is one.
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

/// What stands for the answer of a lookup in sums.
///
/// Digests of short values are the values, of which any may be there. They are changed in bits without a meaning, so that what
/// stands for a miss does for no value that anybody has.
#[inline]
pub(crate) fn answer(digest: Option<u64>) -> u64 {
    digest.map_or(0x5bd1_e995_c2b2_ae35, |digest| digest ^ 0x9e6c_63d0_876a_9a4f)
}

/// What an answer adds to a sum at its place, from 0, among those that are asked for together: right answers to the wrong keys
/// are noticed, too.
#[inline]
pub(crate) fn weighted(place: usize, answer: u64) -> u64 {
    answer.wrapping_mul(2 * place as u64 + 1)
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

#[cfg(test)]
mod tests {
    use massmap_benches::digest;

    use super::*;

    #[test]
    fn a_miss_is_no_value() {
        for value in [&b""[..], b"missing", b"gnissim", &[0; 8], &[0xff; 8]] {
            assert_ne!(answer(Some(digest(value))), answer(None), "{value:?}");
        }
        let value = answer(None) ^ answer(Some(0));
        assert_eq!(answer(Some(value)), answer(None));
        assert!(
            std::str::from_utf8(&value.to_le_bytes()).is_err(),
            "no text has this digest"
        );
        assert_ne!(answer(Some(1)), answer(Some(2)));
    }

    #[test]
    fn answers_count_where_they_belong() {
        let sum = |answers: [u64; 3]| {
            let places = answers.iter().enumerate();
            places.fold(0u64, |sum, (place, answer)| {
                sum.wrapping_add(weighted(place, *answer))
            })
        };
        assert_ne!(sum([5, 7, 9]), sum([7, 5, 9]));
        assert_ne!(sum([5, 7, 9]), sum([9, 7, 5]));
        assert_ne!(sum([1 << 63, 0, 0]), 0);
    }
}
