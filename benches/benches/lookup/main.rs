//! Lookups and iteration in files of both formats, through each backend, compared with massmap 0.1.5 in format 1.
//!
//! The files are in the page cache, except for direct I/O. Lookups are independent; the bench `reading` measures dependent ones. For
//! bytes in memory, checksums are checked at the first read of each page, as recommended.

#[cfg(target_os = "linux")]
mod linux;

use std::fs;
use std::hint::black_box;
use std::io;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use massmap::{BytesReader, ChecksumPolicy, MassMap, MassMapReader};
use massmap_benches::{Arrangement, Buckets, Dataset, Integers, Prepared, Strings, criterion, entries};

/// Number of keys before they repeat, too many for their pages to stay in the CPU caches.
const KEYS: u64 = 1 << 20;

/// Number of keys in a batch.
const BATCH: usize = 64;

/// Number of entries per measured chunk of an iteration.
const CHUNK: usize = 16_000;

/// Numbers of entries that are built in about a second.
const INTEGERS: u64 = 1_000_000;
const STRINGS: u64 = 250_000;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    let pages = Arrangement::Pages {
        size: 4096,
        filter: false,
    };
    for arrangement in [Buckets::OfBytes(4096).into(), pages] {
        let case = Case::<Integers>::prepare(entries(INTEGERS), arrangement)?;
        bench(&mut criterion, &case)?;
        bench_bytes(&mut criterion, &case)?;
        #[cfg(target_os = "linux")]
        linux::bench(&mut criterion, &case)?;
        bench(
            &mut criterion,
            &Case::<Strings>::prepare(entries(STRINGS), arrangement)?,
        )?;
    }
    criterion.final_summary();
    Ok(())
}

type Map<D, R> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, R>;
type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// A file, and the keys to look up in it, which are made before the measurement.
struct Case<D: Dataset> {
    arrangement: Arrangement,
    prepared: Prepared<D>,
    hits: Vec<D::Key>,
    misses: Vec<D::Key>,
}

impl<D: Dataset> Case<D> {
    fn prepare(entries: u64, arrangement: Arrangement) -> io::Result<Self> {
        let prepared = Prepared::new(entries, arrangement)?;
        let draws = KEYS.min(entries);
        Ok(Self {
            arrangement,
            hits: prepared.present(draws).map(D::key).collect(),
            misses: prepared.absent(draws).map(D::key).collect(),
            prepared,
        })
    }

    fn group<'a>(&self, criterion: &'a mut Criterion, what: &str) -> Group<'a> {
        criterion.benchmark_group(format!("{}/{}/{what}", D::NAME, self.arrangement.name()))
    }

    /// Checks answers before the measurement.
    fn verify(&self, get: impl Fn(&D::Key) -> io::Result<Option<D::Value>>) -> io::Result<()> {
        for ordinal in self.prepared.present(1000) {
            assert_eq!(get(&D::key(ordinal))?, Some(D::value(ordinal)));
        }
        for key in self.misses.iter().take(1000) {
            assert_eq!(get(key)?, None);
        }
        Ok(())
    }

    /// The same for batches.
    fn verify_batches(
        &self,
        batch_get: impl Fn(&[D::Key]) -> io::Result<Vec<Option<D::Value>>>,
    ) -> io::Result<()> {
        let ordinals: Vec<_> = self.prepared.present(1000).collect();
        let keys: Vec<_> = ordinals.iter().copied().map(D::key).collect();
        let expected: Vec<_> = ordinals.into_iter().map(D::value).map(Some).collect();
        assert_eq!(batch_get(&keys)?, expected);
        Ok(())
    }
}

