//! Measures lookups in memory.

use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::latency::{BATCH, histogram, latency};
use crate::data::Entries;
use crate::data::field::Field;
use crate::data::keys::{CHUNK, Keys, TimedLookups};
use crate::measure::protocol::Task;
use crate::results::{Latency, Warm};
use crate::stores::interface::{Cache, Open, Reader, Store};
use crate::system;

/// Most openings, and about their total time.
const OPENINGS: (usize, Duration) = (15, Duration::from_secs(1));

pub(super) fn measure<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
) -> io::Result<Warm> {
    // Files loaded by reading, not by writing: a build leaves larger pages in the cache, but not all files have just been built.
    system::evict_from_page_cache(&task.directory)?;
    system::load_into_page_cache(&task.directory)?;
    let (present, absent) = (Keys::present(entries), Keys::absent(entries));
    let first = entries.entry(entries.count() / 2);

    store.prepare(entries);
    // Memory is measured at the first opening: later ones may reuse what earlier ones freed.
    system::trim_heap();
    let (data_before, private_before) = (system::data_memory(&task.directory), system::private_memory());
    let mut openings = Vec::new();
    let (open, data) = open_and_look_up(store, entries, task, &first, &mut openings)?;
    let resident_after_open = data.saturating_sub(data_before);

    let mut own = open.reader()?;
    let reader = &mut *own;
    warm_up(reader, &present, task.turn)?;
    let mut turn = 0;
    // Each measurement begins elsewhere.
    let mut start = move || {
        turn += 1;
        turn * 150_000
    };
    let hits = time(reader, &present, start(), task.turn)?;
    let hits_in_a_row = rate(reader, &present, start(), task.turn)?;
    let batched = present.run(start(), BATCH, usize::MAX, task.turn, |keys| {
        reader.get_batch(keys)
    })?;
    warm_up(reader, &absent, task.turn)?;
    let misses = time(reader, &absent, start(), task.turn)?;
    let misses_in_a_row = rate(reader, &absent, start(), task.turn)?;
    let hits_per_second_all_threads = all_threads(&*open, &present, task.turn)?;
    let misses_per_second_all_threads = all_threads(&*open, &absent, task.turn)?;
    let private_after_reads = system::private_memory().saturating_sub(private_before);

    drop(own);
    drop(open);
    // Later openings do not load the code of the store.
    while openings.len() < OPENINGS.0 && openings.iter().sum::<Duration>() < OPENINGS.1 {
        open_and_look_up(store, entries, task, &first, &mut openings)?;
    }
    openings.sort_unstable();
    Ok(Warm {
        open_seconds: openings[openings.len() / 2].as_secs_f64(),
        resident_after_open,
        private_after_reads,
        hits,
        misses,
        hits_per_second: hits_in_a_row.per_second(),
        misses_per_second: misses_in_a_row.per_second(),
        hits_per_second_all_threads,
        misses_per_second_all_threads,
        batched_hits_per_second: batched.per_second(),
    })
}

/// Opens the files and looks up an entry, since some stores do little before the first lookup. Adds the time to `openings`.
/// Also returns the resident memory.
fn open_and_look_up<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
    (key, value): &(K, V),
    openings: &mut Vec<Duration>,
) -> io::Result<(Box<dyn Open<K>>, u64)> {
    let start = Instant::now();
    let open = store.open(entries, &task.directory, Cache::Warm)?;
    let mut reader = open.reader()?;
    let found = reader.get(key)?;
    openings.push(start.elapsed());
    // Some stores hold their data in the reader.
    let data = system::data_memory(&task.directory);
    drop(reader);
    if found != Some(value.digest()) {
        return Err(io::Error::other("the first lookup gave a wrong answer"));
    }
    Ok((open, data))
}

/// Looks up every key once, for the time `turn` at least, so that the cost of first touches and of filling caches is not
/// measured. Checks each answer.
fn warm_up<K: Field>(reader: &mut dyn Reader<K>, keys: &Keys<K>, turn: Duration) -> io::Result<()> {
    let done = keys.run(0, 1, keys.count(), Duration::MAX, |keys| reader.get_all(keys))?;
    let left = turn.saturating_sub(done.took);
    keys.run(0, CHUNK, usize::MAX, left, |keys| reader.get_all(keys))?;
    Ok(())
}

