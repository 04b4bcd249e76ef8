//! Iteration by several threads.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use massmap_threads::Pool;
use rayon::iter::plumbing::UnindexedConsumer;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::Deserialize;

use super::entries::{Walk, decode_entry};
use crate::{MassMap, MassMapInner};

/// Length of a part that a thread takes at a time, in bytes, unless there would be too few parts for all threads. It is long
/// enough that the cost of starting a part does not matter.
const PART: u64 = 1 << 20;

/// Fewest parts for each thread, so that no thread waits long for the others.
const PARTS_PER_THREAD: usize = 8;

/// Parallel iterator over all entries of a map, made by [`MassMap::par_iter`].
pub struct ParIter<'a, K, V, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de>,
    V: for<'de> Deserialize<'de>,
{
    /// Iterates over all entries with the threads of the current rayon pool, or of rayon's global pool outside of any. A process
    /// that was forked after the global pool was started does not have its threads, and others do their work. That holds for this
    /// iterator alone: adaptors that combine it with another one, such as `chain`, wait forever in such a process unless they are
    /// called in a pool that it has made itself. If the system starts no threads at all, the calling thread does the work.
    ///
    /// Collecting gives entries and errors in the order of [`iter`](Self::iter), except for a damaged page index, which ends each
    /// of the parts that are walked over at the same time. Each thread reads and decodes parts of the file on its own, about a
    /// megabyte at a time.
    ///
    /// ```
    /// use rayon::iter::ParallelIterator;
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("a", 1), ("b", 2), ("c", 3)].iter())?;
    /// # let reader = writer.into_reader();
    ///
    /// let map = MassMap::<String, u64, _>::load(reader)?;
    /// let sum: u64 = map.par_iter().map(|entry| Ok(entry?.1)).sum::<std::io::Result<u64>>()?;
    /// assert_eq!(sum, 6);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn par_iter(&self) -> ParIter<'_, K, V, R, H> {
        ParIter {
            inner: self.inner(),
            types: PhantomData,
        }
    }
}

impl<K, V, R, H> ParallelIterator for ParIter<'_, K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Send,
    V: for<'de> Deserialize<'de> + Send,
    R: MassMapReader + Sync,
    H: MassMapHashLoader,
    H::BuildHasher: Sync,
{
    type Item = io::Result<(K, V)>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        // Within a pool, rayon keeps using that pool.
        let pool = match rayon::current_thread_index() {
            Some(_) => Pool::Shared,
            None => Pool::of_this_process(),
        };
        pool.install(|| drive(self.inner, consumer))
    }
}

/// Gives the entries to `consumer`, with the threads of the current pool.
fn drive<K, V, R, H, C>(inner: &MassMapInner<R, H>, consumer: C) -> C::Result
where
    K: for<'de> Deserialize<'de> + Send,
    V: for<'de> Deserialize<'de> + Send,
    R: MassMapReader + Sync,
    H: MassMapHashLoader,
    H::BuildHasher: Sync,
    C: UnindexedConsumer<io::Result<(K, V)>>,
{
    let index = inner.index();
    let length = index.end().saturating_sub(index.offset(0));
    let parts = usize::try_from(length / PART)
        .unwrap_or(usize::MAX)
        .max(PARTS_PER_THREAD * rayon::current_num_threads())
        .min(index.len());
    (0..parts)
        .into_par_iter()
        .flat_map_iter(|number| entries_within(inner, part(index.len(), parts, number)))
        .drive_unindexed(consumer)
}

/// Part `number` of `0..len`, divided into `parts` parts whose lengths differ by at most one.
fn part(len: usize, parts: usize, number: usize) -> Range<usize> {
    let start = |number: usize| len / parts * number + number.min(len % parts);
    start(number)..start(number + 1)
}

/// The entries of the buckets, or of the runs of pages, that begin within `range`.
fn entries_within<K, V, R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    range: Range<usize>,
) -> impl Iterator<Item = io::Result<(K, V)>>
where
    K: for<'de> Deserialize<'de>,
    V: for<'de> Deserialize<'de>,
{
    let end = range.end;
    let mut walk = Walk::over(inner, inner.index().extents_within(range), end);
    std::iter::from_fn(move || walk.next(decode_entry))
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> Clone for ParIter<'_, K, V, R, H> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner,
            types: PhantomData,
        }
    }
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> fmt::Debug for ParIter<'_, K, V, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParIter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_are_equally_long() {
        for len in 1..60 {
            for parts in 1..=len {
                let all: Vec<_> = (0..parts).map(|number| part(len, parts, number)).collect();
                assert_eq!((all[0].start, all[parts - 1].end), (0, len));
                assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert!(
                    all.iter()
                        .all(|part| (len / parts..=len.div_ceil(parts)).contains(&part.len()))
                );
            }
        }
    }
}