fn bench<D: Dataset>(criterion: &mut Criterion, case: &Case<D>) -> io::Result<()> {
    let prepared = &case.prepared;
    let file = prepared.open()?;
    let mapped = Map::<D, _>::load(prepared.map_file()?)?.with_checksum_policy(ChecksumPolicy::FirstRead);
    verify(case, &file)?;
    verify(case, &mapped)?;
    let theirs = match case.arrangement {
        Arrangement::Buckets(_) => Some(prepared.open_0_1_5()?),
        Arrangement::Pages { .. } => None,
    };
    if let Some(theirs) = &theirs {
        case.verify(|key| theirs.get(key))?;
        case.verify_batches(|keys| theirs.batch_get::<D::Key>(keys))?;
    }

    for (what, keys) in [("hit", &case.hits), ("miss", &case.misses)] {
        let mut group = case.group(criterion, what);
        single(&mut group, "File", keys, |key| file.get(key));
        single(&mut group, "mapped", keys, |key| mapped.get(key));
        if let Some(theirs) = &theirs {
            single(&mut group, "File, 0.1.5", keys, |key| theirs.get(key));
        }
        group.finish();
    }

    let (mut group, keys) = (case.group(criterion, "batch of 64"), &case.hits);
    batches(&mut group, "File", keys, |keys| file.batch_get::<D::Key>(keys));
    batches(&mut group, "mapped", keys, |keys| {
        mapped.batch_get::<D::Key>(keys)
    });
    if let Some(theirs) = &theirs {
        batches(&mut group, "File, 0.1.5", keys, |keys| {
            theirs.batch_get::<D::Key>(keys)
        });
    }
    group.finish();

    let mut group = case.group(criterion, "iter");
    iterate(&mut group, "File", || file.iter());
    if let Some(theirs) = &theirs {
        iterate(&mut group, "File, 0.1.5", || theirs.iter());
    }
    group.finish();
    Ok(())
}

/// One data set is enough for bytes in memory, where lookups are like those in mapped files.
fn bench_bytes(criterion: &mut Criterion, case: &Case<Integers>) -> io::Result<()> {
    let bytes = BytesReader::new(fs::read(case.prepared.path())?);
    let map = Map::<Integers, _>::load(bytes)?.with_checksum_policy(ChecksumPolicy::FirstRead);
    verify(case, &map)?;
    for (what, keys) in [("hit", &case.hits), ("miss", &case.misses)] {
        let mut group = case.group(criterion, what);
        single(&mut group, "bytes", keys, |key| map.get(key));
        group.finish();
    }
    let mut group = case.group(criterion, "batch of 64");
    batches(&mut group, "bytes", &case.hits, |keys| map.batch_get::<u64>(keys));
    group.finish();
    Ok(())
}

fn verify<D: Dataset, R: MassMapReader>(case: &Case<D>, map: &Map<D, R>) -> io::Result<()> {
    case.verify(|key| map.get(key))?;
    case.verify_batches(|keys| map.batch_get::<D::Key>(keys))
}

fn single<K, T>(group: &mut Group<'_>, name: &str, keys: &[K], get: impl Fn(&K) -> io::Result<T>) {
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| {
        let mut keys = keys.iter().cycle();
        bencher.iter(|| keys.next().map(|key| get(key).expect("the file is undamaged")))
    });
}

fn batches<K, T>(group: &mut Group<'_>, name: &str, keys: &[K], batch_get: impl Fn(&[K]) -> io::Result<T>) {
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(name, |bencher| {
        let mut batches = keys.chunks_exact(BATCH).cycle();
        bencher.iter(|| {
            let batch = batches.next().unwrap_or_default();
            batch_get(batch).expect("the file is undamaged")
        })
    });
}

/// One iterator continues through all chunks, since creating one scans the whole index.
fn iterate<T, I>(group: &mut Group<'_>, name: &str, iter: impl Fn() -> I)
where
    I: Iterator<Item = io::Result<T>>,
{
    group.throughput(Throughput::Elements(CHUNK as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function(name, |bencher| {
        let mut entries = iter();
        bencher.iter(|| {
            for _ in 0..CHUNK {
                match entries.next() {
                    Some(entry) => drop(black_box(entry.expect("the file is undamaged"))),
                    None => entries = iter(),
                }
            }
        })
    });
}
