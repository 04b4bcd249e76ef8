//! Entries that cannot be decoded as the requested types, among others that can.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::io::{self, Write};

use massmap_format::FormatVersion;
use massmap_io::{BytesReader, MassMapReader};
use massmap_read::{MassMap, MassMapInner, Place, ReadError};
use rayon::iter::ParallelIterator;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::files::{FORMATS, file_with};
use support::{cause, chain};

/// Iterates over a map in every way and checks which entries are decoded.
fn assert_walks<K, V, R>(map: &MassMap<K, V, R>, keys: &[K], values: &[V], entries: &[(K, V)], len: usize)
where
    K: DeserializeOwned + Hash + Eq + Ord + Clone + Debug + Send,
    V: DeserializeOwned + Clone + Ord + Debug + Send,
    R: MassMapReader + Sync,
{
    fn assert_items<T: Ord + Clone + Debug>(items: Vec<io::Result<T>>, expected: &[T], len: usize) {
        assert_eq!(items.len(), len, "an item for each entry");
        let (decoded, failed): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
        let mut decoded: Vec<T> = decoded.into_iter().map(Result::unwrap).collect();
        decoded.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(decoded, expected);
        for error in failed {
            let error = error.map(drop).unwrap_err();
            assert!(
                matches!(cause(&error), ReadError::Key { .. } | ReadError::Value { .. }),
                "{error}"
            );
        }
    }
    assert_items(map.iter().collect(), entries, len);
    assert_items(map.keys().collect(), keys, len);
    assert_items(map.values().collect(), values, len);
    assert_items(map.par_iter().collect(), entries, len);
    // Also in the same order.
    let of_one_thread = map.iter().map(Result::ok).collect::<Vec<_>>();
    assert_eq!(map.par_iter().map(Result::ok).collect::<Vec<_>>(), of_one_thread);
    // The size hint is right in every state.
    let mut iter = map.iter();
    for left in (0..=len).rev() {
        let (lower, upper) = iter.size_hint();
        assert!(
            lower <= left && left <= upper.unwrap(),
            "{lower} {left} {upper:?}"
        );
        assert_eq!(iter.next().is_some(), left > 0);
    }
}

/// The keys of a newer program.
#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
enum Newer {
    Number(u32),
    Text(String),
    Point { x: i8, y: i8 },
}

/// The keys that an older program knows.
#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, PartialOrd, Ord, Debug, Clone)]
enum Older {
    Number(u32),
    Text(String),
}

impl Newer {
    fn known(&self) -> Option<Older> {
        match self {
            Self::Number(number) => Some(Older::Number(*number)),
            Self::Text(text) => Some(Older::Text(text.clone())),
            Self::Point { .. } => None,
        }
    }
}

#[test]
fn a_key_that_cannot_be_decoded_hides_no_other_entry() {
    let keys = (0..300u32).map(|i| match i % 30 {
        7 => Newer::Point { x: i as i8, y: 2 },
        rest if rest % 2 == 0 => Newer::Number(i),
        _ => Newer::Text(format!("text {i}")),
    });
    let all: Vec<(Newer, u64)> = keys.zip(0..).collect();
    let known: Vec<(Older, u64)> = all
        .iter()
        .filter_map(|(key, value)| Some((key.known()?, *value)))
        .collect();
    let (keys, values): (Vec<_>, Vec<_>) = known.iter().cloned().unzip();
    let all_values: Vec<u64> = (0..300).collect();
    assert!(values.len() < all.len());
    for format in FORMATS {
        let file = file_with(format, 7, &all);
        let map = MassMap::<Older, u64, _>::load(BytesReader::new(&file[..])).unwrap();
        assert_walks(&map, &keys, &all_values, &known, all.len());
        let mut on_disk = tempfile::tempfile().unwrap();
        on_disk.write_all(&file).unwrap();
        let map = MassMap::<Older, u64, _>::load(on_disk).unwrap();
        assert_walks(&map, &keys, &all_values, &known, all.len());
        for (key, value) in &known {
            // In a bucket, the search compares all keys before it.
            match map.get(key) {
                Ok(found) => assert_eq!(found, Some(*value)),
                Err(error) => {
                    assert!(matches!(cause(&error), ReadError::Key { .. }), "{error}");
                    assert_eq!(format, FormatVersion::V1);
                }
            }
        }
    }
}

