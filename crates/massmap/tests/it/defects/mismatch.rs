//! Programs whose key type or hash function differs from that of the file: 0.1.5 answers that every key is missing.

use std::fmt::Debug;
use std::hash::Hash;
use std::io::{Error, ErrorKind};

use massmap::{BytesReader, MassMap, MassMapHashLoader, MassMapInner, ReadError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::cause;
use support::files::format_1::{Parts, build};

type Bytes = BytesReader<Vec<u8>>;

/// Negative, so that the wider type hashes differently.
fn negative() -> Vec<(i32, u8)> {
    (1..100).map(|i| (-i, 0)).collect()
}

fn strings() -> Vec<(String, u8)> {
    (0..100).map(|i| (format!("key {i}"), 0)).collect()
}

fn assert_mismatch(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(matches!(cause(error), ReadError::HashMismatch { .. }), "{error}");
}

/// Asserts that each way of looking up `key` fails as `check` expects, and fails again.
fn assert_lookups_fail<K, H>(map: &MassMap<K, u8, Bytes, H>, key: &K, check: impl Fn(&Error))
where
    K: DeserializeOwned + Hash + Eq + Debug,
    H: MassMapHashLoader,
{
    for _ in 0..2 {
        check(&map.get(key).expect_err("get answers"));
        check(&map.batch_get::<K>([key]).expect_err("batch_get answers"));
        check(&map.contains_key(key).expect_err("contains_key answers"));
    }
}

#[test]
fn keys_of_a_type_that_hashes_differently_are_refused_when_the_map_is_opened() {
    let error = MassMap::<i64, u8, _>::load(BytesReader::new(build(64, &negative())))
        .map(drop)
        .unwrap_err();
    assert_mismatch(&error);
    let ReadError::HashMismatch {
        key_type,
        file_key_type,
        hash_name,
        ..
    } = cause(&error)
    else {
        panic!("{error}")
    };
    assert_eq!(
        (*key_type, &file_key_type[..], &hash_name[..]),
        ("i64", "i32", "foldhash")
    );
}

#[test]
fn keys_of_a_type_that_hashes_differently_are_refused_by_the_first_lookup_after_a_cast() {
    // A new map for each way, so that each is the first lookup of its map.
    let cast = || {
        let inner = MassMapInner::<_>::load(BytesReader::new(build(64, &negative()))).unwrap();
        inner.cast::<i64, u8>()
    };
    assert_mismatch(&cast().get(&-1).unwrap_err());
    assert_mismatch(&cast().batch_get::<i64>([-1, -2]).unwrap_err());
    assert_mismatch(&cast().contains_key(&-1).unwrap_err());
    for key in [-1, -50, 7] {
        assert_lookups_fail(&cast(), &key, assert_mismatch);
    }
}

/// A number that hashes differently from the number itself.
#[derive(Serialize, Deserialize, Debug, PartialEq, Eq)]
struct Reversed(u64);

impl Hash for Reversed {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.swap_bytes().hash(state);
    }
}

#[test]
fn keys_with_their_own_hash_are_refused_in_maps_of_any_size() {
    for (buckets, count) in [(2, 30), (3, 3), (64, 2), (64, 1000), (5000, 100)] {
        let entries: Vec<(u64, u8)> = (1..=count).map(|i| (i * 77, 0)).collect();
        let file = build(buckets, &entries);
        let error = MassMap::<Reversed, u8, _>::load(BytesReader::new(file))
            .map(drop)
            .unwrap_err();
        assert_mismatch(&error);
    }
}

#[test]
fn a_file_that_names_a_wrong_seed_is_refused() {
    for seed in [1, 2, u64::MAX] {
        let mut parts = Parts::of(&build(16, &strings()));
        parts.meta.hash_config.parameters = serde_json::json!({ "seed": seed });
        let file = parts.to_file();
        let error = MassMap::<String, u8, _>::load(BytesReader::new(file.clone()))
            .map(drop)
            .unwrap_err();
        assert_mismatch(&error);
        let cast = MassMapInner::<_>::load(BytesReader::new(file))
            .unwrap()
            .cast::<String, u8>();
        assert_lookups_fail(&cast, &"key 1".to_owned(), assert_mismatch);
    }
}

/// Computes a function other than the one it names.
struct LyingLoader;

impl MassMapHashLoader for LyingLoader {
    type BuildHasher = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

    fn load(_config: &massmap::MassMapHashConfig) -> std::io::Result<Self::BuildHasher> {
        Ok(Self::BuildHasher::default())
    }
}

#[test]
fn a_loader_that_computes_another_function_is_refused() {
    let file = build(16, &strings());
    let open = MassMap::<String, u8, _, LyingLoader>::load(BytesReader::new(file.clone()));
    assert_mismatch(&open.map(drop).unwrap_err());
    let cast = MassMapInner::<_, LyingLoader>::load(BytesReader::new(file))
        .unwrap()
        .cast::<String, u8>();
    assert_lookups_fail(&cast, &"key 1".to_owned(), assert_mismatch);
}

