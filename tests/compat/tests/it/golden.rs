//! Committed files that massmap 0.1.5 wrote.
//!
//! `MASSMAP_WRITE_GOLDEN=1 cargo test --manifest-path tests/compat/Cargo.toml --test it golden` makes 0.1.5 write missing
//! ones. It never overwrites a file: to replace one, delete it first.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::files::golden;

use crate::both::{
    DefaultLoaders, Settings, assert_answers_alike, build_old, build_ours, merge_old, merge_ours,
};

fn assert_golden<K, V>(name: &str, settings: &Settings, entries: &[(K, V)], absent: &[K])
where
    K: Serialize + DeserializeOwned + Clone + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let bytes = golden(name, || {
        build_old::<DefaultLoaders, K, V>(settings, entries)
            .unwrap()
            .bytes
    });
    let ours = build_ours::<DefaultLoaders, K, V>(settings, entries).unwrap();
    assert!(
        ours.bytes == bytes,
        "the builder writes other bytes than the golden file has"
    );
    assert_answers_alike::<DefaultLoaders, K, V>(&bytes, &bytes, entries, absent);
}

fn strings(range: std::ops::Range<u32>) -> Vec<(String, u32)> {
    range.map(|i| (format!("key {i}"), i * 1000)).collect()
}

fn seeded() -> Settings {
    Settings {
        seed: Some(42),
        ..Settings::buckets(8)
    }
}

#[test]
fn a_golden_map_of_strings_is_built_and_read() {
    assert_golden("strings", &seeded(), &strings(0..12), &["absent".to_owned()]);
}

#[test]
fn a_golden_map_of_integers_is_built_and_read() {
    let entries: Vec<(u64, i64)> = (0..20).map(|i| (1 << (3 * i), -(1 << (2 * i)))).collect();
    assert_golden("integers", &Settings::buckets(16), &entries, &[0, 3]);
}

#[test]
fn a_golden_map_without_entries_is_built_and_read() {
    assert_golden::<String, u32>("empty", &Settings::buckets(3), &[], &["absent".to_owned()]);
}

#[test]
fn a_golden_map_of_one_bucket_with_duplicates_is_built_and_read() {
    let entries: Vec<(u8, char)> = (0..18).map(|i| (i % 7, char::from(b'a' + i))).collect();
    assert_golden("single-bucket", &Settings::buckets(1), &entries, &[7]);
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    group: u16,
    name: Option<String>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Record {
    weight: f64,
    state: State,
    counts: BTreeMap<String, u32>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum State {
    Unknown,
    Code(u8),
    Pair(i16, bool),
    Detail { text: String },
}

fn records() -> Vec<(Key, Record)> {
    let states = [
        State::Unknown,
        State::Code(200),
        State::Pair(-300, true),
        State::Detail {
            text: "ß".to_owned()
        },
    ];
    (0..5u16)
        .zip(states.into_iter().cycle())
        .map(|(i, state)| {
            let key = Key {
                group: i * 100,
                name: (i % 2 == 0).then(|| format!("name {i}")),
            };
            let counts = (0..u32::from(i % 3)).map(|n| (format!("c{n}"), n)).collect();
            let weight = f64::from(i) / 3.0;
            (
                key,
                Record {
                    weight,
                    state,
                    counts,
                },
            )
        })
        .collect()
}

#[test]
fn golden_maps_of_structs_with_and_without_field_names_are_built_and_read() {
    let absent = [Key { group: 1, name: None }];
    assert_golden("structs", &Settings::buckets(4), &records(), &absent);
    let named = Settings {
        field_names: Some(true),
        ..Settings::buckets(4)
    };
    assert_golden("structs-with-field-names", &named, &records(), &absent);
}

#[test]
fn a_golden_merged_map_is_merged_and_read() {
    let whole = build_old::<DefaultLoaders, _, _>(&seeded(), &strings(0..12))
        .unwrap()
        .bytes;
    let map = massmap::MassMap::<String, u32, _>::load(massmap::BytesReader::new(whole)).unwrap();
    let shard = |buckets: std::ops::Range<usize>| {
        let mut part = strings(0..12);
        part.retain(|(key, _)| buckets.contains(&map.bucket_index(key)));
        (
            build_old::<DefaultLoaders, _, _>(&seeded(), &part).unwrap().bytes,
            part,
        )
    };
    // The two buckets in between have no shard.
    let ((high, high_entries), (low, low_entries)) = (shard(5..8), shard(0..3));
    let files = [high, low];
    let bytes = golden("merged", || merge_old::<String, u32>(&files, 64).unwrap().bytes);
    assert!(merge_ours::<String, u32>(&files, 64).unwrap().bytes == bytes);
    let entries = [low_entries, high_entries].concat();
    let absent = ["absent".to_owned()];
    assert_answers_alike::<DefaultLoaders, String, u32>(&bytes, &bytes, &entries, &absent);
}