fn time<K: Field>(
    reader: &mut dyn Reader<K>,
    keys: &Keys<K>,
    start: usize,
    turn: Duration,
) -> io::Result<Latency> {
    let mut times = histogram();
    keys.run(start, CHUNK, usize::MAX, turn, |keys| {
        reader.time_all(keys, &mut times)
    })?;
    Ok(latency(&times))
}

fn rate<K: Field>(
    reader: &mut dyn Reader<K>,
    keys: &Keys<K>,
    start: usize,
    turn: Duration,
) -> io::Result<TimedLookups> {
    keys.run(start, CHUNK, usize::MAX, turn, |keys| reader.get_all(keys))
}

/// Lookups per second with one thread per processor. The threads begin with keys far apart, so that none finds in a shared cache
/// what another has just loaded.
fn all_threads<K: Field>(open: &dyn Open<K>, keys: &Keys<K>, turn: Duration) -> io::Result<f64> {
    let threads = thread::available_parallelism()?.get();
    let barrier = Barrier::new(threads);
    let work = |number: usize| {
        let start = number * keys.count() / threads;
        // Some stores open connections at the first lookup.
        let warmed_up = open.reader().and_then(|mut reader| {
            let done = rate(&mut *reader, keys, start, turn / 20)?;
            Ok((reader, start + done.lookups))
        });
        // Failed threads wait too.
        barrier.wait();
        let (mut reader, start) = warmed_up?;
        rate(&mut *reader, keys, start, turn).map(TimedLookups::per_second)
    };
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..threads)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        let rates = running
            .into_iter()
            .map(|thread| thread.join().expect("the threads do not panic"));
        rates.sum()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;
    use crate::data::{DataSet, Visitor};
    use crate::stores;

    /// Records the keys that each reader looks up.
    struct Recording<'a, K> {
        store: &'a dyn Open<K>,
        looked_up: Mutex<Vec<Vec<K>>>,
    }

    struct RecordingReader<'a, K: Clone> {
        reader: Box<dyn Reader<K> + 'a>,
        looked_up: Vec<K>,
        all: &'a Mutex<Vec<Vec<K>>>,
    }

    impl<K: Field> Open<K> for Recording<'_, K> {
        fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
            Ok(Box::new(RecordingReader {
                reader: self.store.reader()?,
                looked_up: Vec::new(),
                all: &self.looked_up,
            }))
        }
    }

    impl<K: Field> Reader<K> for RecordingReader<'_, K> {
        fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
            self.looked_up.push(key.clone());
            self.reader.get(key)
        }
    }

    impl<K: Clone> Drop for RecordingReader<'_, K> {
        fn drop(&mut self) {
            self.all.lock().unwrap().push(std::mem::take(&mut self.looked_up));
        }
    }

    struct AllThreads;

    impl Visitor for AllThreads {
        type Output = ();

        fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<()> {
            let keys = Keys::present(&entries);
            let store = stores::store("hash-map", &entries).unwrap();
            let open = store.open(&entries, Path::new(""), Cache::Warm)?;
            let recording = Recording {
                store: &*open,
                looked_up: Mutex::default(),
            };
            // As short as possible: one chunk each for warming up and measuring.
            all_threads(&recording, &keys, Duration::from_nanos(20))?;
            let looked_up = recording.looked_up.into_inner().unwrap();
            assert_eq!(looked_up.len(), thread::available_parallelism()?.get());
            for (number, keys) in looked_up.iter().enumerate() {
                assert_eq!(keys.len(), 2 * CHUNK);
                assert_ne!(keys[..CHUNK], keys[CHUNK..], "other keys than before");
                assert!(looked_up[..number].iter().all(|others| others[..8] != keys[..8]));
            }
            Ok(())
        }
    }

    #[test]
    fn each_thread_warms_up_and_begins_elsewhere() {
        DataSet::Integers.visit(100_000, None, AllThreads).unwrap();
    }
}
