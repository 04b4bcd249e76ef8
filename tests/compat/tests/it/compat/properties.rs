//! The same for generated entries and settings.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::both::{DefaultLoaders, Settings, assert_alike, build_ours, merge_old, merge_ours};

fn settings() -> impl Strategy<Value = Settings> {
    let seed = prop_oneof![Just(None), any::<u64>().prop_map(Some)];
    let buckets = prop_oneof![1u64..5, 5u64..200];
    let buffer = prop_oneof![Just(None), (1usize..300).prop_map(Some)];
    (seed, buckets, buffer, any::<Option<bool>>()).prop_map(|(seed, buckets, buffer, field_names)| Settings {
        seed,
        buffer,
        field_names,
        ..Settings::buckets(buckets)
    })
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Record {
    id: u64,
    text: String,
    tags: Vec<Option<i16>>,
    choice: Choice,
    table: BTreeMap<u8, f64>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Choice {
    Unit,
    Newtype(i64),
    Tuple(bool, char),
    Struct { bytes: Vec<u8> },
}

fn record() -> impl Strategy<Value = Record> {
    let choice = prop_oneof![
        Just(Choice::Unit),
        any::<i64>().prop_map(Choice::Newtype),
        any::<(bool, char)>().prop_map(|(flag, letter)| Choice::Tuple(flag, letter)),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Choice::Struct { bytes }),
    ];
    let table = btree_map(any::<u8>(), -1e9..1e9, 0..3);
    (
        any::<u64>(),
        ".{0,12}",
        vec(any::<Option<i16>>(), 0..5),
        choice,
        table,
    )
        .prop_map(|(id, text, tags, choice, table)| Record {
            id,
            text,
            tags,
            choice,
            table,
        })
}

/// Removes the keys of `entries` from `keys`.
fn absent<K: PartialEq, V>(mut keys: Vec<K>, entries: &[(K, V)]) -> Vec<K> {
    keys.retain(|key| entries.iter().all(|(present, _)| present != key));
    keys
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn maps_of_generated_integers_are_alike(
        settings in settings(),
        entries in vec(any::<(u64, i64)>(), 0..80),
        others in vec(any::<u64>(), 0..8),
    ) {
        assert_alike(&settings, &entries, &absent(others, &entries));
    }

    #[test]
    fn maps_of_generated_integers_with_many_duplicates_are_alike(
        settings in settings(),
        entries in vec((-5i8..5, any::<u16>()), 0..80),
        others in vec(any::<i8>(), 0..8),
    ) {
        assert_alike(&settings, &entries, &absent(others, &entries));
    }

    #[test]
    fn maps_of_generated_strings_are_alike(
        settings in settings(),
        entries in vec((".{0,40}", ".{0,40}"), 0..40),
        others in vec(".{0,4}", 0..8),
    ) {
        assert_alike(&settings, &entries, &absent(others, &entries));
    }

    #[test]
    fn maps_of_generated_records_are_alike(
        settings in settings(),
        entries in vec(((any::<Option<u8>>(), "[a-c]{0,3}"), record()), 0..16),
        others in vec((any::<Option<u8>>(), "[a-c]{0,3}"), 0..8),
    ) {
        assert_alike(&settings, &entries, &absent(others, &entries));
    }

    #[test]
    fn generated_shards_merge_alike_in_any_order(
        entries in vec(any::<(u32, u8)>(), 0..60),
        buckets in 1u64..40,
        cuts in vec(0usize..40, 0..4),
        rotation in 0usize..5,
        buffer in 1usize..200,
    ) {
        let settings = Settings::buckets(buckets);
        let whole = build_ours::<DefaultLoaders, _, _>(&settings, &entries).unwrap().bytes;
        let map = massmap::MassMap::<u32, u8, _>::load(massmap::BytesReader::new(&whole)).unwrap();

        let mut bounds = [cuts, vec![0, 40]].concat();
        bounds.sort_unstable();
        let mut files: Vec<Vec<u8>> = bounds
            .windows(2)
            .map(|bounds| {
                let mut part = entries.clone();
                part.retain(|(key, _)| (bounds[0]..bounds[1]).contains(&map.bucket_index(key)));
                assert_alike(&settings, &part, &[])
            })
            .collect();
        let shift = rotation % files.len();
        files.rotate_left(shift);

        let ours = merge_ours::<u32, u8>(&files, buffer).unwrap();
        prop_assert_eq!(&ours, &merge_old::<u32, u8>(&files, buffer).unwrap());
        prop_assert_eq!(ours.bytes, whole);
    }
}
