//! Building a map in memory, by this crate and by massmap 0.1.5.

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use massmap_benches::{Buckets, Dataset, Integers, Memory, entries};

fn main() {
    let count = entries(1_000_000);
    let data: Vec<_> = (0..count)
        .map(|ordinal| (Integers::key(ordinal), Integers::value(ordinal)))
        .collect();
    let buckets = Buckets::OfEntries(16).count::<Integers>(count);
    // Allocated at its final size in both: growing the target is no part of a build.
    let length = build(&data, buckets, 0).len();
    assert_eq!(
        build(&data, buckets, length),
        build_0_1_5(&data, buckets, length),
        "both crates build the same bytes"
    );

    let mut criterion = Criterion::default()
        .sample_size(10)
        .nresamples(10_000)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(10))
        .configure_from_args();
    let mut group = criterion.benchmark_group("u64/16-entries/build");
    group.throughput(Throughput::Elements(count));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("build", |bencher| {
        bencher.iter_with_large_drop(|| build(&data, buckets, length))
    });
    group.bench_function("build 0.1.5", |bencher| {
        bencher.iter_with_large_drop(|| build_0_1_5(&data, buckets, length))
    });
    group.finish();
    criterion.final_summary();
}

fn build(data: &[(u64, u64)], buckets: u64, capacity: usize) -> Vec<u8> {
    let memory = Memory::with_capacity(capacity);
    massmap::MassMapBuilder::default()
        .with_bucket_count(buckets)
        .build(&memory, data.iter())
        .expect("memory takes all writes");
    memory.into_inner()
}

fn build_0_1_5(data: &[(u64, u64)], buckets: u64, capacity: usize) -> Vec<u8> {
    let memory = Memory::with_capacity(capacity);
    massmap_0_1_5::MassMapBuilder::default()
        .with_bucket_count(buckets)
        .build(&memory, data.iter())
        .expect("memory takes all writes");
    memory.into_inner()
}
