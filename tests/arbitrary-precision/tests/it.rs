//! With the feature `arbitrary_precision`, serde_json stores numbers as text, and serializes them as structures that no other
//! build can read. The files that massmap writes must not depend on it.

use std::io::ErrorKind;

use massmap::{
    BytesReader, MassMap, MassMapBuilder, MassMapHashConfig, MassMapInner, MassMapMerger, MemoryWriter,
};
use serde_json::{Value, json};

/// The file that massmap 0.1.5 built from [`entries`] with [`builder`], without the feature.
const GOLDEN: &[u8] = include_bytes!("../../../crates/massmap/tests/golden/strings.massmap");

fn entries() -> Vec<(String, u32)> {
    (0..12).map(|i| (format!("key {i}"), i * 1000)).collect()
}

fn builder() -> MassMapBuilder {
    MassMapBuilder::default().with_hash_seed(42).with_bucket_count(8)
}

fn build(builder: MassMapBuilder, entries: &[(String, u32)]) -> std::io::Result<Vec<u8>> {
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter())?;
    Ok(writer.into_inner())
}

fn open(bytes: impl Into<Vec<u8>>) -> MassMap<String, u32, BytesReader<Vec<u8>>> {
    MassMap::load(BytesReader::new(bytes.into())).unwrap()
}

fn parameters(parameters: Value) -> MassMapHashConfig {
    MassMapHashConfig {
        name: "foldhash".to_owned(),
        parameters,
    }
}

#[test]
fn the_feature_is_on() {
    let large = "123456789012345678901234567890";
    assert_eq!(serde_json::from_str::<Value>(large).unwrap().to_string(), large);
}

#[test]
fn a_map_with_a_seed_has_the_same_bytes_as_without_the_feature() {
    assert!(
        build(builder(), &entries()).unwrap() == GOLDEN,
        "the files differ"
    );
}

#[test]
fn a_file_built_without_the_feature_can_be_read() {
    let map = open(GOLDEN);
    for (key, value) in entries() {
        assert_eq!(map.get(&key).unwrap(), Some(value));
    }
    assert_eq!(map.get("absent").unwrap(), None);
    assert_eq!(map.iter().count(), 12);
    assert_eq!(map.meta().hash_config, parameters(json!({ "seed": 42 })));
    let inner = MassMapInner::<_>::load(BytesReader::new(GOLDEN)).unwrap();
    assert_eq!(inner.cast::<String, u32>().get("key 3").unwrap(), Some(3000));
}

#[test]
fn shards_can_be_merged_whether_they_were_built_or_read() {
    let whole = open(GOLDEN);
    let shards = [4..8, 0..4].map(|buckets| {
        let mut part = entries();
        part.retain(|(key, _)| buckets.contains(&whole.bucket_index(key)));
        open(build(builder(), &part).unwrap())
    });
    let writer = MemoryWriter::new();
    MassMapMerger::default().merge(&writer, shards.into()).unwrap();
    assert!(writer.into_inner() == GOLDEN, "the files differ");

    // One hash configuration comes from a file and the other from the program. They are equal.
    let empty = open(build(builder(), &[]).unwrap());
    let writer = MemoryWriter::new();
    MassMapMerger::default()
        .merge(&writer, vec![empty, whole])
        .unwrap();
    assert!(writer.into_inner() == GOLDEN, "the files differ");
}

#[test]
fn numbers_of_every_kind_come_back() {
    for seed in [0, 1, 127, 128, 65536, 1 << 40, u64::MAX] {
        let config =
            parameters(json!({ "seed": seed, "min": i64::MIN, "minus": -1, "half": 0.5, "list": [1, [2]] }));
        let map = open(build(builder().with_hash_config(config.clone()), &entries()).unwrap());
        assert_eq!(map.meta().hash_config, config);
        assert_eq!(map.get("key 3").unwrap(), Some(3000));
    }
}

#[test]
fn parameters_that_do_not_fit_64_bits_are_an_error_when_the_map_is_written() {
    for number in [
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
    ] {
        let number: Value = serde_json::from_str(number).unwrap();
        for value in [
            json!({ "seed": 1, "more": number }),
            json!({ "seed": 1, "more": [{ "deep": number }] }),
        ] {
            let writer = MemoryWriter::from(b"old".to_vec());
            let error = builder()
                .with_hash_config(parameters(value))
                .build(&writer, entries().iter())
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert_eq!(writer.into_inner(), b"old", "nothing is written");
        }
    }
}

#[test]
fn a_seed_that_does_not_fit_64_bits_is_an_error() {
    let seed: Value = serde_json::from_str("18446744073709551616").unwrap();
    let config = parameters(json!({ "seed": seed }));
    let error = build(builder().with_hash_config(config), &entries()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}
