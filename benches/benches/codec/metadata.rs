//! The metadata section of format 1. Decoding its bucket index is most of the time of opening a file.

use criterion::{BenchmarkId, Criterion, Throughput};
use massmap_benches::{mix, scales};
use massmap_format::{
    MassMapBucketMeta, MassMapHeader, MassMapMeta, Metadata, MetadataDecoder, encode_metadata_header,
};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("metadata of format 1");
    for count in scales([1000, 100_000]) {
        let (header, metadata) = sample(count);
        let section = encode(&metadata);
        let decoded = Metadata::decode(&header, &section);
        assert_eq!(decoded.expect("the section is undamaged"), metadata);
        assert_eq!(
            sum(&header, &section),
            header.meta_offset - MassMapHeader::SIZE as u64
        );

        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("encode", count), |bencher| {
            bencher.iter(|| encode(&metadata))
        });
        group.bench_function(BenchmarkId::new("decode", count), |bencher| {
            bencher.iter(|| Metadata::decode(&header, &section))
        });
        group.bench_function(BenchmarkId::new("visit", count), |bencher| {
            bencher.iter(|| sum(&header, &section))
        });
    }
    group.finish();
}

/// Header and metadata of a file with `count` buckets of varying lengths.
fn sample(count: u64) -> (MassMapHeader, Metadata) {
    let mut offset = MassMapHeader::SIZE as u64;
    let buckets: Vec<_> = (0..count)
        .map(|bucket| {
            let count = 8 + (mix(bucket) % 16) as u32;
            let length = 3 + 19 * count;
            let bucket = MassMapBucketMeta {
                offset,
                length,
                count,
            };
            offset += u64::from(length);
            bucket
        })
        .collect();
    let meta = MassMapMeta {
        entry_count: buckets.iter().map(|bucket| u64::from(bucket.count)).sum(),
        bucket_count: count,
        occupied_bucket_count: count,
        occupied_bucket_range: 0..count,
        ..Default::default()
    };
    let metadata = Metadata { meta, buckets };
    let meta_length = encode(&metadata).len() as u64;
    let header = MassMapHeader {
        meta_offset: offset,
        meta_length,
    };
    (header, metadata)
}

fn encode(metadata: &Metadata) -> Vec<u8> {
    let mut section = Vec::new();
    encode_metadata_header(&metadata.meta, &mut section).expect("the fields are small");
    metadata
        .buckets
        .iter()
        .for_each(|bucket| bucket.encode(&mut section));
    section
}

/// Length of all buckets, so that visiting them has a result.
fn sum(header: &MassMapHeader, section: &[u8]) -> u64 {
    let mut sum = 0;
    MetadataDecoder::new(header, section)
        .and_then(|decoder| decoder.visit(|bucket| sum += u64::from(bucket.length)))
        .expect("the section is undamaged");
    sum
}