/// Asserts that a map does not open with another key type, and that, if types are given later, no lookup answers.
fn assert_refused<K>(file: &[u8], keys: impl IntoIterator<Item = K>)
where
    K: DeserializeOwned + Hash + Eq + Debug,
{
    let reader = || BytesReader::new(file.to_vec());
    let check = |error: &Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(matches!(cause(error), ReadError::KeyType { .. }), "{error}");
    };
    check(&MassMap::<K, u8, _>::load(reader()).map(drop).unwrap_err());
    let cast = MassMapInner::<_>::load(reader())
        .expect("the file is intact")
        .cast::<K, u8>();
    for key in keys {
        assert_lookups_fail(&cast, &key, check);
    }
}

#[test]
fn a_map_of_strings_does_not_open_with_integers_and_never_misses_a_key() {
    for buckets in [1, 2, 16, 5000] {
        assert_refused::<u64>(&build(buckets, &strings()), 0..200);
    }
}

#[test]
fn a_map_of_integers_does_not_open_with_strings_and_never_misses_a_key() {
    let integers: Vec<(u64, u8)> = (0..100).map(|i| (i, 0)).collect();
    for buckets in [1, 2, 16, 5000] {
        assert_refused(&build(buckets, &integers), (0..200).map(|i| format!("key {i}")));
    }
}

#[test]
fn a_map_with_a_damaged_bucket_opens_and_lookups_in_it_report_the_damage() {
    let intact = Parts::of(&build(4, &strings()));
    for damaged in 0..4 {
        let mut parts = intact.clone();
        parts.damage_bucket(damaged);
        let file = parts.to_file();
        let loaded = MassMap::<String, u8, _>::load(BytesReader::new(file.clone())).unwrap();
        let cast = MassMapInner::<_>::load(BytesReader::new(file))
            .unwrap()
            .cast::<String, u8>();
        let absent = (0..100).map(|i| (format!("absent {i}"), 0));
        for (place, (key, _)) in strings().into_iter().chain(absent).enumerate() {
            for map in [&loaded, &cast] {
                if map.bucket_index(&key) == damaged {
                    assert_lookups_fail(map, &key, |error| {
                        assert!(
                            matches!(cause(error), ReadError::DamagedBucket { bucket, .. } if *bucket == damaged),
                            "{error}"
                        );
                    });
                } else {
                    assert_eq!(map.get(&key).unwrap(), (place < 100).then_some(0));
                    assert_eq!(map.contains_key(&key).unwrap(), place < 100);
                }
            }
        }
    }
}

#[test]
fn a_map_without_any_readable_bucket_opens_and_reports_it() {
    let mut parts = Parts::of(&build(4, &strings()));
    (0..4).for_each(|bucket| parts.damage_bucket(bucket));
    let map = MassMap::<String, u8, Bytes>::load(BytesReader::new(parts.to_file())).unwrap();
    assert_eq!(map.len(), 100);
    for (key, _) in strings() {
        assert_lookups_fail(&map, &key, |error| {
            assert!(matches!(cause(error), ReadError::DamagedBucket { .. }), "{error}");
        });
    }
    assert_eq!(map.iter().filter(|entry| entry.is_err()).count(), 4);
}

#[test]
fn entries_with_the_same_key_count_as_one_key_of_evidence() {
    // Many duplicates in the first bucket. Counted one by one they would be evidence enough, but they are one key.
    let mut entries: Vec<(String, u8)> = (0..2000).map(|i| (format!("word {i}"), 0)).collect();
    for buckets in [2, 16] {
        let probe = MassMap::<String, u8, _>::load(BytesReader::new(build(buckets, &entries))).unwrap();
        let in_first = entries
            .iter()
            .find(|(word, _)| probe.bucket_index(word) == 0)
            .unwrap()
            .clone();
        entries.extend(std::iter::repeat_n(in_first, 25));
        let file = build(buckets, &entries);
        for seed in 1..200u64 {
            // As if the program computed a different function under the same name.
            let mut parts = Parts::of(&file);
            parts.meta.hash_config.parameters = serde_json::json!({ "seed": seed });
            let error = MassMap::<String, u8, _>::load(BytesReader::new(parts.to_file()))
                .map(drop)
                .unwrap_err();
            assert_mismatch(&error);
        }
    }
}

#[test]
fn intact_buckets_after_damaged_ones_answer_and_are_read_once() {
    let entries: Vec<(u64, u8)> = (0..4000).map(|i| (i, 0)).collect();
    let mut parts = Parts::of(&build(100, &entries));
    (0..8).for_each(|bucket| parts.damage_bucket(bucket));
    let map = MassMap::<u64, u8, _>::load(BytesReader::new(parts.to_file())).unwrap();
    for key in 0..8000 {
        let answer = map.get(&key);
        if map.bucket_index(&key) < 8 {
            assert!(matches!(
                cause(&answer.unwrap_err()),
                ReadError::DamagedBucket { .. }
            ));
        } else {
            assert_eq!(answer.unwrap(), (key < 4000).then_some(0), "{key}");
            assert_eq!(map.batch_get([key]).unwrap(), [(key < 4000).then_some(0)]);
        }
    }
}
