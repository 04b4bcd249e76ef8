//! Lookups by a dynamic key, and by an encoded one, against lookups by the Rust type, for every type of keys that is known by name.

use std::fmt::Debug;
use std::hash::Hash;
use std::num::{NonZero, Wrapping};

use massmap_core::dynamic::{Key, Value};
use massmap_format::FormatVersion;
use massmap_hash::{KnownHashLoader, Xxh3HashLoader};
use massmap_io::{BytesReader, MassMapReader};
use massmap_read::{MassMap, UntypedMap};
use proptest::collection::{hash_set, vec};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{OnlyRead, build, files};

/// Checks that every key is found, or not, whatever way it is looked up. Every other one is in the map.
fn check<K>(keys: impl IntoIterator<Item = K>, value_of: impl Fn(&K) -> Value)
where
    K: Serialize + DeserializeOwned + Hash + Eq + Debug + Clone,
{
    let keys: Vec<K> = keys.into_iter().collect();
    let entries: Vec<_> = keys.iter().cloned().zip(0u32..).step_by(2).collect();
    let values: Vec<Value> = keys.iter().map(value_of).collect();
    for file in files(&entries) {
        let untyped = UntypedMap::load(BytesReader::new(file.clone())).unwrap();
        if !untyped.key_type().can_be_key() {
            // No stored key tells what an optional value, or an element of a sequence, would be.
            assert!(untyped.key_type().to_string().contains("none"));
            continue;
        }
        let typed = MassMap::<K, u32, _, KnownHashLoader>::load(BytesReader::new(file.clone())).unwrap();
        check_one(&keys, &values, &typed, &untyped);
        check_one(
            &keys,
            &values,
            &typed,
            &UntypedMap::load(OnlyRead::new(&file)).unwrap(),
        );
    }
}

fn check_one<K, R: MassMapReader>(
    keys: &[K],
    values: &[Value],
    typed: &MassMap<K, u32, BytesReader<Vec<u8>>, KnownHashLoader>,
    untyped: &UntypedMap<R>,
) where
    K: Serialize + DeserializeOwned + Hash + Eq + Debug,
{
    for (key, value) in keys.iter().zip(values) {
        let expected = typed.get(key).unwrap();
        assert_eq!(untyped.get_as::<u32>(value).unwrap(), expected, "{key:?}");
        assert_eq!(untyped.get(value).unwrap(), expected.map(Value::from));
        assert_eq!(untyped.contains_key(value).unwrap(), expected.is_some());
        let encoded = rmp_serde::to_vec(key).unwrap();
        assert_eq!(
            untyped.get_as::<u32>(Key::encoded(&encoded)).unwrap(),
            expected,
            "{key:?}"
        );
    }
    let expected = typed.batch_get(keys).unwrap();
    let expected: Vec<_> = expected.into_iter().map(|found| found.map(Value::from)).collect();
    assert_eq!(untyped.batch_get(values).unwrap(), expected);
    untyped.check_all_keys().unwrap();
    let report = untyped.verify();
    assert!(report.is_ok() && report.keys_checked, "{report:?}");
    let typed: Vec<(Value, Value)> = typed
        .iter()
        .map(|entry| {
            let (key, value) = entry.unwrap();
            let number = keys.iter().position(|other| *other == key).unwrap();
            (values[number].clone(), value.into())
        })
        .collect();
    let untyped: Vec<(Value, Value)> = untyped.iter().map(Result::unwrap).collect();
    assert_eq!(untyped.len(), typed.len());
    for ((key, value), (expected_key, expected_value)) in untyped.iter().zip(&typed) {
        assert_eq!(value, expected_value);
        // Bytes come out as bytes, whatever they were given as.
        assert!(
            key == expected_key || key.as_bytes().is_some(),
            "{key:?}, {expected_key:?}"
        );
    }
}

/// Strategies for sets of keys, each a test.
macro_rules! keys {
    ($($name:ident: $key:ty, $strategy:expr, $value_of:expr;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(16))]
            $(
                #[test]
                fn $name(keys in hash_set($strategy, 1..40)) {
                    check::<$key>(keys, $value_of);
                }
            )+
        }
    };
}

