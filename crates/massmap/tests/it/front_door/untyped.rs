//! Maps that are opened without types.
#![expect(unsafe_code, reason = "a file is mapped")]

use std::hash::{Hash, Hasher};

use massmap::dynamic::{Key, KeyError, Value, ValueError};
use massmap::{
    AnyReader, Builder, Error, FilePool, HashError, IoError, MassMapBuilder, MassMapHashConfig, MemoryWriter,
    OpenOptions, ReadError, UntypedMap,
};
use serde::Serialize;
use support::hash::{FnvLoader, NAME};

use super::files::{ENTRIES, Scratch, file_of_squares, flip, old_squares, squares};

fn check(map: &UntypedMap) {
    for number in (0..ENTRIES).step_by(61) {
        assert_eq!(map.get(number).unwrap(), Some((number * number).into()));
        assert_eq!(map.get_as::<u64>(number).unwrap(), Some(number * number));
        assert_eq!(map.get(number + ENTRIES).unwrap(), None);
    }
    let keys: Vec<u64> = (0..500).map(|number| number * 7919 % (2 * ENTRIES)).collect();
    let expected = keys
        .iter()
        .map(|key| (*key < ENTRIES).then(|| Value::from(key * key)));
    assert_eq!(
        map.batch_get(keys.iter().copied()).unwrap(),
        expected.collect::<Vec<_>>()
    );
    assert_eq!(map.iter().map(Result::unwrap).count() as u64, ENTRIES);
    let report = map.verify();
    assert!(report.is_ok() && report.keys_checked);
}

#[test]
fn every_backend_and_format_serves_untyped_maps() {
    let (scratch, path) = file_of_squares();
    let old = scratch.file("old.massmap", old_squares());
    let new = OpenOptions::new;
    // SAFETY: nobody else knows the directory, and nothing writes the file again.
    let mapped = unsafe { new().mapped() };
    for options in [new(), new().pooled(&FilePool::new(1)), new().io_uring(16), mapped] {
        check(&options.open_untyped(&path).unwrap());
        check(&options.open_untyped(&old).unwrap());
        check(&options.check_all_keys(true).open_untyped(&path).unwrap());
    }
    let bytes = AnyReader::from(std::fs::read(&path).unwrap());
    check(&new().open_untyped_reader(bytes).unwrap());
}

#[test]
fn keys_are_given_in_any_form() {
    let bytes = Builder::new().build_bytes([(7u64, "seven")]).unwrap();
    let map = OpenOptions::new()
        .open_untyped_reader(AnyReader::from(bytes))
        .unwrap();
    let seven = Value::from(7);
    for key in [
        Key::from(7u8),
        Key::from(7i128),
        Key::from(&seven),
        Key::encoded(b"\xcc\x07"),
    ] {
        assert_eq!(map.get(key.clone()).unwrap(), Some("seven".into()), "{key:?}");
        assert!(map.contains_key(key).unwrap());
    }
    assert_eq!(
        map.get_with(seven, <[u8]>::to_vec).unwrap().unwrap(),
        b"\xa5seven"
    );
    assert_eq!(map.key_type().to_string(), "u64");
    assert_eq!(map.value_type().to_string(), "string");
    assert_eq!((map.len(), map.is_empty()), (1, false));
    assert_eq!(map.as_inner().meta.entry_count, 1);

    let bytes = Builder::new().build_bytes([((1u8, "one"), true)]).unwrap();
    let map = OpenOptions::new().open_untyped_bytes(bytes).unwrap();
    assert_eq!(map.get(Value::from((1, "one"))).unwrap(), Some(true.into()));
    assert_eq!(map.get(Value::from((1, "two"))).unwrap(), None);
}

#[test]
fn options_hold_for_untyped_maps() {
    let (scratch, path) = file_of_squares();
    let options = OpenOptions::new().expect_key_type("u64").expect_value_type("u64");
    check(&options.open_untyped(&path).unwrap());
    let error = options.expect_value_type("u32").open_untyped(&path).unwrap_err();
    assert!(
        matches!(error, Error::UnexpectedType { role: "value", .. }),
        "{error:?}"
    );
    let missing = scratch.path("missing");
    let error = OpenOptions::new().open_untyped(&missing).unwrap_err();
    assert!(
        matches!(&error, Error::File(IoError::Open { path, .. }) if *path == missing),
        "{error:?}"
    );
    let error = OpenOptions::new()
        .io_uring(1)
        .pooled(&FilePool::default())
        .open_untyped(&path)
        .unwrap_err();
    assert!(matches!(error, Error::OptionsConflict { .. }), "{error:?}");
}

