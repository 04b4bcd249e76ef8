//! Every way to build, and every setting.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use massmap::{
    AtomicFile, Builder, DuplicateKeys, Error, FormatVersion, Map, MassMapBuilder, OpenOptions, WriteError,
    Xxh3HashLoader,
};
use rayon::iter::IntoParallelIterator;
use serde::{Deserialize, Serialize};

use super::files::{ENTRIES, Scratch, squares};

fn open<V: serde::de::DeserializeOwned + Clone>(bytes: Vec<u8>) -> Map<String, V> {
    OpenOptions::new().open_bytes(bytes).unwrap()
}

#[test]
fn entries_come_from_whatever_can_be_iterated_over() {
    let owned = vec![("a".to_owned(), 1u32), ("b".to_owned(), 2), ("c".to_owned(), 3)];
    let sorted: BTreeMap<_, _> = owned.iter().cloned().collect();
    let hashed: HashMap<_, _> = owned.iter().cloned().collect();
    let new = Builder::new;
    let all = [
        new().build_bytes([("a", 1u32), ("b", 2), ("c", 3)]),
        new().build_bytes([("a", 1u32), ("b", 2), ("c", 3)].as_slice()),
        new().build_bytes(&owned),
        new().build_bytes(owned.iter()),
        new().build_bytes(owned.iter().map(|(key, value)| (key, value))),
        new().build_bytes(&sorted),
        new().build_bytes(sorted.clone()),
        new().build_bytes(&hashed),
        new().build_bytes(hashed.clone()),
        new().build_bytes(["a", "b", "c"].into_iter().zip(1u32..)),
        new().build_bytes(owned.clone()),
    ];
    for bytes in all {
        let map = open::<u32>(bytes.unwrap());
        assert_eq!(map.len(), 3);
        assert_eq!(
            map.batch_get(["a", "b", "c", "d"]).unwrap(),
            [Some(1), Some(2), Some(3), None]
        );
    }
}

#[test]
fn every_way_gives_the_bytes_of_mass_map_builder() {
    let scratch = Scratch::new();
    let expected = scratch.path("expected");
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .build_to_path(&expected, squares())
        .unwrap();
    let expected = std::fs::read(expected).unwrap();
    let path = scratch.path("built");
    let read = || std::fs::read(&path).unwrap();

    let info = Builder::new().build(&path, squares()).unwrap();
    assert_eq!(info.meta.entry_count, ENTRIES);
    assert_eq!(read(), expected);
    Builder::default()
        .try_build(&path, squares().map(Ok::<_, io::Error>))
        .unwrap();
    assert_eq!(read(), expected);
    let entries: Vec<_> = squares().collect();
    Builder::new().par_build(&path, entries.into_par_iter()).unwrap();
    assert_eq!(read(), expected);
    Builder::new()
        .build(AtomicFile::create(&path).unwrap(), squares())
        .unwrap();
    assert_eq!(read(), expected);
    assert_eq!(Builder::new().build_bytes(squares()).unwrap(), expected);
    let path = scratch.path("by the builder inside");
    Builder::new()
        .into_mass_map_builder()
        .build_to_path(&path, squares())
        .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), expected);
}

