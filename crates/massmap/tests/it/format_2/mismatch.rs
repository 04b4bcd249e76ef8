//! A key type or hash function that differs from that of the file is an error, and never a wrong miss.

use std::fmt::Debug;
use std::hash::Hash;
use std::io::Error;

use massmap::{BytesReader, MassMapHashLoader, MassMapInner, ReadError};
use serde::de::DeserializeOwned;
use support::cause;
use support::entries::strings;
use support::files::format_2::{paged, small_pages, small_pages_with};
use support::files::{Map, build};
use support::hash::{FalseIdentity, Identity};

fn assert_about_keys(error: &Error) {
    assert!(
        matches!(
            cause(error),
            ReadError::HashMismatch { .. }
                | ReadError::KeyType { .. }
                | ReadError::UndecodableKeys { .. }
                | ReadError::Unverified { .. }
                | ReadError::Key { .. }
        ),
        "{error}"
    );
}

/// Asserts that no lookup of `keys`, whose type is not that of the file, gives an answer, however the map is opened.
fn assert_no_answers<H, K>(file: &[u8], keys: impl Fn() -> Vec<K>)
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq + Debug,
{
    let inner = || {
        MassMapInner::<_, H>::load(BytesReader::new(file.to_vec()))
            .expect("opening without types does not detect it")
    };
    let loaded = Map::<K, u32, H>::load(BytesReader::new(file.to_vec()));
    if let Err(error) = &loaded {
        assert_about_keys(error);
    }
    for key in keys() {
        let map = inner().cast::<K, u32>();
        let answers = |map: &Map<K, u32, H>| {
            [
                map.get(&key).map(|_| ()),
                map.contains_key(&key).map(|_| ()),
                map.batch_get::<K>([&key]).map(|_| ()),
            ]
        };
        for answer in answers(&map).into_iter().chain(loaded.iter().flat_map(answers)) {
            assert_about_keys(&answer.expect_err("an answer"));
        }
    }
}

#[test]
fn a_loader_that_computes_another_function_is_refused_whatever_the_size_of_the_map() {
    for count in [0, 1, 100] {
        let entries: Vec<(u64, u32)> = (0..count).map(|i| (i, 7)).collect();
        let file = build(small_pages_with::<Identity>(), &entries);
        let open = Map::<u64, u32, FalseIdentity>::load(BytesReader::new(file.clone()));
        // Without types nothing is hashed; the first lookup detects it.
        let untyped = MassMapInner::<_, FalseIdentity>::load(BytesReader::new(file)).unwrap();
        let looked_up = untyped.cast::<u64, u32>().get(&0);
        for error in [open.map(drop).unwrap_err(), looked_up.unwrap_err()] {
            assert!(
                matches!(cause(&error), ReadError::HashFunction { name } if name == "identity"),
                "{error}"
            );
        }
    }
}

#[test]
fn strings_looked_up_as_integers_and_integers_as_strings_are_never_missing() {
    for count in [1, 5, 200] {
        for filter in [false, true] {
            let builder = || small_pages_with::<Identity>().with_miss_filter(filter);
            let file = build(builder(), &strings(0..count));
            assert_no_answers::<Identity, u64>(&file, || (0..20).collect());
            let integers: Vec<(u64, u32)> = (0..u64::from(count)).map(|i| (i, 1)).collect();
            let file = build(builder(), &integers);
            assert_no_answers::<Identity, String>(&file, || (0..20).map(|i| format!("key {i}")).collect());
        }
    }
}

#[test]
fn integers_of_another_width_are_never_missing_in_maps_of_many_pages() {
    let entries: Vec<(i32, u32)> = (1..1000).map(|i| (-i, 0)).collect();
    for filter in [false, true] {
        let file = build(small_pages().with_miss_filter(filter), &entries);
        assert_no_answers::<massmap::MassMapDefaultHashLoader, i64>(&file, || {
            (1..30).map(|i: i64| -i).collect()
        });
    }
}

#[test]
fn integers_of_another_width_are_never_missing_in_maps_of_a_single_page() {
    // Few enough for one page, and enough for the slots to show it.
    for count in [4, 20, 200] {
        let entries: Vec<(i32, u32)> = (1..=count).map(|i| (-i, 0)).collect();
        for filter in [false, true] {
            let file = build(paged().with_miss_filter(filter), &entries);
            assert_no_answers::<massmap::MassMapDefaultHashLoader, i64>(&file, || {
                (1..10).map(|i: i64| -i).collect()
            });
        }
    }
}

#[test]
fn integers_of_a_type_that_hashes_the_same_for_most_keys_are_refused() {
    // The first page has no negative key; a lookup of one would miss it.
    let entries: Vec<(i32, u32)> = (-3..20_000).map(|key| (key, 7)).collect();
    let file = build(paged(), &entries);
    let error = Map::<i64, u32>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
    assert!(
        matches!(cause(&error), ReadError::KeyType { key_type: "i64", .. }),
        "{error}"
    );
}
