//! Every method of a map gives what the same method of `MassMap` gives.
#![expect(unsafe_code, reason = "a file is mapped")]

use std::collections::{BTreeMap, HashMap};

use massmap::{AnyReader, Builder, DuplicateKeys, Error, FormatVersion, Map, OpenOptions, ReadError};
use rayon::iter::ParallelIterator;
use serde::{Deserialize, Serialize};

use super::files::{ENTRIES, Scratch, file_of_squares, old_squares};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fruit {
    color: String,
    seeds: Option<u32>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct FruitRef<'a> {
    #[serde(borrow)]
    color: &'a str,
    seeds: Option<u32>,
}

fn fruits() -> BTreeMap<String, Fruit> {
    let fruit = |number: u32| Fruit {
        color: format!("color {}", number % 7),
        seeds: (number >= 250).then_some(number),
    };
    (0..500)
        .map(|number| (format!("fruit {number}"), fruit(number)))
        .collect()
}

/// The same map in memory, mapped, and read.
fn maps() -> (Scratch, Vec<Map<String, Fruit>>) {
    let scratch = Scratch::new();
    let path = scratch.path("fruits.massmap");
    Builder::new()
        .with_miss_filter(true)
        .build(&path, &fruits())
        .unwrap();
    // SAFETY: nobody else knows the directory, and nothing writes the file again.
    let mapped = unsafe { OpenOptions::new().mapped() };
    let maps = vec![
        massmap::open(&path).unwrap(),
        mapped.open(&path).unwrap(),
        OpenOptions::new()
            .open_bytes(std::fs::read(&path).unwrap())
            .unwrap(),
    ];
    (scratch, maps)
}

#[test]
fn single_lookups_give_the_value_or_none() {
    let (_scratch, maps) = maps();
    for map in maps {
        for (name, fruit) in fruits() {
            assert_eq!(map.get(&name).unwrap().as_ref(), Some(&fruit));
            assert_eq!(map.get(name.as_str()).unwrap().as_ref(), Some(&fruit));
            assert!(map.contains_key(name.as_str()).unwrap());
            let encoded = map.get_with(&name, <[u8]>::to_vec).unwrap().unwrap();
            assert_eq!(rmp_serde::from_slice::<Fruit>(&encoded).unwrap(), fruit);
        }
        assert_eq!(map.get("no fruit").unwrap(), None);
        assert!(!map.contains_key("no fruit").unwrap());
        assert_eq!(map.get_with("no fruit", <[u8]>::len).unwrap(), None);
    }
}

