//! Key types.

use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::both::{Settings, assert_alike};

/// Builds maps from all `keys` but the last two, with few and with many buckets.
fn assert_keys_alike<K>(keys: Vec<K>)
where
    K: Serialize + DeserializeOwned + Clone + Hash + Eq + Debug,
{
    let (absent, present) = keys
        .split_last_chunk::<2>()
        .map(|(a, b)| (b, a))
        .expect("enough keys");
    let entries: Vec<(K, u32)> = present.iter().cloned().zip(0..).collect();
    for buckets in [1, 3, 64] {
        for field_names in [false, true] {
            let settings = Settings {
                field_names: Some(field_names),
                ..Settings::buckets(buckets)
            };
            assert_alike(&settings, &entries, absent);
        }
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let mut keys = vec![<$type>::MIN, <$type>::MAX];
                keys.extend((0..12).map(|i| <$type>::MIN / 100 + <$type>::MAX / 97 * i));
                keys.extend([1, 3, 5, 120, 77, 11]);
                assert_keys_alike(keys);
            }
        )*
    };
}

integers! {
    maps_keyed_by_u8_are_alike: u8,
    maps_keyed_by_u16_are_alike: u16,
    maps_keyed_by_u32_are_alike: u32,
    maps_keyed_by_u64_are_alike: u64,
    maps_keyed_by_usize_are_alike: usize,
    maps_keyed_by_u128_are_alike: u128,
    maps_keyed_by_i8_are_alike: i8,
    maps_keyed_by_i16_are_alike: i16,
    maps_keyed_by_i32_are_alike: i32,
    maps_keyed_by_i64_are_alike: i64,
    maps_keyed_by_i128_are_alike: i128,
}

#[test]
fn maps_keyed_by_strings_are_alike() {
    let long = "long ".repeat(60);
    let keys = [
        "", "a", "apple", "banana", "größe", "日本", &long, "cherry", "absent", "missing",
    ];
    assert_keys_alike(keys.map(str::to_owned).to_vec());
}

#[test]
fn maps_built_with_borrowed_keys_are_alike() {
    let entries = [("apple", 1u8), ("banana", 2), ("cherry", 3)];
    let settings = Settings::buckets(7);
    let ours = crate::both::build_ours::<crate::both::DefaultLoaders, _, _>(&settings, &entries);
    let theirs = crate::both::build_old::<crate::both::DefaultLoaders, _, _>(&settings, &entries);
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    assert_eq!(ours, theirs);
    let owned = entries.map(|(key, value)| (key.to_owned(), value));
    crate::both::assert_answers_alike::<crate::both::DefaultLoaders, String, u8>(
        &theirs.bytes,
        &ours.bytes,
        &owned,
        &["absent".to_owned()],
    );
}

#[test]
fn maps_keyed_by_booleans_and_characters_are_alike() {
    assert_keys_alike("abcdeföß漢🦀".chars().collect());
    let entries = [(true, 'x'), (false, 'y')];
    assert_alike(&Settings::buckets(5), &entries, &[]);
}

#[test]
fn maps_keyed_by_tuples_are_alike() {
    assert_keys_alike((0..12u16).map(|i| (i, format!("{i}"))).collect());
    assert_keys_alike((0..12i32).map(|i| (i, -i, [i % 3, 7])).collect());
}

#[test]
fn maps_keyed_by_byte_vectors_are_alike() {
    assert_keys_alike((0..20usize).map(|i| vec![i as u8; i * 3]).collect());
}

#[test]
fn maps_keyed_by_options_are_alike() {
    let mut keys = vec![None];
    keys.extend((0..9u32).map(|i| Some(i * i * 99)));
    assert_keys_alike(keys);
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    name: String,
    position: Position,
    floor: Option<i8>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Position {
    x: i32,
    y: i32,
}

#[test]
fn maps_keyed_by_structs_are_alike() {
    let place = |i: i32| Place {
        name: format!("place {i}"),
        position: Position { x: i, y: i * -1000 },
        floor: (i % 2 == 0).then_some(3),
    };
    assert_keys_alike((0..12).map(place).collect());
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Wrapped(u64);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
enum Id {
    Nobody,
    Anybody,
    Number(u64),
    Pair(u8, String),
    Named { first: String, last: String },
}

#[test]
fn maps_keyed_by_newtypes_and_enums_are_alike() {
    assert_keys_alike((0..12).map(|i| Wrapped(i << 30)).collect());
    let text = |i: u8| format!("text {i}");
    let mut keys = vec![Id::Nobody, Id::Anybody];
    for i in 0..4 {
        keys.push(Id::Number(i.into()));
        keys.push(Id::Pair(i, text(i)));
        keys.push(Id::Named {
            first: text(i),
            last: text(i + 1),
        });
    }
    assert_keys_alike(keys);
}
