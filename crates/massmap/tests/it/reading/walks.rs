//! Iteration that takes more than one read, through readers some of whose reads fail.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use massmap::{BytesReader, FormatVersion, MassMap, MassMapBuilder};
use rayon::iter::ParallelIterator;
use support::files;
use support::readers::HookedReader;

type Map = MassMap<u64, String, HookedReader>;

/// Counts the reads of a map, and makes some of them fail.
#[derive(Default)]
struct Reads {
    /// Ranges that cannot be read: start and end.
    bad: Mutex<Vec<(u64, u64)>>,
    count: AtomicUsize,
    bytes: AtomicU64,
}

impl Reads {
    fn read(&self, offset: u64, length: u64) -> Result<()> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(length, Ordering::Relaxed);
        let overlaps = |&(start, end): &(u64, u64)| start < offset + length && offset < end;
        match self.bad.lock().unwrap().iter().any(overlaps) {
            true => Err(Error::new(ErrorKind::HostUnreachable, "the store is away")),
            false => Ok(()),
        }
    }
}

/// About two megabytes of entries: most are small, some take several pages, some are longer than a read of several extents.
fn entries() -> Vec<(u64, String)> {
    let length = |i: u64| match i {
        1500 | 2500 => 300_000,
        _ if i.is_multiple_of(200) => 70_000,
        _ if i.is_multiple_of(37) => 5000,
        _ => i % 40,
    };
    (0..3000).map(|i| (i, "x".repeat(length(i) as usize))).collect()
}

/// The same entries in files of many shapes, each with a name.
fn files(entries: &[(u64, String)]) -> Vec<(String, Vec<u8>)> {
    let build = |name: String, builder: MassMapBuilder| (name, files::build(builder, entries));
    let pages = |size| {
        let builder = MassMapBuilder::default().with_format(FormatVersion::V2);
        build(format!("pages of {size}"), builder.with_page_size(size))
    };
    let buckets = |count| {
        let builder = MassMapBuilder::default().with_bucket_count(count);
        build(format!("{count} buckets"), builder)
    };
    [1, 7, 300, 20_000]
        .map(buckets)
        .into_iter()
        .chain([512, 4096].map(pages))
        .collect()
}

fn open(file: &[u8]) -> (Map, Arc<Reads>) {
    let reads = Arc::new(Reads::default());
    let at_reads = Arc::clone(&reads);
    let reader = HookedReader::new(file, move |offset, length| at_reads.read(offset, length));
    (Map::load(reader).unwrap(), reads)
}

/// The expected items of an iteration: the entries of each bucket or run, or an error in their place.
fn one_by_one(map: &Map) -> Vec<Option<(u64, String)>> {
    (0..map.bucket_count())
        .flat_map(|index| match map.get_bucket(index) {
            Ok(entries) => entries.into_iter().map(Some).collect(),
            Err(_) => vec![None],
        })
        .collect()
}

/// Sets of unreadable ranges of a file of `length` bytes.
fn bad_ranges(length: u64) -> Vec<Vec<(u64, u64)>> {
    let mut sets = vec![
        vec![],
        vec![(0, length)],
        vec![(length / 2, length)],
        vec![(0, length / 3)],
    ];
    let parts = |count| (0..count).map(move |part| length * part / count + 600);
    sets.extend(parts(8).map(|at| vec![(at, at + 1)]));
    sets.push(parts(40).map(|at| (at, at + 100)).collect());
    sets
}

#[test]
fn each_unreadable_bucket_or_run_is_one_error_and_the_others_are_complete() {
    for (name, file) in files(&entries()) {
        let (map, reads) = open(&file);
        for bad in bad_ranges(map.header().meta_offset) {
            *reads.bad.lock().unwrap() = bad.clone();
            let expected = one_by_one(&map);
            let all: Vec<_> = map.iter().map(Result::ok).collect();
            assert!(all == expected, "{name}, {bad:?}");
            let keys: Vec<_> = map.keys().map(Result::ok).collect();
            let expected_keys: Vec<_> = expected
                .iter()
                .map(|entry| entry.as_ref().map(|(key, _)| *key))
                .collect();
            assert!(keys == expected_keys, "{name}, {bad:?}");
        }
    }
}