#[test]
fn batches_give_values_in_the_order_of_their_keys() {
    let (_scratch, maps) = maps();
    let fruits = fruits();
    let names: Vec<String> = (0..600).rev().map(|number| format!("fruit {number}")).collect();
    let expected: Vec<_> = names.iter().map(|name| fruits.get(name).cloned()).collect();
    for map in maps {
        assert_eq!(map.batch_get(&names).unwrap(), expected);
        assert_eq!(map.batch_get(names.iter().map(String::as_str)).unwrap(), expected);
        assert_eq!(map.batch_get::<str>([]).unwrap(), []);
        let mut found = vec![None; names.len()];
        map.batch_get_with(&names, |number, value| {
            found[number] = value.map(|value| rmp_serde::from_slice(value).unwrap());
            Ok(())
        })
        .unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_error_of_a_callback_ends_a_batch_and_comes_out_as_it_was() {
    let (_scratch, maps) = maps();
    for map in maps {
        let mut calls = 0;
        let error = map.batch_get_with(["fruit 1", "fruit 2"], |_, _| {
            calls += 1;
            Err(Error::OptionsConflict {
                one: "its",
                other: "own",
            })
        });
        assert!(
            matches!(error, Err(Error::OptionsConflict { one: "its", .. })),
            "{error:?}"
        );
        assert_eq!(calls, 1);
    }
}

#[test]
fn values_are_borrowed_where_the_bytes_are_in_memory() {
    let (_scratch, maps) = maps();
    let fruits = fruits();
    let names: Vec<String> = (0..600).map(|number| format!("fruit {number}")).collect();
    for map in maps {
        let is_read = matches!(map.reader(), AnyReader::File(_));
        let one: massmap::Result<Option<FruitRef<'_>>> = map.get_ref("fruit 7");
        let mut found: Vec<Option<FruitRef<'_>>> = names.iter().map(|_| None).collect();
        let many = map.batch_get_ref(&names, |number, fruit| {
            found[number] = fruit;
            Ok(())
        });
        if is_read {
            assert!(matches!(one, Err(Error::Read(ReadError::NotInMemory))), "{one:?}");
            assert!(
                matches!(many, Err(Error::Read(ReadError::NotInMemory))),
                "{many:?}"
            );
            continue;
        }
        many.unwrap();
        assert_eq!(one.unwrap().unwrap().color, fruits["fruit 7"].color);
        for (name, found) in names.iter().zip(found) {
            let found = found.map(|FruitRef { color, seeds }| Fruit {
                color: color.to_owned(),
                seeds,
            });
            assert_eq!(found.as_ref(), fruits.get(name));
        }
        assert_eq!(map.get_ref::<_, FruitRef<'_>>("no fruit").unwrap(), None);
    }
}

#[test]
fn iterators_give_every_entry_once() {
    let (_scratch, maps) = maps();
    let expected: HashMap<String, Fruit> = fruits().into_iter().collect();
    for map in maps {
        let entries: Vec<(String, Fruit)> = map.iter().map(Result::unwrap).collect();
        assert_eq!(entries.len(), expected.len());
        assert_eq!(
            map.keys().collect::<massmap::Result<Vec<_>>>().unwrap(),
            keys_of(&entries)
        );
        let values: Vec<_> = entries.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(map.values().collect::<massmap::Result<Vec<_>>>().unwrap(), values);
        let parallel: Vec<_> = map.par_iter().map(Result::unwrap).collect();
        assert_eq!(parallel, entries);
        assert_eq!(
            (&map).into_iter().map(Result::unwrap).collect::<Vec<_>>(),
            entries
        );
        assert_eq!(map.iter().size_hint().1, Some(entries.len()));
        assert_eq!(entries.into_iter().collect::<HashMap<_, _>>(), expected);
    }
}

fn keys_of(entries: &[(String, Fruit)]) -> Vec<String> {
    entries.iter().map(|(key, _)| key.clone()).collect()
}

#[test]
fn iterators_give_errors_of_the_front_door() {
    let (_scratch, path) = file_of_squares();
    let map = massmap::open::<u64, u64>(&path).unwrap();
    let header = map.as_mass_map().inner().paged_header().unwrap();
    super::files::flip(&path, header.page_offset(0).unwrap());
    let is_damaged = |error: &Error| matches!(error, Error::Read(ReadError::DamagedPage { .. }));
    assert!(map.iter().filter_map(Result::err).all(|error| is_damaged(&error)));
    assert_eq!(map.iter().filter(Result::is_err).count(), 1);
    assert_eq!(map.keys().filter_map(Result::err).filter(is_damaged).count(), 1);
    assert_eq!(map.values().filter_map(Result::err).filter(is_damaged).count(), 1);
    assert_eq!(
        map.par_iter().filter_map(Result::err).filter(is_damaged).count(),
        1
    );
    assert!(!map.verify().is_ok());
}

#[test]
fn a_map_tells_what_the_file_says() {
    let bytes = Builder::new()
        .with_page_size(1024)
        .with_miss_filter(true)
        .with_duplicate_keys(DuplicateKeys::First)
        .with_user_metadata("source", "orchard")
        .build_bytes([("apple", 1u32), ("apple", 2), ("banana", 3)])
        .unwrap();
    let map = OpenOptions::new().open_bytes::<String, u32>(bytes).unwrap();
    assert_eq!((map.len(), map.is_empty()), (2, false));
    assert_eq!(map.format(), FormatVersion::V2);
    assert_eq!(map.page_size(), Some(1024));
    assert!(map.has_miss_filter());
    assert_eq!(map.duplicate_keys(), DuplicateKeys::First);
    assert_eq!(map.user_metadata()["source"], "orchard");
    assert_eq!(map.meta().hash_config.name, "xxh3");
    assert_eq!(
        (&*map.meta().key_type, &*map.meta().value_type),
        ("string", "u32")
    );
    assert_eq!(map.info().meta, *map.meta());
    assert!(map.verify().is_ok());
    assert!(format!("{map:?}").contains("xxh3"));

    let old = OpenOptions::new().open_bytes::<u64, u64>(old_squares()).unwrap();
    assert_eq!(old.format(), FormatVersion::V1);
    assert_eq!((old.page_size(), old.has_miss_filter()), (None, false));
    assert_eq!(old.meta().hash_config.name, "foldhash");
    assert_eq!(old.get(&7).unwrap(), Some(49));
}

#[test]
fn a_map_becomes_a_mass_map_and_comes_back() {
    let (_scratch, path) = file_of_squares();
    let map = massmap::open::<u64, u64>(&path).unwrap();
    assert_eq!(map.as_mass_map().bucket_count() as u64, map.meta().bucket_count);
    let map = map.into_mass_map();
    assert_eq!(map.get(&3).unwrap(), Some(9));
    let map = Map::from(map);
    assert_eq!(map.get(&4).unwrap(), Some(16));
    assert_eq!(map.len(), ENTRIES);
}

#[test]
fn threads_share_a_map() {
    let (_scratch, path) = file_of_squares();
    let map = massmap::open::<u64, u64>(&path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let map = &map;
            scope.spawn(move || {
                for key in (thread..ENTRIES).step_by(4) {
                    assert_eq!(map.get(&key).unwrap(), Some(key * key));
                }
            });
        }
    });
}

/// A value that cannot be copied.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unique(u32);

#[test]
fn values_need_not_be_clone() {
    let bytes = Builder::new().build_bytes([("apple", Unique(7))]).unwrap();
    let map = OpenOptions::new().open_bytes::<String, Unique>(bytes).unwrap();
    assert_eq!(map.get("apple").unwrap(), Some(Unique(7)));
    assert_eq!(map.batch_get(["apple", "fig"]).unwrap(), [Some(Unique(7)), None]);
    assert_eq!(map.iter().map(Result::unwrap).count(), 1);
    assert_eq!(map.as_mass_map().get("apple").unwrap(), Some(Unique(7)));
}
