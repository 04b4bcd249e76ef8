//! Lookups of many keys at once.

use std::io;
use std::ops::Range;
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::ready;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use massmap_core::{BatchPlan, Extent, Probe, ReadError};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::steps::StoredKeys;

use super::Remote;
use super::turns::Turns;
use crate::reader::AsyncReader;

/// Number of keys that are taken at a time. More keys make longer reads and take more memory.
const KEYS_AT_ONCE: usize = 16 << 10;

/// The number of each key and its result.
type Results<T> = Vec<(usize, Option<T>)>;

/// A read and the keys that are looked up in it.
struct Job<B> {
    range: Range<u64>,
    /// Extent, number and key of each.
    probes: Vec<(Extent, usize, B)>,
}

impl<B> Job<B> {
    /// Length of the read, in bytes.
    const fn length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }
}

/// What is done at once.
enum Task<B> {
    /// Keys with these numbers belong in no extent; the hash of one of them.
    Missing(Vec<usize>, u64),
    /// Reads that are made with one call of the reader.
    Read(Vec<Job<B>>),
    Failed(io::Error),
}

/// What a batch does with its keys.
#[derive(Clone, Copy)]
pub(crate) struct KeyFunctions<A, I, T> {
    /// The hash of a key.
    pub(crate) hash: A,
    /// Whether a stored key, in the bucket or the run of pages with the index given, is the one given.
    pub(crate) is_key: I,
    /// What a result is made of: the bytes of the read, the index of the bucket or run, and the entry.
    pub(crate) take: T,
}