#[test]
fn a_value_that_cannot_be_decoded_hides_no_other_entry() {
    // Half of the values are negative and cannot be decoded as `u64`.
    let all: Vec<(u16, i64)> = (0..500).map(|i| (i, i64::from(i) * 3 - 750)).collect();
    let known: Vec<(u16, u64)> = all
        .iter()
        .filter_map(|(key, value)| Some((*key, u64::try_from(*value).ok()?)))
        .collect();
    let (_, values): (Vec<_>, Vec<_>) = known.iter().copied().unzip();
    let keys: Vec<u16> = (0..500).collect();
    for format in FORMATS {
        let file = file_with(format, 7, &all);
        let map = MassMap::<u16, u64, _>::load(BytesReader::new(&file[..])).unwrap();
        assert_walks(&map, &keys, &values, &known, all.len());
    }
}

#[test]
fn undecodable_entries_are_one_error_each() {
    let all: Vec<(u32, BTreeMap<u8, bool>)> = (0..100).map(|i| (i, BTreeMap::new())).collect();
    for format in FORMATS {
        let file = file_with(format, 7, &all);
        // Types are compared with what a file of format 2 says when a map is loaded.
        let map = MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
        let map = map.cast::<u32, ()>();
        let keys: Vec<u32> = (0..100).collect();
        assert_walks(&map, &keys, &[], &[], all.len());
    }
}

#[test]
fn errors_name_the_place_both_types_and_the_cause_in_one_message() {
    for (format, place, word) in [
        (FormatVersion::V1, Place::Bucket(0), "bucket 0"),
        (FormatVersion::V2, Place::Page(0), "page 0"),
    ] {
        let bytes = file_with(format, 1, &[(5u64, "five")]);
        let inner = || MassMapInner::<_>::load(BytesReader::new(&bytes[..])).unwrap();

        let map = inner().cast::<u64, i8>();
        let errors = [
            map.get(&5).unwrap_err(),
            map.get_ref::<u64, i8>(&5).unwrap_err(),
            map.batch_get([5u64]).unwrap_err(),
            map.iter().next().unwrap().unwrap_err(),
            map.values().next().unwrap().unwrap_err(),
            map.get_bucket(0).unwrap_err(),
        ];
        for error in errors {
            let ReadError::Value { place: found, .. } = cause(&error) else {
                panic!("{error}")
            };
            assert_eq!(*found, place);
            assert_eq!(
                error.to_string(),
                format!(
                    "a value in {word} cannot be decoded as i8 (the file says \"&str\"): wrong msgpack marker FixStr(4)"
                )
            );
            assert_eq!(chain(&error), error.to_string(), "the cause is told once");
        }

        let map = inner().cast::<bool, String>();
        for error in [
            map.iter().next().unwrap().unwrap_err(),
            map.keys().next().unwrap().unwrap_err(),
            map.get_bucket(0).unwrap_err(),
        ] {
            assert_eq!(
                error.to_string(),
                format!(
                    "a key in {word} cannot be decoded as bool (the file says \"u64\"): invalid type: integer `5`, expected a boolean"
                )
            );
            assert_eq!(chain(&error), error.to_string(), "the cause is told once");
        }

        let beyond = map.get_bucket(1).unwrap_err();
        assert_eq!(beyond.kind(), io::ErrorKind::InvalidInput);
        let word = word.trim_end_matches('0');
        assert_eq!(
            beyond.to_string(),
            format!("{word}1 was requested, but the map has 1")
        );
    }
}
