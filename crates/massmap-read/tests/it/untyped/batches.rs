//! Batches of keys of one type, and values as records, against single lookups.

use std::fmt::Debug;
use std::hash::Hash;
use std::io;

use massmap_core::codec::RecordCodec;
use massmap_core::dynamic::{Key, KeyError, Value};
use massmap_format::{FormatVersion, IntegerType, Schema};
use massmap_hash::{MassMapDefaultHashLoader, Xxh3HashLoader};
use massmap_io::{BytesReader, MassMapReader};
use massmap_read::{BatchKey, ReadError, UntypedMap};
use proptest::collection::hash_set;
use proptest::prelude::*;
use serde::Serialize;

use super::{OnlyRead, build, files};

/// Checks that keys with numbers in any order are found, or not. Every other one is in the map.
fn check<'k, K, S>(stored: &[S], keys: &[K])
where
    K: BatchKey<'k> + Copy + Debug,
    S: Serialize + Hash + Eq + Clone,
{
    let entries: Vec<_> = stored.iter().cloned().zip(0u32..).step_by(2).collect();
    for file in files(&entries) {
        check_one(keys, &UntypedMap::load(BytesReader::new(file.clone())).unwrap());
        check_one(keys, &UntypedMap::load(OnlyRead::new(&file)).unwrap());
    }
}

