//! Merging files in which a few keys hash differently from when they were built.

use std::fmt::Debug;
use std::hash::Hash;
use std::io;

use massmap_format::FormatVersion;
use massmap_io::{BytesReader, MemoryWriter};
use massmap_read::{MassMap, ReadError};
use massmap_write::{MassMapMerger, WriteError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::cause;
use support::files::{FORMATS, file_with};

use crate::odd_keys::{COUNT, Nested, Tagged, after, before, is_rare};

fn merge<K>(format: FormatVersion, files: &[&[u8]]) -> io::Result<Vec<u8>>
where
    K: DeserializeOwned + Hash + Eq,
{
    let maps = files
        .iter()
        .map(|file| MassMap::<K, u32, _>::load(BytesReader::new(*file)))
        .collect::<io::Result<Vec<_>>>()
        .expect("the keys that are looked at when a file is opened are fine");
    let writer = MemoryWriter::new();
    MassMapMerger::default()
        .with_format(format)
        .merge(&writer, maps)?;
    Ok(writer.into_inner())
}

/// Asserts that files with the keys of `stored` cannot be merged as files of `K`, and that the error names map, place and types.
fn assert_not_merged<S, K>(stored: impl Fn(u32) -> S)
where
    S: Serialize + Hash + Eq,
    K: DeserializeOwned + Hash + Eq + Debug,
{
    let file = |format, numbers: std::ops::Range<u32>| {
        let entries: Vec<(S, u32)> = numbers.map(|number| (stored(number), number)).collect();
        file_with(format, 2000, &entries)
    };
    // The first file has no rare keys.
    assert!((0..5000).all(|number| !is_rare(number)));
    for (from, to) in [
        (FormatVersion::V2, FormatVersion::V2),
        (FormatVersion::V2, FormatVersion::V1),
        (FormatVersion::V1, FormatVersion::V2),
    ] {
        let (fine, odd) = (file(from, 0..5000), file(from, 5000..COUNT));
        let error = merge::<K>(to, &[&fine, &odd]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let WriteError::Key { map, cause: source } = cause(&error) else {
            panic!("{error}")
        };
        assert_eq!(*map, 1);
        assert!(
            matches!(cause(source), ReadError::HashMismatch { .. }),
            "{source}"
        );
        let told = error.to_string();
        assert!(told.starts_with("map 1 (from 0) cannot be merged: "), "{told}");
        for part in [
            std::any::type_name::<K>(),
            std::any::type_name::<S>(),
            match from {
                FormatVersion::V1 => " in bucket ",
                _ => " in page ",
            },
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(told.contains("damaged"), from == FormatVersion::V1, "{told}");
        // A file without such keys can be merged.
        merge::<K>(to, &[&fine]).unwrap();
    }
}

#[test]
fn an_enum_that_has_gained_a_variant_in_the_middle_is_named() {
    assert_not_merged::<_, after::Key>(|number| match is_rare(number) {
        false => before::Key::Number(number),
        true => before::Key::Text(number.to_string()),
    });
}

#[test]
fn a_struct_with_a_field_that_is_hashed_and_not_serialized_is_named() {
    assert_not_merged::<_, Tagged>(|number| Tagged {
        name: number.to_string(),
        tag: u8::from(is_rare(number)),
    });
}

#[test]
fn an_option_in_an_option_is_named() {
    assert_not_merged::<_, Nested>(|number| match is_rare(number) {
        false => Nested(number, None),
        true => Nested(number, Some(None)),
    });
}

#[test]
fn keys_that_cannot_be_decoded_are_named_with_their_place() {
    let entries: Vec<(before::Key, u32)> = (0..COUNT)
        .map(|number| match is_rare(number) {
            false => (before::Key::Number(number), number),
            true => (before::Key::Text(number.to_string()), number),
        })
        .collect();

    #[derive(serde::Deserialize, Hash, PartialEq, Eq, Debug)]
    enum Older {
        Number(u32),
        // An enum with a single variant would hash differently.
        Other,
    }

    for format in FORMATS {
        let file = file_with(format, 2000, &entries);
        let error = merge::<Older>(FormatVersion::V2, &[&file]).unwrap_err();
        let WriteError::Key {
            map: 0,
            cause: source,
        } = cause(&error)
        else {
            panic!("{error}")
        };
        assert!(matches!(cause(source), ReadError::Key { .. }), "{source}");
    }
}
