//! Numbers of buckets derived from the length of the entries.

use massmap::{BytesReader, FormatVersion, MassMap, MassMapBuilder, MemoryWriter};
use support::variants::for_each_variant;

fn build(builder: MassMapBuilder, entries: &[(u64, String)]) -> MassMap<u64, String, BytesReader<Vec<u8>>> {
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter()).unwrap();
    MassMap::load(writer.into_reader()).unwrap()
}

#[test]
fn buckets_have_the_requested_length_on_average() {
    for count in [0, 1, 100, 20_000] {
        let entries: Vec<_> = (0..count).map(|i| (i, "v".repeat((i % 50) as usize))).collect();
        for bytes in [1, 500, 4096, u32::MAX] {
            let map = build(
                MassMapBuilder::default().with_target_bucket_bytes(bytes),
                &entries,
            );
            let length: u64 = map
                .inner()
                .bucket_metas()
                .iter()
                .map(|bucket| u64::from(bucket.length))
                .sum();
            let buckets = map.inner().bucket_metas().len() as u64;
            // Each bucket has a header of up to three bytes.
            assert!(
                length <= buckets * (u64::from(bytes) + 3),
                "{length} bytes in {buckets} buckets"
            );
            assert!(buckets == 1 || length >= (buckets - 1) * u64::from(bytes));
            for (key, value) in entries.iter().step_by(entries.len() / 10 + 1) {
                assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
            }
        }
    }
}

#[test]
fn the_file_equals_one_built_with_that_number_of_buckets_however_it_is_built() {
    let entries: Vec<_> = (0..8_000u64)
        .map(|i| (i, "v".repeat((i % 50) as usize)))
        .collect();
    let builder = MassMapBuilder::default().with_target_bucket_bytes(700);
    let buckets = build(builder.clone(), &entries).inner().bucket_metas().len() as u64;
    let expected = MemoryWriter::new();
    MassMapBuilder::default()
        .with_bucket_count(buckets)
        .build(&expected, entries.iter())
        .unwrap();
    let expected = expected.into_inner();
    for_each_variant(&builder, &entries, |variant, bytes| {
        assert!(bytes.unwrap() == expected, "{variant}");
    });
}

#[test]
fn the_last_setting_of_the_number_of_buckets_counts() {
    let entries: Vec<_> = (0..1000u64).map(|i| (i, String::new())).collect();
    let builder = MassMapBuilder::default()
        .with_target_bucket_bytes(10)
        .with_bucket_count(7);
    assert_eq!(build(builder, &entries).inner().bucket_metas().len(), 7);
    let builder = MassMapBuilder::default()
        .with_bucket_count(7)
        .with_target_bucket_bytes(100);
    assert!(build(builder, &entries).inner().bucket_metas().len() > 20);
}

#[test]
fn zero_bytes_are_refused_and_so_are_shards() {
    let refused = |builder: MassMapBuilder| {
        let error = builder
            .build(&MemoryWriter::new(), [(1u8, 1u8)].iter())
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        error.to_string()
    };
    assert!(refused(MassMapBuilder::default().with_target_bucket_bytes(0)).contains("0 bytes"));
    let shard = MassMapBuilder::default()
        .with_target_bucket_bytes(100)
        .with_shard(0, 2);
    assert!(refused(shard).contains("number of buckets"));
    // Format 2 has no buckets.
    let paged = MassMapBuilder::default()
        .with_format(FormatVersion::V2)
        .with_target_bucket_bytes(100);
    assert!(refused(paged).contains("format 2 has no size of buckets"));
}