#[test]
fn a_build_that_fails_leaves_the_file_as_it_was() {
    let scratch = Scratch::new();
    let path = scratch.path("map");
    Builder::new().build(&path, [("apple", 1u32)]).unwrap();
    let before = std::fs::read(&path).unwrap();
    let entries = [("banana", 2u32), ("banana", 3)];
    let error = Builder::new().build(&path, entries).unwrap_err();
    assert!(
        matches!(error, Error::Write(WriteError::DuplicateKey { .. })),
        "{error:?}"
    );
    let entries = [Ok(("banana", 2u32)), Err("out of bananas")];
    let error = Builder::new().try_build(&path, entries).unwrap_err();
    match error {
        Error::Write(WriteError::Source { ordinal, source }) => {
            assert_eq!((ordinal, source.to_string()), (1, "out of bananas".to_owned()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn whoever_has_the_old_file_open_goes_on_reading_it() {
    let scratch = Scratch::new();
    let path = scratch.path("map");
    Builder::new().build(&path, [("apple", 1u32)]).unwrap();
    let old = massmap::open::<String, u32>(&path).unwrap();
    Builder::new().build(&path, [("apple", 2u32)]).unwrap();
    let new = massmap::open::<String, u32>(&path).unwrap();
    assert_eq!(
        (old.get("apple").unwrap(), new.get("apple").unwrap()),
        (Some(1), Some(2))
    );
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Old {
    price: u32,
    weight: u32,
}

/// The same fields in another order.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct New {
    weight: u32,
    price: u32,
}

#[test]
fn settings_do_what_they_say() {
    let entries = || (0..2000u32).map(|number| (format!("key {number}"), number));
    let map = |builder: Builder| open::<u32>(builder.build_bytes(entries()).unwrap());
    let new = Builder::new;

    assert_eq!(map(new()).page_size(), Some(2048));
    assert_eq!(map(new().with_page_size(512)).page_size(), Some(512));
    let of_object_store = Some(massmap::OBJECT_STORE_PAGE_SIZE);
    assert_eq!(
        map(new().with_page_size(512).for_object_store()).page_size(),
        of_object_store
    );
    assert_eq!(
        map(new().for_object_store().with_page_size(512)).page_size(),
        Some(512)
    );
    assert!(!map(new()).has_miss_filter());
    assert!(map(new().with_miss_filter(true)).has_miss_filter());
    assert_eq!(map(new()).duplicate_keys(), DuplicateKeys::Error);
    assert_eq!(
        map(new().with_duplicate_keys(DuplicateKeys::Last)).duplicate_keys(),
        DuplicateKeys::Last
    );
    let noted = map(new().with_user_metadata("a", "1").with_user_metadata("a", "2"));
    assert_eq!(
        noted.user_metadata(),
        &BTreeMap::from([("a".to_owned(), "2".to_owned())])
    );
    assert_eq!(
        map(new().with_type_names(true).with_value_type_name("number"))
            .meta()
            .value_type,
        "number"
    );
    assert_eq!(map(new().with_value_type_name("number")).meta().value_type, "u32");
    let seeded = map(new().with_hash_seed(77));
    assert_eq!(seeded.meta().hash_config.parameters["seed"], 77);
    assert_eq!(seeded.get("key 7").unwrap(), Some(7));

    let prices = [("apple", Old { price: 1, weight: 2 })];
    let named = new().with_field_names(true).build_bytes(&prices).unwrap();
    assert_eq!(
        open::<New>(named).get("apple").unwrap(),
        Some(New { price: 1, weight: 2 })
    );
    let unnamed = new().build_bytes(&prices).unwrap();
    let refused = OpenOptions::new().open_bytes::<String, New>(unnamed);
    let message = refused.unwrap_err().to_string();
    assert!(
        message.ends_with(
            "New: it is {price: u32, weight: u32} in the file, and a struct of the fields weight, price in this program"
        ),
        "{message}"
    );

    let large = || (0..100u32).map(|number| (number, "x".repeat(1500 + number as usize * 10)));
    let single = new().build_bytes(large()).unwrap().len();
    assert!(new().with_longest_run(8).build_bytes(large()).unwrap().len() < single);

    let error = new()
        .with_read_back::<String, String>()
        .build_bytes(entries())
        .unwrap_err();
    assert!(
        matches!(error, Error::Write(WriteError::NotDecoded { .. })),
        "{error:?}"
    );
    for (builder, is_expected) in [
        (
            new().with_page_size(1000),
            (|error| matches!(error, WriteError::PageSize { .. })) as fn(&WriteError) -> bool,
        ),
        (new().with_longest_run(17), |error| {
            matches!(error, WriteError::LongestRun { .. })
        }),
        (new().with_shard(4, 4), |error| {
            matches!(error, WriteError::NoSuchShard { .. })
        }),
    ] {
        match builder.build_bytes(entries()) {
            Err(Error::Write(error)) => assert!(is_expected(&error), "{error:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn settings_of_how_a_build_works_change_nothing_about_the_file() {
    let scratch = Scratch::new();
    let expected = Builder::new().build_bytes(squares()).unwrap();
    let missing = scratch.path("no such directory");
    let new = Builder::new;
    for builder in [
        new().with_memory_limit(64 << 10),
        new().with_memory_limit(64 << 10).with_spill_dir(scratch.path("")),
        new().with_threads(1),
        new().with_threads(3),
        new().with_writer_buffer_size(0),
        // Nothing is spilled, so that nobody looks for the directory.
        new().with_spill_dir(&missing),
    ] {
        assert_eq!(builder.build_bytes(squares()).unwrap(), expected);
    }
    let many = (0..200_000u64).map(|number| (number, number));
    let error = new()
        .with_memory_limit(64 << 10)
        .with_spill_dir(&missing)
        .build_bytes(many)
        .unwrap_err();
    assert!(
        matches!(&error, Error::Write(WriteError::Spill { directory, .. }) if *directory == missing),
        "{error:?}"
    );
}

#[test]
fn progress_is_told() {
    let told = Arc::new(AtomicU64::new(0));
    let observed = Arc::clone(&told);
    Builder::new()
        .with_progress(move |progress| _ = observed.fetch_max(progress.entries, Ordering::Relaxed))
        .build_bytes(squares())
        .unwrap();
    assert_eq!(told.load(Ordering::Relaxed), ENTRIES);
}
