//! Lookups without their read: hash the key, and locate its bucket or page.
//!
//! No public function does both, so the maps use a reader that fails and records the requested offset. The suite `page_search`
//! measures the rest of a lookup.

use std::cell::Cell;
use std::fs;
use std::io;

use criterion::{Criterion, Throughput};
use massmap::{FormatVersion, MassMap, MassMapReader};
use massmap_benches::{Arrangement, Buckets, Dataset, Integers, Prepared, chain, chain_of_misses, entries};

use crate::{CHUNK, DRAWS};

const ENTRIES: u64 = 1_000_000;

pub(crate) fn bench(criterion: &mut Criterion) -> io::Result<()> {
    let mut group = criterion.benchmark_group(format!("locate/{}", Integers::NAME));
    group.throughput(Throughput::Elements(CHUNK as u64));
    let pages = |filter| Arrangement::Pages { size: 4096, filter };
    let buckets = Buckets::ALL.map(Arrangement::from);
    for arrangement in buckets.into_iter().chain([pages(false)]) {
        let prepared = Prepared::<Integers>::new(entries(ENTRIES), arrangement)?;
        let keys = keys(prepared.present(DRAWS));
        let map = open(&prepared)?;
        for key in keys.iter().take(1000) {
            assert_eq!(
                locate(&map, key),
                expected_offset(&map, key),
                "{}",
                arrangement.name()
            );
        }
        group.bench_function(arrangement.name(), |bencher| {
            let mut chunks = keys.chunks_exact(CHUNK).cycle();
            bencher.iter(|| chunks.next().map(|keys| chain(keys, |key| locate(&map, key))))
        });

        if matches!(arrangement, Arrangement::Buckets(_)) {
            let theirs = open_0_1_5(&prepared)?;
            for key in keys.iter().take(1000) {
                assert_eq!(locate_0_1_5(&theirs, key), expected_offset(&map, key));
            }
            group.bench_function(format!("{}, 0.1.5", arrangement.name()), |bencher| {
                let mut chunks = keys.chunks_exact(CHUNK).cycle();
                bencher.iter(|| {
                    let keys = chunks.next();
                    keys.map(|keys| chain(keys, |key| locate_0_1_5(&theirs, key)))
                })
            });
        }
    }

    let prepared = Prepared::<Integers>::new(entries(ENTRIES), pages(true))?;
    let keys = keys(prepared.absent(DRAWS));
    let map = open(&prepared)?;
    let caught = |key: &u64| u64::from(matches!(map.get(key), Ok(None)));
    let all = keys.iter().map(caught).sum::<u64>() as f64 / keys.len() as f64;
    assert!(all > 0.99, "the miss filter catches {all}");
    group.bench_function(format!("{}, missing", pages(true).name()), |bencher| {
        let mut chunks = keys.chunks_exact(CHUNK).cycle();
        bencher.iter(|| chunks.next().map(|keys| chain_of_misses(keys, caught)))
    });
    group.finish();
    Ok(())
}

/// Keys for at least one whole chunk.
fn keys(ordinals: impl Iterator<Item = u64>) -> Vec<u64> {
    let count = entries(DRAWS).max(CHUNK as u64) as usize;
    ordinals.take(count).map(Integers::key).collect()
}

/// Reads from memory, or only records the offsets of reads.
struct Locator {
    file: Vec<u8>,
    is_recording: Cell<bool>,
    offset: Cell<u64>,
}

impl Locator {
    fn open(prepared: &Prepared<Integers>) -> io::Result<Self> {
        Ok(Self {
            file: fs::read(prepared.path())?,
            is_recording: Cell::new(false),
            offset: Cell::new(0),
        })
    }

    #[inline]
    fn read<R>(&self, offset: u64, length: u64, f: impl Fn(&[u8]) -> io::Result<R>) -> io::Result<R> {
        if self.is_recording.get() {
            self.offset.set(offset);
            // An error without an allocation.
            return Err(io::ErrorKind::Other.into());
        }
        let (start, length) = (offset as usize, length as usize);
        f(&self.file[start..start + length])
    }
}

impl MassMapReader for Locator {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
    where
        F: Fn(&[u8]) -> io::Result<R>,
    {
        self.read(offset, length, f)
    }
}

impl massmap_0_1_5::MassMapReader for Locator {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
    where
        F: Fn(&[u8]) -> io::Result<R>,
    {
        self.read(offset, length, f)
    }
}

type Map = MassMap<u64, u64, Locator>;
type Map015 = massmap_0_1_5::MassMap<u64, u64, Locator>;

fn open(prepared: &Prepared<Integers>) -> io::Result<Map> {
    let map = Map::load(Locator::open(prepared)?)?;
    // The first lookup reads more, to check the types.
    assert_eq!(map.get(&Integers::key(0))?, Some(Integers::value(0)));
    map.reader().is_recording.set(true);
    Ok(map)
}

fn open_0_1_5(prepared: &Prepared<Integers>) -> io::Result<Map015> {
    let map = Map015::load(Locator::open(prepared)?)?;
    map.reader().is_recording.set(true);
    Ok(map)
}

/// The offset of the bucket or page of a present key.
#[inline]
fn locate(map: &Map, key: &u64) -> u64 {
    _ = map.get(key);
    map.reader().offset.get()
}

/// The same in massmap 0.1.5.
#[inline]
fn locate_0_1_5(map: &Map015, key: &u64) -> u64 {
    _ = map.get(key);
    map.reader().offset.get()
}

/// The expected result of [`locate`].
fn expected_offset(map: &Map, key: &u64) -> u64 {
    let index = map.bucket_index(key);
    match map.format() {
        FormatVersion::V1 => map.bucket_metas()[index].offset,
        _ => map
            .inner()
            .paged_header()
            .and_then(|header| header.page_offset(index as u64))
            .expect("the page is in the file"),
    }
}
