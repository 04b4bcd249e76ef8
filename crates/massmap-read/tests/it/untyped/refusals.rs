//! What an untyped map refuses to look up, and what it shows all the same.

use std::hash::{Hash, Hasher};
use std::io::ErrorKind;

use massmap_core::dynamic::{Key, KeyError, Value};
use massmap_format::{FormatVersion, MassMapHashConfig};
use massmap_hash::{HashError, Xxh3HashLoader};
use massmap_io::{BytesReader, MemoryWriter};
use massmap_read::{ReadError, UntypedMap};
use massmap_write::MassMapBuilder;
use serde::Serialize;
use support::cause;
use support::hash::{FnvLoader, NAME};

use super::{OnlyRead, build, files};

#[test]
fn keys_of_another_type_are_errors_that_name_both() {
    for file in files(&[(300u16, 1u8)]) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        for key in [
            Value::from("300"),
            Value::from(300.0),
            Value::Null,
            Value::from([300]),
        ] {
            let error = map.get(&key).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(matches!(cause(&error), KeyError::WrongType { .. }), "{error:?}");
            assert!(error.to_string().contains("u16"), "{error}");
            assert!(map.batch_get([&key]).is_err());
        }
        let error = map.get(65_536).unwrap_err();
        assert!(matches!(cause(&error), KeyError::OutOfRange { .. }), "{error:?}");
        let error = map.get(Key::encoded(b"\xcd\x01")).unwrap_err();
        assert!(matches!(cause(&error), KeyError::Damaged { .. }), "{error:?}");
        assert_eq!(map.get(300).unwrap(), Some(1.into()));
    }
}

#[derive(Serialize, PartialEq, Eq)]
struct Own(u32);

impl Hash for Own {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0 % 10).hash(state);
    }
}

#[test]
fn keys_of_a_type_of_the_program_are_shown_and_not_looked_up() {
    for file in files(&[(Own(11), "one"), (Own(12), "two")]) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        let is_described = map.inner().entry_types().is_some();
        for error in [
            map.check_lookups().unwrap_err(),
            map.get(1).unwrap_err(),
            map.contains_key(1).unwrap_err(),
            map.batch_get([1]).unwrap_err(),
            map.check_all_keys().unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            match is_described {
                true => assert!(matches!(cause(&error), KeyError::CustomHash { .. }), "{error}"),
                false => assert!(
                    matches!(cause(&error), KeyError::UnknownType { type_name } if type_name.ends_with("Own"))
                ),
            }
        }
        let mut entries: Vec<_> = map.iter().map(Result::unwrap).collect();
        entries.sort_by_key(|(key, _)| key.as_u64());
        assert_eq!(entries, [(11.into(), "one".into()), (12.into(), "two".into())]);
        let report = map.verify();
        assert!(report.is_ok() && !report.keys_checked);
    }
}

#[test]
fn types_of_the_program_that_are_hashed_as_they_are_stored_can_be_looked_up_in_format_2() {
    #[derive(Serialize, Hash, PartialEq, Eq)]
    struct Id(u32);
    #[derive(Serialize, Hash, PartialEq, Eq)]
    struct Place {
        row: u16,
        name: &'static str,
    }
    let file = build::<Xxh3HashLoader, _, _>(FormatVersion::V2, &[(Id(1), "one"), (Id(2), "two")]);
    let map = UntypedMap::load(BytesReader::new(file)).unwrap();
    assert_eq!(map.key_type().to_string(), "u32");
    assert_eq!(map.get(2).unwrap(), Some("two".into()));
    assert_eq!(map.get(3).unwrap(), None);
    let place = |row, name| Place { row, name };
    let file = build::<Xxh3HashLoader, _, _>(FormatVersion::V2, &[(place(1, "a"), 1u8), (place(2, "b"), 2)]);
    let map = UntypedMap::load(BytesReader::new(file)).unwrap();
    assert_eq!(map.inner().meta.key_type, "{row: u16, name: string}");
    assert_eq!(map.get(Value::from((2u16, "b"))).unwrap(), Some(2.into()));
    assert_eq!(map.get(Value::from((2u16, "a"))).unwrap(), None);
    assert!(map.get("b").is_err());
}