fn check_one<'k, K, R>(keys: &[K], map: &UntypedMap<R>)
where
    K: BatchKey<'k> + Copy + Debug,
    R: MassMapReader,
{
    let codec = RecordCodec::new(&Schema::Integer(IntegerType::U32)).unwrap();
    // Some come twice, and numbers go down.
    let asked: Vec<(usize, K)> = keys.iter().chain(keys).copied().enumerate().collect();
    let mut answers = vec![None; asked.len()];
    map.batch_find(asked.iter().rev().copied(), |number, found| {
        assert!(answers[number].is_none(), "answered twice");
        answers[number] = Some(match found {
            Some(value) => {
                let mut record = [0; 4];
                value.write_record(&codec, &mut record)?;
                let number = u32::from_le_bytes(record);
                let encoded = value.with_messagepack(<[u8]>::to_vec)?;
                assert_eq!(rmp_serde::from_slice::<u32>(&encoded).unwrap(), number);
                value.write_record(&codec, &mut [0; 5]).unwrap_err();
                Some(number)
            }
            None => None,
        });
        Ok(())
    })
    .unwrap();
    for ((number, key), answer) in asked.into_iter().zip(answers) {
        let single = map.get_as::<u32>(key).unwrap();
        assert_eq!(answer, Some(single), "{number}: {key:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn integers_are_found_by_their_own_type(
        unsigned in hash_set(any::<u64>(), 1..200),
        signed in hash_set(any::<i32>(), 1..200),
    ) {
        let keys: Vec<_> = unsigned.into_iter().collect();
        check(&keys, &keys);
        let keys: Vec<_> = keys.iter().map(|key| key.cast_signed()).collect();
        check(&keys, &keys);
        let keys: Vec<_> = signed.into_iter().collect();
        check(&keys, &keys);
        let keys: Vec<_> = keys.iter().map(|key| key.cast_unsigned()).collect();
        check(&keys, &keys);
    }

    #[test]
    fn integers_are_found_by_another_type(keys in hash_set(any::<u8>(), 1..100)) {
        let keys: Vec<_> = keys.into_iter().collect();
        let wider: Vec<_> = keys.iter().map(|key| i64::from(*key)).collect();
        check(&keys, &wider);
        let stored: Vec<_> = keys.iter().map(|key| u64::from(*key)).collect();
        check(&stored, &wider);
        let stored: Vec<_> = keys.iter().map(|key| i128::from(*key)).collect();
        check(&stored, &wider);
    }

    #[test]
    fn strings_are_found(keys in hash_set(any::<String>(), 1..100)) {
        let stored: Vec<_> = keys.into_iter().collect();
        let keys: Vec<_> = stored.iter().map(String::as_str).collect();
        check(&stored, &keys);
    }
}

/// A map of format 2 in memory.
fn map_of<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> UntypedMap<BytesReader<Vec<u8>>> {
    let file = build::<Xxh3HashLoader, _, _>(FormatVersion::V2, entries);
    UntypedMap::load(BytesReader::new(file)).unwrap()
}

#[test]
fn records_of_values_are_the_same_whether_values_are_stored_as_such_or_not() {
    type Entry = (u16, f32, [u8; 3], (bool, i64));
    let values: Vec<Entry> = (0..50u8)
        .map(|n| {
            (
                n.into(),
                f32::from(n) / 3.0,
                [n; 3],
                (n % 2 == 0, i64::MIN + i64::from(n)),
            )
        })
        .collect();
    let fixed: Vec<_> = (0u64..).zip(values.clone()).collect();
    let variable: Vec<_> = fixed
        .iter()
        .map(|(key, value)| (key.to_string(), *value))
        .collect();
    let (fixed, variable) = (map_of(&fixed), map_of(&variable));
    let codec = RecordCodec::new(&fixed.inner().entry_types().unwrap().value).unwrap();
    assert_eq!(codec.width(), 2 + 4 + 3 + 9);
    let mut records = [vec![[0u8; 18]; 50], vec![[0u8; 18]; 50]];
    let [of_fixed, of_variable] = &mut records;
    fixed
        .batch_find((0..50).map(|n| (n, n as u64)), |number, found| {
            found.unwrap().write_record(&codec, &mut of_fixed[number])
        })
        .unwrap();
    let keys: Vec<_> = (0..50).map(|n: usize| n.to_string()).collect();
    let keys = keys.iter().map(String::as_str).enumerate();
    variable
        .batch_find(keys, |number, found| {
            found.unwrap().write_record(&codec, &mut of_variable[number])
        })
        .unwrap();
    assert_eq!(of_fixed, of_variable);
    for (record, value) in of_fixed.iter().zip(&values) {
        assert_eq!(codec.decode::<Entry>(record).unwrap(), *value);
    }
}

#[test]
fn a_value_that_is_none_of_the_records_is_an_error_with_its_place() {
    let codec = RecordCodec::new(&Schema::Integer(IntegerType::U32)).unwrap();
    for map in [map_of(&[("a", "text")]), map_of(&[("a", "other")])] {
        let error = map
            .batch_find([(0, "a")], |_, found| {
                found.unwrap().write_record(&codec, &mut [0; 4])
            })
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let cause = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert!(matches!(cause, Some(ReadError::Value { .. })), "{error}");
    }
    // Records of another width.
    let map = map_of(&[(1u64, 2u64)]);
    map.batch_find([(0, 1u64)], |_, found| {
        found.unwrap().write_record(&codec, &mut [0; 4])
    })
    .unwrap_err();
}

#[test]
fn the_first_key_of_another_type_ends_a_batch() {
    let map = map_of(&[(1u64, 1u8), (2, 2)]);
    let mut found = 0;
    let keys = [Key::from(1), Key::from("2"), Key::from(2)];
    let error = map
        .batch_find(keys.into_iter().enumerate(), |_, _| {
            found += 1;
            Ok(())
        })
        .unwrap_err();
    let cause = error.get_ref().unwrap().downcast_ref::<KeyError>();
    assert!(matches!(cause, Some(KeyError::WrongType { .. })), "{error}");
    assert!(found <= 1);
    let error = map.batch_find([(0, "1")], |_, _| Ok(())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn an_error_of_the_caller_ends_a_batch() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let entries: Vec<_> = (0..200u64).map(|key| (key, key)).collect();
        let file = build::<MassMapDefaultHashLoader, _, _>(format, &entries);
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        let mut calls = 0;
        let error = map
            .batch_find((0..200).map(|n| (n, n as u64)), |_, _| {
                calls += 1;
                match calls {
                    40 => Err(io::Error::other("enough")),
                    _ => Ok(()),
                }
            })
            .unwrap_err();
        assert_eq!((error.to_string().as_str(), calls), ("enough", 40));
    }
}

#[test]
fn a_map_without_keys_has_none_of_any_type() {
    let map = map_of::<u64, u64>(&[]);
    let mut numbers = Vec::new();
    map.batch_find([(7, "a"), (3, "b")], |number, found| {
        assert!(found.is_none());
        numbers.push(number);
        Ok(())
    })
    .unwrap();
    assert_eq!(numbers, [7, 3]);
    assert_eq!(map.batch_get([Value::from(1)]).unwrap(), [None]);
}