#[derive(Serialize, PartialEq, Eq)]
struct Own(u32);

impl Hash for Own {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0 % 5).hash(state);
    }
}

#[test]
fn what_cannot_be_looked_up_is_an_error_of_the_front_door() {
    let open = |bytes| OpenOptions::new().open_untyped_reader(AnyReader::from(bytes));
    let map = open(Builder::new().build_bytes([(7u8, vec![true; 1000])]).unwrap()).unwrap();
    assert!(matches!(
        map.get("seven"),
        Err(Error::Key(KeyError::WrongType { .. }))
    ));
    assert!(matches!(
        map.get(256),
        Err(Error::Key(KeyError::OutOfRange { .. }))
    ));
    assert!(matches!(
        map.get(Key::encoded(b"")),
        Err(Error::Key(KeyError::Damaged { .. }))
    ));
    assert!(matches!(
        map.get_as::<u8>(7),
        Err(Error::Read(ReadError::Value { .. }))
    ));
    let map = map.with_value_limit(100);
    assert!(matches!(
        map.get(7),
        Err(Error::Value(ValueError::TooLarge { limit: 100 }))
    ));
    assert!(map.iter().all(|entry| matches!(entry, Err(Error::Value(_)))));

    let map = open(Builder::new().build_bytes([(Own(7), "seven")]).unwrap()).unwrap();
    assert!(matches!(
        map.check_lookups(),
        Err(Error::Key(KeyError::CustomHash { .. }))
    ));
    assert!(matches!(map.get(7), Err(Error::Key(KeyError::CustomHash { .. }))));
    assert_eq!(
        map.iter().map(Result::unwrap).collect::<Vec<_>>(),
        [(7.into(), "seven".into())]
    );

    let config = MassMapHashConfig {
        name: NAME.to_owned(),
        parameters: serde_json::json!({ "basis": 7 }),
    };
    let writer = MemoryWriter::new();
    let builder = MassMapBuilder::<FnvLoader>::default().with_hash_config(config);
    builder.build(&writer, [("apple", 1u32)].iter()).unwrap();
    let map = open(writer.into_inner()).unwrap();
    assert!(matches!(
        map.get("apple"),
        Err(Error::Hash(HashError::UnknownHash { .. }))
    ));
    assert_eq!(
        map.iter().map(Result::unwrap).collect::<Vec<_>>(),
        [("apple".into(), 1.into())]
    );
}

#[test]
fn the_error_of_a_callback_ends_a_batch_and_comes_out_as_it_was() {
    let (_scratch, path) = file_of_squares();
    let map = OpenOptions::new().open_untyped(&path).unwrap();
    let mut found = vec![None; 3];
    map.batch_get_with([3, ENTRIES, 4], |number, value| {
        found[number] = value.map(<[u8]>::to_vec);
        Ok(())
    })
    .unwrap();
    assert_eq!(found, [Some(vec![9]), None, Some(vec![16])]);
    let error = map.batch_get_with([3], |_, _| {
        Err(Error::OptionsConflict {
            one: "its",
            other: "own",
        })
    });
    assert!(
        matches!(error, Err(Error::OptionsConflict { one: "its", .. })),
        "{error:?}"
    );
}

#[test]
fn damage_is_an_error_and_never_a_wrong_answer() {
    let scratch = Scratch::new();
    let path = scratch.path("squares");
    Builder::new()
        .with_page_size(512)
        .build(&path, squares())
        .unwrap();
    let intact = std::fs::read(&path).unwrap();
    let (mut refused, mut damaged) = (0, 0);
    for byte in (0..intact.len()).step_by(337) {
        flip(&path, byte as u64);
        match OpenOptions::new().open_untyped(&path) {
            Err(error) => {
                assert!(!matches!(error, Error::Io(_)), "{error:?}");
                refused += 1;
            }
            Ok(map) => {
                for key in (0..2 * ENTRIES).step_by(13) {
                    match map.get(key) {
                        Ok(found) => assert_eq!(found, (key < ENTRIES).then(|| Value::from(key * key))),
                        Err(error) => {
                            assert!(matches!(error, Error::Read(_) | Error::Format(_)), "{error:?}");
                            damaged += 1;
                        }
                    }
                }
            }
        }
        flip(&path, byte as u64);
    }
    assert!(damaged > 0, "{refused} refused");
}
