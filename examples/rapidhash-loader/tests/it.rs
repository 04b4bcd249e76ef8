//! Builds and opens maps with this hash function through the facade.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::io;

use massmap::{
    BytesReader, HashError, KnownHashLoader, MassMap, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapHashLoader, MassMapMerger, MemoryWriter,
};
use massmap_rapidhash::RapidHashLoader;

const BUCKETS: u64 = 64;

fn build(seed: u64, entries: impl Iterator<Item = (String, u64)>) -> BytesReader<Vec<u8>> {
    let writer = MemoryWriter::new();
    MassMapBuilder::<RapidHashLoader>::default()
        .with_bucket_count(BUCKETS)
        .with_hash_seed(seed)
        .build(&writer, entries)
        .unwrap();
    writer.into_reader()
}

fn entries() -> impl Iterator<Item = (String, u64)> {
    (0..500).map(|n| (format!("key {n}"), n))
}

#[test]
fn every_key_is_found_with_every_seed() {
    for seed in [0, 42, u64::MAX] {
        let map = MassMap::<String, u64, _, RapidHashLoader>::load(build(seed, entries())).unwrap();
        assert_eq!(map.meta().hash_config.name, RapidHashLoader::NAME);
        assert_eq!(map.meta().hash_config.parameters["seed"], seed);
        for (key, value) in entries() {
            assert_eq!(map.get(&key).unwrap(), Some(value));
        }
        assert_eq!(map.get("no such key").unwrap(), None);
    }
}

#[test]
fn keys_spread_over_all_buckets() {
    let map = MassMap::<String, u64, _, RapidHashLoader>::load(build(0, entries())).unwrap();
    assert_eq!(map.meta().occupied_bucket_count, BUCKETS);
    // 500 keys in 64 buckets, 8 on average: none has four times as many.
    assert!(map.bucket_metas().iter().all(|bucket| bucket.count < 30));
}

#[test]
fn maps_built_in_parts_are_merged() {
    let whole = MassMap::<String, u64, _, RapidHashLoader>::load(build(0, entries())).unwrap();
    let part = |low: bool| {
        let in_part = |key: &String| (whole.bucket_index(key) < 32) == low;
        let reader = build(0, entries().filter(|(key, _)| in_part(key)));
        MassMap::<String, u64, _, RapidHashLoader>::load(reader).unwrap()
    };
    let writer = MemoryWriter::new();
    MassMapMerger::default()
        .merge(&writer, vec![part(false), part(true)])
        .unwrap();
    let merged = writer.into_inner();
    assert_eq!(merged, whole.reader().clone().into_inner());
}

#[test]
fn other_loaders_refuse_the_file_and_name_its_function() {
    fn check<H: MassMapHashLoader>(knows: &str) {
        let error = MassMap::<String, u64, _, H>::load(build(0, entries())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let cause = error.get_ref().unwrap().downcast_ref::<HashError>();
        assert!(matches!(cause, Some(HashError::UnknownHash { name, .. }) if name == RapidHashLoader::NAME));
        let message = error.to_string();
        assert!(
            message.contains("rapidhash-v3") && message.contains(knows),
            "{message}"
        );
    }
    check::<MassMapDefaultHashLoader>("foldhash");
    check::<KnownHashLoader>("xxh3");
}

#[test]
fn this_loader_refuses_files_of_other_functions_and_names_them() {
    let writer = MemoryWriter::new();
    MassMapBuilder::default().build(&writer, entries()).unwrap();
    let error = MassMap::<String, u64, _, RapidHashLoader>::load(writer.into_reader()).unwrap_err();
    assert!(error.to_string().contains("foldhash"), "{error}");
}
