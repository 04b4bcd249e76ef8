//! Lookups in files that are in memory.

use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::{BATCH, histogram, latency};
use crate::data::Entries;
use crate::field::Field;
use crate::keys::{Done, Keys, STRETCH};
use crate::protocol::Task;
use crate::results::{Latency, Warm};
use crate::store::{Cache, Open, Reader, Store};
use crate::system;

/// How many times as long as a turn keys are looked up before anything is timed.
const WARM_UP: u32 = 4;

/// How many times files are opened, at most, and for how long together, about.
const OPENINGS: (usize, Duration) = (15, Duration::from_secs(1));

pub(super) fn measure<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
) -> io::Result<Warm> {
    system::remember(&task.directory)?;
    let (key, value) = entries.entry(entries.count() / 2);
    let mut openings = Vec::new();
    // Some do not do much before they are asked for something.
    let mut open_and_ask = || {
        let start = Instant::now();
        let open = store.open(entries, &task.directory, Cache::Warm)?;
        let mut reader = open.reader()?;
        let found = reader.get(&key)?;
        openings.push(start.elapsed());
        if found != Some(value.digest()) {
            return Err(io::Error::other("the first lookup gave a wrong answer"));
        }
        Ok((
            system::data_memory(&task.directory),
            openings.iter().sum::<Duration>(),
        ))
    };
    let before = system::data_memory(&task.directory);
    let (opened, mut took) = open_and_ask()?;
    // The first one brings the code of the store into memory, too.
    for _ in 1..OPENINGS.0 {
        if took >= OPENINGS.1 {
            break;
        }
        (_, took) = open_and_ask()?;
    }
    openings.sort_unstable();
    let open_seconds = openings[openings.len() / 2].as_secs_f64();

    let (present, absent) = (Keys::present(entries), Keys::absent(entries));
    let with_keys = system::private_memory();
    let open = store.open(entries, &task.directory, Cache::Warm)?;

    let mut reader = open.reader()?;
    let reader = &mut *reader;
    // What the store and the system do at the first touch of something does not count.
    present.run(0, STRETCH, usize::MAX, WARM_UP * task.turn, |keys| {
        reader.get_all(keys)
    })?;
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
    absent.run(0, STRETCH, usize::MAX, task.turn, |keys| reader.get_all(keys))?;
    let misses = time(reader, &absent, start(), task.turn)?;
    let misses_in_a_row = rate(reader, &absent, start(), task.turn)?;
    let hits_per_second_all_threads = all_threads(&*open, &present, task.turn)?;
    let misses_per_second_all_threads = all_threads(&*open, &absent, task.turn)?;
    Ok(Warm {
        open_seconds,
        resident_after_open: opened.saturating_sub(before),
        private_after_reads: system::private_memory().saturating_sub(with_keys),
        hits,
        misses,
        hits_per_second: hits_in_a_row.per_second(),
        misses_per_second: misses_in_a_row.per_second(),
        hits_per_second_all_threads,
        misses_per_second_all_threads,
        batched_hits_per_second: batched.per_second(),
    })
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

/// Lookups a second by as many threads as run at the same time.
fn all_threads<K: Field>(open: &dyn Open<K>, keys: &Keys<K>, turn: Duration) -> io::Result<f64> {
    let threads = thread::available_parallelism()?.get();
    let barrier = Barrier::new(threads);
    let work = |number: usize| {
        let reader = open.reader();
        barrier.wait();
        let start = number * 100_003;
        rate(&mut *reader?, keys, start, turn).map(Done::per_second)
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