impl<'a, R, H, S> Remote<'a, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: StoredKeys<R, H> + Copy,
{
    /// Looks up `keys`, and gives the number of each, from 0, with its result, as they come. Ends with the first error.
    pub(crate) fn find_many<B, T, I, A, F, G>(
        self,
        keys: I,
        functions: KeyFunctions<A, F, G>,
    ) -> impl Stream<Item = io::Result<(usize, Option<T>)>> + use<'a, R, H, S, B, T, I, A, F, G>
    where
        I: Iterator<Item = io::Result<B>>,
        A: Fn(&B) -> u64 + Copy,
        F: Fn(&B, usize, &[u8]) -> io::Result<bool> + Copy,
        G: Fn(&Bytes, usize, &RawEntry<'_>) -> io::Result<T> + Copy,
    {
        let mut keys = keys.enumerate().fuse();
        let windows = std::iter::from_fn(move || {
            let window: Vec<_> = keys.by_ref().take(KEYS_AT_ONCE).collect();
            (!window.is_empty()).then_some(window)
        });
        let mut has_failed = false;
        stream::iter(windows)
            .then(move |window| self.plan(window, functions.hash))
            .flat_map(stream::iter)
            .map(move |task| self.perform(task, functions))
            .buffer_unordered(self.shared.options.requests_in_flight)
            .flat_map(|results| match results {
                Ok(results) => stream::iter(results).map(Ok).left_stream(),
                Err(error) => stream::once(ready(Err(error))).right_stream(),
            })
            .take_while(move |result| {
                let goes_on = !has_failed;
                has_failed |= result.is_err();
                ready(goes_on)
            })
    }

    /// Plans what to do for the keys of a window.
    async fn plan<B>(self, window: Vec<(usize, io::Result<B>)>, hash: impl Fn(&B) -> u64) -> Vec<Task<B>> {
        if self.inner.index().next_missing().is_some() {
            let keys = window.iter().filter_map(|(_, key)| key.as_ref().ok());
            let hashes: Vec<_> = keys.map(&hash).collect();
            if let Err(error) = self.prepare(&hashes).await {
                return vec![Task::Failed(error)];
            }
        }
        self.tasks(window, hash).collect()
    }

    /// Plans the reads for the keys of a window.
    fn tasks<B>(
        self,
        window: Vec<(usize, io::Result<B>)>,
        hash: impl Fn(&B) -> u64,
    ) -> impl Iterator<Item = Task<B>> {
        let (index, reader) = (self.inner.index(), &self.inner.reader);
        let mut plan = BatchPlan::new(self.shared.options.coalescing(reader));
        plan.reserve(window.len());
        let mut pending = Vec::with_capacity(window.len());
        let (mut missing, mut failed) = (Vec::new(), None);
        let mut missing_hash = 0;
        for (number, key) in window {
            let probe = key.and_then(|key| Ok((index.probe::<io::Error>(hash(&key))?, key)));
            match probe {
                Ok((Probe::Miss, key)) => {
                    missing.push(number);
                    missing_hash = hash(&key);
                }
                Ok((Probe::Read(extent), key)) => {
                    plan.push(u32::try_from(pending.len()).unwrap_or(u32::MAX), extent);
                    pending.push(Some((number, key)));
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        plan.sort();
        let mut jobs = Vec::new();
        for read in plan.reads() {
            let mut probes = Vec::with_capacity(read.probe_count());
            for same in plan.extents_of(&read) {
                for (place, extent) in same.probes() {
                    let pending = pending.get_mut(place as usize);
                    let (number, key) = pending
                        .and_then(Option::take)
                        .expect("each probe of the plan has a key");
                    probes.push((*extent, number, key));
                }
            }
            let range = read.offset()..read.offset().saturating_add(read.length());
            jobs.push(Job { range, probes });
        }
        let missing = (!missing.is_empty()).then_some(Task::Missing(missing, missing_hash));
        let mut jobs = jobs.into_iter().peekable();
        let at_once = reader.ranges_at_once();
        let most_bytes = self.shared.options.longest_request();
        let reads = std::iter::from_fn(move || {
            let first = jobs.next()?;
            let mut bytes = first.length();
            let mut together = vec![first];
            while together.len() < at_once
                && let Some(job) = jobs.next_if(|job| bytes.saturating_add(job.length()) <= most_bytes)
            {
                bytes += job.length();
                together.push(job);
            }
            Some(Task::Read(together))
        });
        missing.into_iter().chain(reads).chain(failed.map(Task::Failed))
    }

    async fn perform<B, T, A, F, G>(
        self,
        task: Task<B>,
        functions: KeyFunctions<A, F, G>,
    ) -> io::Result<Results<T>>
    where
        A: Fn(&B) -> u64,
        F: Fn(&B, usize, &[u8]) -> io::Result<bool> + Copy,
        G: Fn(&Bytes, usize, &RawEntry<'_>) -> io::Result<T> + Copy,
    {
        let mut jobs = match task {
            Task::Missing(numbers, hash) => {
                self.confirm_miss(hash, None, Turns::Ignored).await?;
                return Ok(numbers.into_iter().map(|number| (number, None)).collect());
            }
            Task::Failed(error) => return Err(error),
            Task::Read(jobs) => jobs,
        };
        let reader = &self.inner.reader;
        let parts = match &mut *jobs {
            [job] => vec![reader.read(job.range.clone()).await?],
            jobs => {
                reader
                    .read_many(jobs.iter().map(|job| job.range.clone()).collect())
                    .await?
            }
        };
        if parts.len() != jobs.len() {
            let (expected, found) = (jobs.len(), parts.len());
            return Err(ReadError::WrongBatch { expected, found }.into());
        }
        let mut results = Vec::with_capacity(jobs.iter().map(|job| job.probes.len()).sum());
        for (job, bytes) in jobs.into_iter().zip(parts) {
            for (extent, number, key) in job.probes {
                let part = extent.bytes_in(&bytes, job.range.start);
                let part = part.ok_or(ReadError::WrongLength {
                    expected: job.range.end - job.range.start,
                    found: bytes.len(),
                })?;
                let is_key = |index: usize, stored: &[u8]| (functions.is_key)(&key, index, stored);
                let found = self.find_in(&extent, &bytes, part, is_key, functions.take)?;
                if found.is_none() {
                    self.confirm_miss((functions.hash)(&key), Some((&extent, part)), Turns::Ignored)
                        .await?;
                }
                results.push((number, found));
            }
        }
        Ok(results)
    }
}

/// Collects results in the order of their numbers. `expected` is about how many there are.
pub(crate) async fn in_order<T>(
    results: impl Stream<Item = io::Result<(usize, Option<T>)>>,
    expected: usize,
) -> io::Result<Vec<Option<T>>> {
    let mut values = Vec::with_capacity(expected);
    let mut results = pin!(results);
    while let Some((number, value)) = results.try_next().await? {
        if values.len() <= number {
            values.resize_with(number + 1, || None);
        }
        if let Some(place) = values.get_mut(number) {
            *place = value;
        }
    }
    Ok(values)
}