keys! {
    u8_keys: u8, any::<u8>(), |key| (*key).into();
    u16_keys: u16, any::<u16>(), |key| (*key).into();
    u32_keys: u32, any::<u32>(), |key| (*key).into();
    u64_keys: u64, any::<u64>(), |key| (*key).into();
    u128_keys: u128, any::<u128>(), |key| (*key).into();
    usize_keys: usize, any::<usize>(), |key| (*key).into();
    i8_keys: i8, any::<i8>(), |key| (*key).into();
    i16_keys: i16, any::<i16>(), |key| (*key).into();
    i32_keys: i32, any::<i32>(), |key| (*key).into();
    i64_keys: i64, any::<i64>(), |key| (*key).into();
    i128_keys: i128, any::<i128>(), |key| (*key).into();
    isize_keys: isize, any::<isize>(), |key| (*key).into();
    nonzero_keys: NonZero<u32>, (1..=u32::MAX).prop_map(|key| NonZero::new(key).unwrap()), |key| key.get().into();
    wrapping_keys: Wrapping<i64>, any::<i64>().prop_map(Wrapping), |key| key.0.into();
    boxed_keys: Box<u64>, any::<u64>().prop_map(Box::new), |key| (**key).into();
    bool_keys: bool, any::<bool>(), |key| (*key).into();
    char_keys: char, any::<char>(), |key| (*key).into();
    string_keys: String, any::<String>(), |key| key.as_str().into();
    boxed_string_keys: Box<str>, any::<String>().prop_map(Into::into), |key| (&**key).into();
    byte_sequence_keys: Vec<u8>, vec(any::<u8>(), 0..40), |key| Value::Bytes(key.clone());
    integer_sequence_keys: Vec<i32>, vec(any::<i32>(), 0..20), |key| key.clone().into();
    wide_sequence_keys: Vec<u128>, vec(any::<u128>(), 0..5), |key| key.clone().into();
    string_sequence_keys: Vec<String>, vec(any::<String>(), 0..5), |key| key.clone().into();
    boxed_sequence_keys: Vec<Box<u64>>, vec(any::<u64>().prop_map(Box::new), 0..5),
        |key| key.iter().map(|item| **item).collect::<Vec<_>>().into();
    nested_sequence_keys: Vec<[u16; 3]>, vec(any::<[u16; 3]>(), 0..5), |key| key.clone().into();
    array_keys: [i64; 4], any::<[i64; 4]>(), |key| (*key).into();
    digest_keys: [u8; 32], any::<[u8; 32]>(), |key| Value::Bytes(key.to_vec());
    pair_keys: (u32, String), any::<(u32, String)>(), |key| key.clone().into();
    tuple_keys: (bool, i8, char, Vec<u16>), any::<(bool, i8, char, Vec<u16>)>(), |key| key.clone().into();
    optional_keys: Option<u64>, any::<Option<u64>>(), |key| (*key).into();
    optional_pair_keys: (Option<String>, Option<(u8, i16)>), any::<(Option<String>, Option<(u8, i16)>)>(),
        |key| key.clone().into();
}

#[test]
fn strings_borrowed_while_building_are_looked_up_as_strings() {
    let entries = [("apple", 1u32), ("fig", 2)];
    for file in files(&entries) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        assert_eq!(map.get("fig").unwrap(), Some(2.into()));
        assert_eq!(map.get("fig".to_owned()).unwrap(), Some(2.into()));
        assert_eq!(map.get("date").unwrap(), None);
    }
}

#[test]
fn batches_of_more_keys_than_are_taken_at_once_keep_their_order() {
    let entries: Vec<(u64, u64)> = (0..20_000).map(|key| (key, key * 3)).collect();
    let file = build::<Xxh3HashLoader, _, _>(FormatVersion::V2, &entries);
    let map = UntypedMap::load(OnlyRead::new(&file)).unwrap();
    let keys = || (0..40_000u64).map(|number| number * 7919 % 40_000);
    let found = map.batch_get(keys()).unwrap();
    let expected = keys().map(|key| (key < 20_000).then(|| Value::from(key * 3)));
    assert!(found.into_iter().eq(expected));
}