#[test]
fn failed_reads_are_not_repeated_over_and_over() {
    for (name, file) in files(&entries()) {
        let (map, reads) = open(&file);
        *reads.bad.lock().unwrap() = vec![(0, u64::MAX)];
        let before = reads.count.load(Ordering::Relaxed);
        let extents = map.iter().filter(Result::is_err).count();
        let count = reads.count.load(Ordering::Relaxed) - before;
        assert!(
            extents > 0 && count <= 2 * extents,
            "{name}: {count} reads of {extents} extents"
        );
        assert!(
            count <= extents + 100,
            "{name}: {count} reads of {extents} extents"
        );
    }
}

#[test]
fn an_iteration_that_ends_early_has_read_little() {
    let entries: Vec<_> = (0..50_000).map(|i| (i, i.to_string())).collect();
    for (name, file) in files(&entries) {
        let (map, reads) = open(&file);
        if map.bucket_count() < 100 {
            // The whole first bucket has to be read.
            continue;
        }
        let before = reads.bytes.load(Ordering::Relaxed);
        map.iter().next().unwrap().unwrap();
        let read = reads.bytes.load(Ordering::Relaxed) - before;
        assert!(read <= 16 << 10, "{name}: {read} bytes");
    }
}

#[test]
fn iterating_over_bytes_in_memory_copies_none_of_them() {
    for (name, file) in files(&entries()) {
        let (map, _) = open(&file);
        let in_memory = MassMap::<u64, String, _>::load(BytesReader::new(&file[..])).unwrap();
        let all = in_memory.iter().collect::<Result<Vec<_>>>().unwrap();
        assert!(all == map.iter().collect::<Result<Vec<_>>>().unwrap(), "{name}");
        let (first, peak) = support::allocations::peak_of(|| in_memory.iter().next().unwrap().unwrap());
        assert!(all.first() == Some(&first));
        let first_bucket = in_memory.get_bucket(0).unwrap();
        let decoded: usize = first_bucket.iter().map(|(_, value)| 64 + value.len()).sum();
        assert!(peak <= 2 * decoded + 1000, "{name}: {peak} bytes");
    }
}

/// Runs `f` in a pool of `threads` threads.
fn with_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(f)
}

#[test]
fn several_threads_give_the_same_entries_in_the_same_order_as_one() {
    for (name, file) in files(&entries()) {
        let (map, reads) = open(&file);
        for (number, bad) in bad_ranges(map.header().meta_offset).into_iter().enumerate() {
            *reads.bad.lock().unwrap() = bad.clone();
            let expected = one_by_one(&map);
            let all: Vec<_> = with_threads(1 + number % 4, || map.par_iter().map(Result::ok).collect());
            assert!(all == expected, "{name}, {bad:?}");
        }
    }
}

#[test]
fn maps_of_few_entries_are_iterated_in_parallel_too() {
    for count in [0, 1, 2, 5, 30, 300] {
        let entries: Vec<_> = (0..count).map(|i| (i, "x".repeat(3 * i as usize))).collect();
        for (name, file) in files(&entries) {
            let map = MassMap::<u64, String, _>::load(BytesReader::new(&file[..])).unwrap();
            let expected = map.iter().collect::<Result<Vec<_>>>().unwrap();
            for threads in 1..=4 {
                let all: Result<Vec<_>> = with_threads(threads, || map.par_iter().collect());
                assert!(
                    all.unwrap() == expected,
                    "{name}, {count} entries, {threads} threads"
                );
            }
        }
    }
}

#[test]
fn a_damaged_page_or_bucket_is_one_error_in_parallel_too() {
    let entries = entries();
    for (name, mut file) in files(&entries) {
        let length = open(&file).0.header().meta_offset as usize;
        let middle = length / 2;
        file[middle..middle + 20].fill(0xc1);
        let map = MassMap::<u64, String, _>::load(BytesReader::new(&file[..])).unwrap();
        let serial: Vec<_> = map.iter().map(Result::ok).collect();
        let parallel: Vec<_> = with_threads(3, || map.par_iter().map(Result::ok).collect());
        assert!(serial == parallel, "{name}");
        let errors = parallel.iter().filter(|entry| entry.is_none()).count();
        assert!((1..=2).contains(&errors), "{name}: {errors} errors");
    }
}

#[test]
fn several_threads_take_part_in_an_iteration() {
    let (_, file) = files(&entries()).remove(2);
    let (map, _) = open(&file);
    let threads: BTreeSet<_> = with_threads(2, || {
        map.par_iter()
            .map(|entry| {
                entry.unwrap();
                std::thread::sleep(std::time::Duration::from_micros(20));
                rayon::current_thread_index()
            })
            .collect()
    });
    assert_eq!(threads.into_iter().collect::<Vec<_>>(), [Some(0), Some(1)]);
}
