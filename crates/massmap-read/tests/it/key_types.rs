//! Files whose key type differs from the requested one are refused when opened.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap_format::FormatVersion;
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader, Xxh3HashLoader};
use massmap_io::BytesReader;
use massmap_read::{MassMap, MassMapInner, Place, ReadError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::cause;
use support::files::{FORMATS, file_with, hashed_file};
use support::readers::HookedReader;

type Default = MassMapDefaultHashLoader;

/// Errors of opening `file` with the key type `K`, and of lookups after giving the type later.
fn errors_with<K, H>(file: &[u8], key: &K) -> Vec<Error>
where
    K: DeserializeOwned + Hash + Eq + Debug,
    H: MassMapHashLoader,
{
    let load = MassMap::<K, u32, _, H>::load(BytesReader::new(file));
    let load_checked = MassMap::<K, u32, _, H>::load_checked(BytesReader::new(file));
    let inner = MassMapInner::<_, H>::load(BytesReader::new(file)).unwrap();
    let checked = inner.check_key_type::<K>();
    let map = inner.cast::<K, u32>();
    let errors = vec![
        load.map(drop).expect_err("load opens it"),
        load_checked.map(drop).expect_err("load_checked opens it"),
        checked.map(drop).expect_err("check_key_type accepts it"),
        map.get(key).map(drop).expect_err("get answers"),
        map.contains_key(key).map(drop).expect_err("contains_key answers"),
        map.batch_get::<K>([key])
            .map(drop)
            .expect_err("batch_get answers"),
    ];
    for error in &errors {
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
    errors
}

fn assert_refused_by_name<K, H>(file: &[u8], key: &K, names: (&str, &str))
where
    K: DeserializeOwned + Hash + Eq + Debug,
    H: MassMapHashLoader,
{
    for error in errors_with::<K, H>(file, key) {
        let ReadError::KeyType {
            key_type,
            file_key_type,
        } = cause(&error)
        else {
            panic!("{error}")
        };
        assert_eq!((*key_type, file_key_type.as_str()), names);
        assert_eq!(
            error.to_string(),
            format!(
                "the keys of the file are {} and cannot be looked up as {}",
                names.1, names.0
            )
        );
    }
}

#[test]
fn integers_cannot_be_looked_up_as_strings_nor_strings_as_integers() {
    const TEXT: &str = "alloc::string::String";
    for format in FORMATS {
        for (count, buckets) in [(1, 64), (5, 1), (200, 2), (200, 5000)] {
            let integers: Vec<(u64, u32)> = (0..count).map(|i| (i, 0)).collect();
            let file = file_with(format, buckets, &integers);
            assert_refused_by_name::<String, Default>(&file, &"1".to_owned(), (TEXT, "u64"));
            assert_refused_by_name::<Cow<'static, str>, Default>(
                &file,
                &Cow::Borrowed("1"),
                (std::any::type_name::<Cow<'static, str>>(), "u64"),
            );

            let strings: Vec<(String, u32)> = (0..count).map(|i| (i.to_string(), 0)).collect();
            let file = file_with(format, buckets, &strings);
            assert_refused_by_name::<u64, Default>(&file, &1, ("u64", TEXT));
            assert_refused_by_name::<i8, Default>(&file, &1, ("i8", TEXT));
            let borrowed: Vec<(&str, u32)> = strings.iter().map(|(key, _)| (key.as_str(), 0)).collect();
            let file = file_with(format, buckets, &borrowed);
            assert_refused_by_name::<u128, Default>(&file, &1, ("u128", "&str"));
            let map = MassMap::<String, u32, _>::load(BytesReader::new(&file[..])).unwrap();
            assert_eq!(map.get("0").unwrap(), Some(0));
        }
    }
}

#[test]
fn an_empty_map_of_format_1_answers_lookups_of_any_type_like_massmap_0_1_5() {
    let file = file_with::<u64, u32>(FormatVersion::V1, 16, &[]);
    let map = MassMap::<String, u32, _>::load(BytesReader::new(&file[..])).unwrap();
    assert_eq!(map.get("1").unwrap(), None);
    let file = file_with::<u64, u32>(FormatVersion::V2, 16, &[]);
    // With names of types, one of format 2 would not.
    assert_refused_by_name::<String, Default>(&file, &"1".to_owned(), ("alloc::string::String", "u64"));
}

#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
struct Id(u64);

#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
struct Word(String);

#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
struct Point {
    x: i32,
    y: i32,
}

/// Asserts that keys whose type name says nothing are refused because none of them can be decoded.
fn assert_refused_as_undecodable<S, K>(stored: &[(S, u32)], key: &K)
where
    S: Serialize + Hash + Eq,
    K: DeserializeOwned + Hash + Eq + Debug,
{
    for format in FORMATS {
        for buckets in [2, 16, 5000] {
            let file = file_with(format, buckets, stored);
            let opened = MassMap::<K, u32, _>::load(BytesReader::new(&file[..]));
            let error = opened.map(drop).expect_err("it opens");
            if format == FormatVersion::V2 {
                // The file says what its keys are.
                let ReadError::TypeDiffers {
                    part: "key",
                    type_name,
                    ..
                } = cause(&error)
                else {
                    panic!("{error}")
                };
                assert_eq!(*type_name, std::any::type_name::<K>());
                continue;
            }
            let ReadError::UndecodableKeys {
                key_type,
                file_key_type,
                examined,
                place,
                ..
            } = cause(&error)
            else {
                panic!("{error}")
            };
            assert_eq!(*key_type, std::any::type_name::<K>());
            assert_eq!(file_key_type, std::any::type_name::<S>());
            assert!((1..=stored.len() as u64).contains(examined));
            assert!(matches!(place, Place::Bucket(_)), "{place}");
            let message = error.to_string();
            for part in [*key_type, file_key_type, &place.to_string()] {
                assert!(message.contains(part), "{message}");
            }
            for error in errors_with::<K, Default>(&file, key) {
                assert!(
                    matches!(
                        cause(&error),
                        ReadError::UndecodableKeys { .. } | ReadError::Key { .. }
                    ),
                    "{error}"
                );
            }
        }
        // Every hash leads to the only bucket, and a lookup decodes its keys.
        let file = file_with(FormatVersion::V1, 1, stored);
        let map = MassMap::<K, u32, _>::load(BytesReader::new(&file[..])).unwrap();
        let error = map.get(key).map(drop).unwrap_err();
        assert!(matches!(cause(&error), ReadError::Key { .. }), "{error}");
    }
}

#[test]
fn keys_none_of_which_can_be_decoded_are_of_another_type_whatever_its_name() {
    for count in [1, 3, 500] {
        let ids: Vec<(Id, u32)> = (0..count).map(|i| (Id(i), 0)).collect();
        assert_refused_as_undecodable(&ids, &"1".to_owned());
        assert_refused_as_undecodable(&ids, &Word("1".to_owned()));
        assert_refused_as_undecodable(&ids, &true);
        assert_refused_as_undecodable(&ids, &Point { x: 1, y: 2 });
        let numbers: Vec<(u64, u32)> = (0..count).map(|i| (i << 40 | 1 << 33, 0)).collect();
        assert_refused_as_undecodable(&numbers, &Word("1".to_owned()));
        let words: Vec<(Word, u32)> = (0..count).map(|i| (Word(i.to_string()), 0)).collect();
        assert_refused_as_undecodable(&words, &1u64);
        assert_refused_as_undecodable(&words, &vec![1u8]);
        let points: Vec<(Point, u32)> = (0..count as i32).map(|x| (Point { x, y: -x }, 0)).collect();
        assert_refused_as_undecodable(&points, &"1".to_owned());
        let flags = [(true, 0), (false, 1)];
        assert_refused_as_undecodable(&flags[..count.min(2) as usize], &"true".to_owned());
    }
}

#[test]
fn usize_equals_u64_and_isize_equals_i64_with_the_stable_hash() {
    fn assert_opens<S, K>(stored: &[S], asked: &[K])
    where
        S: Serialize + Hash + Eq + Clone + Debug,
        K: DeserializeOwned + Hash + Eq + Debug,
    {
        let entries: Vec<(S, u32)> = stored.iter().cloned().zip(0..).collect();
        let file = hashed_file::<Xxh3HashLoader, _, _>(FormatVersion::V2, 0, &entries);
        let open = || BytesReader::new(&file[..]);
        for map in [
            MassMap::<K, u32, _, Xxh3HashLoader>::load(open()).unwrap(),
            MassMap::<K, u32, _, Xxh3HashLoader>::load_checked(open()).unwrap(),
        ] {
            for (key, value) in asked.iter().zip(0..) {
                assert_eq!(map.get(key).unwrap(), Some(value), "{key:?}");
            }
        }
        // Other hash functions may hash them differently on other machines.
        let file = hashed_file::<Default, _, _>(FormatVersion::V2, 0, &entries);
        let names = (std::any::type_name::<K>(), std::any::type_name::<S>());
        assert_refused_by_name::<K, Default>(&file, &asked[0], names);
    }
    let unsigned: Vec<u64> = (0..3000).map(|i| i * i * 1001).chain([u32::MAX.into()]).collect();
    let sizes: Vec<usize> = unsigned
        .iter()
        .map(|key| usize::try_from(*key).unwrap())
        .collect();
    assert_opens(&unsigned, &sizes);
    assert_opens(&sizes, &unsigned);
    let signed: Vec<i64> = (-2000..2000).map(|i| i * 777).collect();
    let sizes: Vec<isize> = signed.iter().map(|key| isize::try_from(*key).unwrap()).collect();
    assert_opens(&signed, &sizes);
    assert_opens(&sizes, &signed);

    let entries = [(7u32, 0u32)];
    let file = hashed_file::<Xxh3HashLoader, _, _>(FormatVersion::V2, 0, &entries);
    assert_refused_by_name::<usize, Xxh3HashLoader>(&file, &7, ("usize", "u32"));
    let entries = [(7u64, 0u32)];
    let file = hashed_file::<Xxh3HashLoader, _, _>(FormatVersion::V2, 0, &entries);
    assert_refused_by_name::<isize, Xxh3HashLoader>(&file, &7, ("isize", "u64"));
}

/// The keys of a newer program.
#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
enum Newer {
    Known(u32),
    Other,
    Unknown(u32),
}

/// The keys that an older program knows.
#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug, Clone)]
enum Older {
    Known(u32),
    // An enum with a single variant would hash differently.
    Other,
}

#[test]
fn a_file_with_some_decodable_keys_opens_and_answers_for_them() {
    for format in FORMATS {
        for (one_in, buckets) in [(2, 64), (3, 4000), (8, 64), (20, 500)] {
            let entries: Vec<(Newer, u32)> = (0..4000)
                .map(|i| match i % one_in {
                    0 => (Newer::Known(i), i),
                    _ => (Newer::Unknown(i), i),
                })
                .collect();
            let file = file_with(format, buckets, &entries);
            let map = MassMap::<Older, u32, _>::load(BytesReader::new(&file[..])).unwrap();
            let mut answers = 0;
            for i in 0..8000 {
                let expected = (i < 4000 && i % one_in == 0).then_some(i);
                match map.get(&Older::Known(i)) {
                    Ok(found) => {
                        assert_eq!(found, expected, "{i}");
                        answers += 1;
                    }
                    // An undecodable key precedes it, or is in the same slot.
                    Err(error) => assert!(matches!(cause(&error), ReadError::Key { .. }), "{error}"),
                }
            }
            // In format 1, nearly every bucket has such a key. In format 2, if few keys can be decoded, most slots have an
            // undecodable key.
            let fewest = match format {
                FormatVersion::V1 => 0,
                _ => 2000,
            };
            assert!(answers > fewest, "{answers}");
        }
    }
}

#[test]
fn refusing_keys_takes_few_reads_and_no_more_than_a_sample() {
    let ids: Vec<(Id, u32)> = (0..20_000).map(|i| (Id(i), 0)).collect();
    let numbers: Vec<(u64, u32)> = (0..20_000).map(|i| (i, 0)).collect();
    for format in FORMATS {
        for (buckets, most) in [(64, 1), (20_000, 64)] {
            let reads = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&reads);
            let counting = |file| {
                let count = Arc::clone(&count);
                HookedReader::new(file, move |_, _| {
                    count.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                })
            };
            let opening = 2;
            let most = match format {
                FormatVersion::V1 => most,
                _ => 1,
            };
            let file = file_with(format, buckets, &ids);
            let load = MassMap::<String, u32, _>::load(counting(file));
            load.map(drop).unwrap_err();
            assert!(reads.swap(0, Ordering::Relaxed) <= opening + most);
            // If the names differ, no keys are read.
            let file = file_with(format, buckets, &numbers);
            let load = MassMap::<String, u32, _>::load(counting(file));
            load.map(drop).unwrap_err();
            assert_eq!(reads.load(Ordering::Relaxed), opening);
        }
    }
}
