//! Lookups in files that are in memory.

use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::latency::{BATCH, histogram, latency};
use crate::data::Entries;
use crate::data::field::Field;
use crate::data::keys::{Done, Keys, STRETCH};
use crate::measure::protocol::Task;
use crate::results::{Latency, Warm};
use crate::stores::interface::{Cache, Open, Reader, Store};
use crate::system;

/// How many times files are opened, at most, and for how long together, about.
const OPENINGS: (usize, Duration) = (15, Duration::from_secs(1));

pub(super) fn measure<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
) -> io::Result<Warm> {
    // What a build left in the page cache is in larger pieces than what was read, and only some have just been built.
    system::forget(&task.directory)?;
    system::remember(&task.directory)?;
    let (present, absent) = (Keys::present(entries), Keys::absent(entries));
    let first = entries.entry(entries.count() / 2);

    store.prepare(entries);
    // The memory is that of the first opening: what later ones take may be what the ones before gave back.
    system::give_back_memory();
    let (data_before, private_before) = (system::data_memory(&task.directory), system::private_memory());
    let mut openings = Vec::new();
    let (open, data) = open_and_ask(store, entries, task, &first, &mut openings)?;
    let resident_after_open = data.saturating_sub(data_before);

    let mut own = open.reader()?;
    let reader = &mut *own;
    warm_up(reader, &present, task.turn)?;
    let mut turn = 0;
    // Each begins elsewhere.
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
    // The first one brought the code of the store into memory, too.
    while openings.len() < OPENINGS.0 && openings.iter().sum::<Duration>() < OPENINGS.1 {
        open_and_ask(store, entries, task, &first, &mut openings)?;
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

/// Opens the files and looks up the `first` entry: some stores do not do much before they are asked for something. How long
/// that takes is added to `openings`; what is resident then is returned, too.
fn open_and_ask<K: Field, V: Field>(
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
    // Some have everything in the reader.
    let data = system::data_memory(&task.directory);
    drop(reader);
    if found != Some(value.digest()) {
        return Err(io::Error::other("the first lookup gave a wrong answer"));
    }
    Ok((open, data))
}

/// Looks up every key once, and for a turn at least: what the store and the system do at the first touch of something does not
/// count, be it filling a cache of the store's own. Each answer is checked by itself.
fn warm_up<K: Field>(reader: &mut dyn Reader<K>, keys: &Keys<K>, turn: Duration) -> io::Result<()> {
    let done = keys.run(0, 1, keys.count(), Duration::MAX, |keys| reader.get_all(keys))?;
    let left = turn.saturating_sub(done.took);
    keys.run(0, STRETCH, usize::MAX, left, |keys| reader.get_all(keys))?;
    Ok(())
}

fn time<K: Field>(
    reader: &mut dyn Reader<K>,
    keys: &Keys<K>,
    start: usize,
    turn: Duration,
) -> io::Result<Latency> {
    let mut times = histogram();
    keys.run(start, STRETCH, usize::MAX, turn, |keys| {
        reader.time_all(keys, &mut times)
    })?;
    Ok(latency(&times))
}

fn rate<K: Field>(
    reader: &mut dyn Reader<K>,
    keys: &Keys<K>,
    start: usize,
    turn: Duration,
) -> io::Result<Done> {
    keys.run(start, STRETCH, usize::MAX, turn, |keys| reader.get_all(keys))
}

/// Lookups a second by as many threads as run at the same time. Each begins with other keys than the rest, as far from theirs as
/// can be, so that none finds in a shared cache what another one has just brought there.
fn all_threads<K: Field>(open: &dyn Open<K>, keys: &Keys<K>, turn: Duration) -> io::Result<f64> {
    let threads = thread::available_parallelism()?.get();
    let barrier = Barrier::new(threads);
    let work = |number: usize| {
        let start = number * keys.count() / threads;
        // Connections open with the first lookup, of some stores.
        let warmed_up = open.reader().and_then(|mut reader| {
            let done = rate(&mut *reader, keys, start, turn / 20)?;
            Ok((reader, start + done.lookups))
        });
        // Also those that have failed are waited for.
        barrier.wait();
        let (mut reader, start) = warmed_up?;
        rate(&mut *reader, keys, start, turn).map(Done::per_second)
    };
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..threads)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        let rates = running
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"));
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

    /// Notes which keys each reader is asked for.
    struct Noting<'a, K> {
        store: &'a dyn Open<K>,
        asked: Mutex<Vec<Vec<K>>>,
    }

    struct NotingReader<'a, K: Clone> {
        reader: Box<dyn Reader<K> + 'a>,
        asked: Vec<K>,
        all: &'a Mutex<Vec<Vec<K>>>,
    }

    impl<K: Field> Open<K> for Noting<'_, K> {
        fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
            Ok(Box::new(NotingReader {
                reader: self.store.reader()?,
                asked: Vec::new(),
                all: &self.asked,
            }))
        }
    }

    impl<K: Field> Reader<K> for NotingReader<'_, K> {
        fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
            self.asked.push(key.clone());
            self.reader.get(key)
        }
    }

    impl<K: Clone> Drop for NotingReader<'_, K> {
        fn drop(&mut self) {
            self.all.lock().unwrap().push(std::mem::take(&mut self.asked));
        }
    }

    struct AllThreads;

    impl Visitor for AllThreads {
        type Output = ();

        fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<()> {
            let keys = Keys::present(&entries);
            let store = stores::store("hash-map", &entries).unwrap();
            let open = store.open(&entries, Path::new(""), Cache::Warm)?;
            let noting = Noting {
                store: &*open,
                asked: Mutex::default(),
            };
            // As short as can be: a stretch each, before it counts and then.
            all_threads(&noting, &keys, Duration::from_nanos(20))?;
            let asked = noting.asked.into_inner().unwrap();
            assert_eq!(asked.len(), thread::available_parallelism()?.get());
            for (number, keys) in asked.iter().enumerate() {
                assert_eq!(keys.len(), 2 * STRETCH);
                assert_ne!(keys[..STRETCH], keys[STRETCH..], "other keys than those before");
                assert!(asked[..number].iter().all(|others| others[..8] != keys[..8]));
            }
            Ok(())
        }
    }

    #[test]
    fn each_thread_has_looked_up_before_it_counts_and_begins_elsewhere() {
        DataSet::Integers.visit(100_000, None, AllThreads).unwrap();
    }
}
