//! Walks bucket payloads of format 1, compared with decoding them as in massmap 0.1.5.

use criterion::{BenchmarkId, Criterion, Throughput};
use massmap_benches::Dataset;
use massmap_format::BucketEntries;
use serde::de::DeserializeOwned;

pub(crate) fn bench<D: Dataset>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("{}/bucket", D::NAME));
    for count in [4, 16, 200] {
        let entries: Vec<_> = (0..u64::from(count))
            .map(|ordinal| (D::key(ordinal), D::value(ordinal)))
            .collect();
        let payload = rmp_serde::to_vec(&entries).expect("integers and strings can be encoded");
        assert_eq!(find::<D>(&payload, count, &D::key(0)), Some(D::value(0)));
        assert_eq!(decode::<D>(&payload), entries);

        let middle = D::key(u64::from(count) / 2);
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::new("walk", count), |bencher| {
            bencher.iter(|| walk(&payload, count))
        });
        group.bench_function(
            BenchmarkId::new("walk and find the middle one", count),
            |bencher| bencher.iter(|| find::<D>(&payload, count, &middle)),
        );
        group.bench_function(BenchmarkId::new("rmp-serde", count), |bencher| {
            bencher.iter(|| decode::<D>(&payload))
        });
    }
    group.finish();
}

/// Total length of keys and values, so that the walk has a result.
fn walk(payload: &[u8], count: u32) -> usize {
    BucketEntries::decode(payload, count)
        .expect("the payload is undamaged")
        .map(|entry| entry.expect("the payload is undamaged"))
        .map(|entry| entry.key.len() + entry.value.len())
        .sum()
}

/// Looks up a key like `get`: decodes keys until it is found, and walks to the end.
fn find<D: Dataset>(payload: &[u8], count: u32, key: &D::Key) -> Option<D::Value> {
    let mut found = None;
    for entry in BucketEntries::decode(payload, count).expect("the payload is undamaged") {
        let entry = entry.expect("the payload is undamaged");
        if found.is_none() && decode_one::<D::Key>(entry.key) == *key {
            found = Some(entry.value);
        }
    }
    found.map(decode_one)
}

fn decode_one<T: DeserializeOwned>(bytes: &[u8]) -> T {
    rmp_serde::from_slice(bytes).expect("keys and values are from the data set")
}

fn decode<D: Dataset>(payload: &[u8]) -> Vec<(D::Key, D::Value)> {
    rmp_serde::from_slice(payload).expect("the payload is undamaged")
}
