//! Lookups in files, by this crate and by massmap 0.1.5, in the same files and in one run.
//!
//! The files are in the page cache: what is measured is what a lookup costs beside the disk.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use massmap_benches::{Buckets, Dataset, Integers, Prepared, Strings, entries};

/// How many keys are looked up before the same ones come again: too many for their buckets to stay in the CPU's caches.
const KEYS: u64 = 1 << 20;

/// Keys of one batched lookup.
const BATCH: usize = 64;

/// Entries of one measured stretch of an iteration.
const STRETCH: usize = 16_000;

fn main() -> io::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for buckets in Buckets::ALL {
        bench::<Integers>(&mut criterion, buckets)?;
        bench::<Strings>(&mut criterion, buckets)?;
    }
    criterion.final_summary();
    Ok(())
}

fn bench<D: Dataset>(criterion: &mut Criterion, buckets: Buckets) -> io::Result<()> {
    let prepared = Prepared::<D>::new(entries(D::FULL_SCALE), buckets)?;
    let draws = KEYS.min(entries(KEYS));
    // Made beforehand: making keys is no part of a lookup.
    let hits: Vec<_> = prepared.present(draws).map(D::key).collect();
    let misses: Vec<_> = prepared.absent(draws).map(D::key).collect();
    verify(&prepared, &misses)?;

    let name = |what: &str| format!("{}/{}/{what}", D::NAME, buckets.name());
    bench_get(criterion, &name("hit"), &prepared, &hits)?;
    bench_get(criterion, &name("miss"), &prepared, &misses)?;
    bench_iter(criterion, &name("iter"), &prepared)
}

/// Checks that both crates give the right answers, before anyone asks how fast they do.
fn verify<D: Dataset>(prepared: &Prepared<D>, misses: &[D::Key]) -> io::Result<()> {
    let (ours, theirs) = (prepared.open()?, prepared.open_0_1_5()?);
    for ordinal in prepared.present(1000) {
        let (key, value) = (D::key(ordinal), D::value(ordinal));
        assert_eq!(ours.get(&key)?.as_ref(), Some(&value));
        assert_eq!(theirs.get(&key)?.as_ref(), Some(&value));
    }
    for key in misses.iter().take(1000) {
        assert_eq!(ours.get(key)?, None);
        assert_eq!(theirs.get(key)?, None);
    }
    Ok(())
}

fn bench_get<D: Dataset>(
    criterion: &mut Criterion,
    name: &str,
    prepared: &Prepared<D>,
    keys: &[D::Key],
) -> io::Result<()> {
    let (ours, theirs) = (prepared.open()?, prepared.open_0_1_5()?);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(1));
    group.bench_function("get", |bencher| {
        let mut keys = keys.iter().cycle();
        bencher.iter(|| keys.next().map(|key| ours.get(key).expect("the file is whole")))
    });
    group.bench_function("get 0.1.5", |bencher| {
        let mut keys = keys.iter().cycle();
        bencher.iter(|| keys.next().map(|key| theirs.get(key).expect("the file is whole")))
    });

    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("batch_get of 64", |bencher| {
        let mut batches = keys.chunks_exact(BATCH).cycle();
        bencher.iter(|| {
            let batch = batches.next().unwrap_or_default();
            ours.batch_get::<D::Key>(batch).expect("the file is whole")
        })
    });
    group.bench_function("batch_get of 64 0.1.5", |bencher| {
        let mut batches = keys.chunks_exact(BATCH).cycle();
        bencher.iter(|| {
            let batch = batches.next().unwrap_or_default();
            theirs.batch_get::<D::Key>(batch).expect("the file is whole")
        })
    });
    group.finish();
    Ok(())
}

fn bench_iter<D: Dataset>(criterion: &mut Criterion, name: &str, prepared: &Prepared<D>) -> io::Result<()> {
    let (ours, theirs) = (prepared.open()?, prepared.open_0_1_5()?);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(STRETCH as u64));
    group.sampling_mode(SamplingMode::Flat);
    // One iterator goes on from stretch to stretch, since making one takes a look at the whole index.
    group.bench_function("iter", |bencher| {
        let mut iter = ours.iter();
        bencher.iter(|| {
            for _ in 0..STRETCH {
                match iter.next() {
                    Some(entry) => drop(black_box(entry.expect("the file is whole"))),
                    None => iter = ours.iter(),
                }
            }
        })
    });
    group.bench_function("iter 0.1.5", |bencher| {
        let mut iter = theirs.iter();
        bencher.iter(|| {
            for _ in 0..STRETCH {
                match iter.next() {
                    Some(entry) => drop(black_box(entry.expect("the file is whole"))),
                    None => iter = theirs.iter(),
                }
            }
        })
    });
    group.finish();
    Ok(())
}