#[test]
fn keys_are_missing_from_files_without_any_whatever_they_are() {
    let file = build::<Xxh3HashLoader, u64, u8>(FormatVersion::V2, &[]);
    let map = UntypedMap::load(BytesReader::new(file)).unwrap();
    assert_eq!(map.get(1).unwrap(), None);
    assert_eq!(map.get("one").unwrap(), None);
    assert_eq!(map.batch_get(["a", "b"]).unwrap(), [None, None]);
    map.check_all_keys().unwrap();
}

#[test]
fn a_file_with_an_unknown_hash_function_is_shown_and_not_looked_up() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let config = MassMapHashConfig {
            name: NAME.to_owned(),
            parameters: serde_json::json!({ "basis": 7 }),
        };
        let writer = MemoryWriter::new();
        let builder = MassMapBuilder::<FnvLoader>::default().with_hash_config(config);
        builder
            .with_format(format)
            .build(&writer, [(1u64, "one")].iter())
            .unwrap();
        let map = UntypedMap::load(writer.into_reader()).unwrap();
        for error in [
            map.check_lookups().unwrap_err(),
            map.get(1).unwrap_err(),
            map.get(2).unwrap_err(),
        ] {
            assert!(
                matches!(cause(&error), HashError::UnknownHash { name, .. } if name == NAME),
                "{error:?}"
            );
        }
        assert_eq!(
            map.iter().map(Result::unwrap).collect::<Vec<_>>(),
            [(1.into(), "one".into())]
        );
        let report = map.verify();
        assert!(report.is_ok() && !report.keys_checked);
    }
}

/// A file of format 1, which has no checksums, that calls its key type something else.
fn renamed<K: Serialize + std::hash::Hash + Eq>(
    keys: impl Iterator<Item = K>,
    from: &str,
    to: &str,
) -> Vec<u8> {
    let entries: Vec<_> = keys.map(|key| (key, 0u8)).collect();
    let mut file = build::<Xxh3HashLoader, _, _>(FormatVersion::V1, &entries);
    let place = file
        .windows(from.len())
        .rposition(|window| window == from.as_bytes())
        .unwrap();
    file[place..place + to.len()].copy_from_slice(to.as_bytes());
    file
}

#[test]
fn a_file_that_names_the_wrong_type_never_answers_with_a_wrong_miss() {
    let numbers = renamed(0..1000u64, "u64", "u32");
    let map = UntypedMap::load(BytesReader::new(numbers)).unwrap();
    for key in [1u32, 999, 2000] {
        let error = map.get(key).unwrap_err();
        assert!(
            matches!(cause(&error), ReadError::HashMismatch { .. }),
            "{error:?}"
        );
    }
    assert!(matches!(
        cause(&map.check_all_keys().unwrap_err()),
        ReadError::HashMismatch { .. }
    ));
    assert!(!map.verify().is_ok());

    let texts: Vec<_> = (0..1000).map(|number| format!("key {number}")).collect();
    let texts = renamed(texts.iter().map(String::as_str), "&str", "&u64");
    let map = UntypedMap::load(OnlyRead::new(&texts)).unwrap();
    for key in [1u32, 2000] {
        let error = map.get(key).unwrap_err();
        assert!(
            matches!(cause(&error), ReadError::UndecodableKeys { .. }),
            "{error:?}"
        );
    }
    // As dynamic values they are shown as what they are.
    assert!(map.iter().all(|entry| entry.unwrap().0.as_str().is_some()));
}

#[test]
fn every_flipped_bit_of_a_file_with_checksums_is_an_error_or_makes_no_difference() {
    let entries: Vec<_> = (0..40u64).map(|key| (key, format!("value {key}"))).collect();
    let intact = build::<Xxh3HashLoader, _, _>(FormatVersion::V2, &entries);
    for byte in 0..intact.len() {
        let mut file = intact.clone();
        file[byte] ^= 1 << (byte % 8);
        let Ok(map) = UntypedMap::load(BytesReader::new(file)) else {
            continue;
        };
        for key in (0..80).step_by(3) {
            let expected = (key < 40).then(|| format!("value {key}").into());
            match map.get(key) {
                Ok(found) => assert_eq!(found, expected, "after a flip in byte {byte}"),
                Err(error) => assert_ne!(error.kind(), ErrorKind::Other, "{error:?}"),
            }
        }
        _ = map.batch_get(0..80);
        _ = map.iter().count();
    }
}
