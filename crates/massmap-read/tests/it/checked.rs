//! Files in which a few keys cannot be found. The sample checked at opening may miss them; a check of all keys does not.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::io::Write as _;

use massmap_format::{DuplicateKeys, FormatVersion};
use massmap_hash::{MassMapDefaultHashLoader, Xxh3HashLoader};
use massmap_io::BytesReader;
use massmap_read::{MassMap, MassMapInner, Place, ReadError};
use massmap_write::MassMapBuilder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use support::cause;
use support::files::{FORMATS, build, file_with, hashed_file};
use support::readers::CountingReader;

use crate::odd_keys::{COUNT, Nested, Tagged, after, before, is_rare};

/// Asserts that a file with the keys of `stored` opens with the key type `K`, that a key given by `iter` is not found, and that
/// a check of all keys refuses the file and names place and types.
#[track_caller]
fn assert_only_found_by_a_check_of_all<S, K>(stored: impl Fn(u32) -> S)
where
    S: Serialize + Hash + Eq,
    K: DeserializeOwned + Hash + Eq + Debug,
{
    for format in FORMATS {
        let entries: Vec<(S, u32)> = (0..COUNT).map(|number| (stored(number), number)).collect();
        let file = file_with(format, 4000, &entries);
        let map = MassMap::<K, u32, _>::load(BytesReader::new(&file[..])).unwrap();
        let lost: BTreeSet<u32> = map
            .iter()
            .map(Result::unwrap)
            .filter(|(key, _)| map.get(key).unwrap().is_none())
            .map(|(_, number)| number)
            .collect();
        assert!(
            !lost.is_empty(),
            "the test shows nothing: no key seems to be missing"
        );
        assert!(lost.len() < 10, "the keys that are lost are few");

        let mut on_disk = tempfile::tempfile().unwrap();
        on_disk.write_all(&file).unwrap();
        let inner = MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
        let errors = [
            MassMap::<K, u32, _>::load_checked(BytesReader::new(&file[..]))
                .map(drop)
                .unwrap_err(),
            MassMap::<K, u32, _>::load_checked(on_disk).map(drop).unwrap_err(),
            inner.check_all_keys::<K>().unwrap_err(),
        ];
        for error in errors {
            let ReadError::HashMismatch {
                stored_in,
                entry,
                key_type,
                file_key_type,
                ..
            } = cause(&error)
            else {
                panic!("{error}")
            };
            assert_eq!(
                matches!(stored_in, Place::Bucket(_)),
                format == FormatVersion::V1,
                "{stored_in}"
            );
            let bucket = map.get_bucket(stored_in.index()).unwrap();
            let (_, number) = &bucket[*entry];
            assert!(lost.contains(number), "the place is that of a key that is lost");
            assert_eq!(*key_type, std::any::type_name::<K>());
            assert_eq!(file_key_type, std::any::type_name::<S>());
            let message = error.to_string();
            for part in [&stored_in.to_string(), *key_type, file_key_type] {
                assert!(message.contains(part), "{message}");
            }
            assert_eq!(
                message.contains("damaged"),
                format == FormatVersion::V1,
                "{message}"
            );
        }
    }
}

#[test]
fn an_enum_that_has_gained_a_variant_in_the_middle() {
    assert_only_found_by_a_check_of_all::<_, after::Key>(|number| match is_rare(number) {
        false => before::Key::Number(number),
        true => before::Key::Text(number.to_string()),
    });
}

#[test]
fn a_field_that_is_hashed_and_not_serialized() {
    assert_only_found_by_a_check_of_all::<_, Tagged>(|number| Tagged {
        name: number.to_string(),
        tag: u8::from(is_rare(number)),
    });
}

#[test]
fn an_option_in_an_option() {
    assert_only_found_by_a_check_of_all::<_, Nested>(|number| match is_rare(number) {
        false => Nested(number, None),
        true => Nested(number, Some(None)),
    });
}

/// A number that is stored with less precision than it is hashed.
#[derive(Deserialize, PartialEq, Eq, Debug)]
struct Tenths(u64);

impl Hash for Tenths {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0 / 10 * 10).serialize(serializer)
    }
}

#[test]
fn a_key_that_is_rounded_when_stored() {
    assert_only_found_by_a_check_of_all::<_, Tenths>(|number| {
        Tenths(u64::from(number) * 10 + u64::from(is_rare(number)))
    });
}

/// Names whose equality and hash ignore case, with a hash that is wrong for letters outside English.
#[derive(Serialize)]
struct OldName(String);

/// The same with a corrected hash.
#[derive(Deserialize, Debug)]
struct Name(String);

impl PartialEq for OldName {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl Eq for OldName {}

impl Hash for OldName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_lowercase().hash(state);
    }
}

#[test]
fn a_hash_that_changed_for_some_keys() {
    assert_only_found_by_a_check_of_all::<_, Name>(|number| match is_rare(number) {
        false => OldName(format!("Name {number}")),
        true => OldName(format!("Ärger {number}")),
    });
}

#[test]
fn a_rare_key_that_cannot_be_decoded_is_refused_with_its_place_and_cause() {
    let entries: Vec<(i64, u32)> = (0..COUNT)
        .map(|number| match number {
            7777 => (-1, number),
            _ => (number.into(), number),
        })
        .collect();
    #[derive(Deserialize, Hash, PartialEq, Eq, Debug)]
    struct Unsigned(u64);

    // A file of format 2 says that its keys are signed.
    let file = file_with(FormatVersion::V2, 4000, &entries);
    let error = MassMap::<Unsigned, u32, _>::load(BytesReader::new(&file[..])).map(drop);
    let error = error.unwrap_err();
    assert!(
        matches!(cause(&error), ReadError::TypeDiffers { part: "key", .. }),
        "{error}"
    );

    let file = file_with(FormatVersion::V1, 4000, &entries);
    MassMap::<Unsigned, u32, _>::load(BytesReader::new(&file[..])).unwrap();
    let error = MassMap::<Unsigned, u32, _>::load_checked(BytesReader::new(&file[..]))
        .map(drop)
        .unwrap_err();
    let ReadError::Key { place, .. } = cause(&error) else {
        panic!("{error}")
    };
    let inner = MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
    let map = inner.cast::<i64, u32>();
    assert!(map.get_bucket(place.index()).unwrap().contains(&(-1, 7777)));
}

#[test]
fn files_whose_keys_all_come_back_pass() {
    fn assert_passes<K>(keys: impl IntoIterator<Item = K>)
    where
        K: Serialize + DeserializeOwned + Hash + Eq + Debug,
    {
        let entries: Vec<(K, Vec<u8>)> = keys
            .into_iter()
            .enumerate()
            // One value in a hundred is longer than a page, so there are runs of several pages.
            .map(|(number, key)| (key, vec![7; if number % 100 == 50 { 9000 } else { number % 7 }]))
            .collect();
        let builder = |format| MassMapBuilder::<MassMapDefaultHashLoader>::default().with_format(format);
        let mut files = Vec::new();
        for builder in [
            builder(FormatVersion::V1).with_bucket_count(1),
            builder(FormatVersion::V1).with_bucket_count(50),
            builder(FormatVersion::V2),
            builder(FormatVersion::V2)
                .with_page_size(512)
                .with_miss_filter(true),
            builder(FormatVersion::V2).with_duplicate_keys(DuplicateKeys::KeepAll),
        ] {
            files.push(build(builder, &entries));
        }
        for file in files {
            let map = MassMap::<K, Vec<u8>, _>::load_checked(BytesReader::new(&file[..])).unwrap();
            for (key, value) in &entries {
                assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
            }
            let inner = MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
            assert!(inner.check_key_type::<K>().unwrap());
            inner.check_all_keys::<K>().unwrap();
        }
    }
    assert_passes(0..0u8);
    assert_passes([u64::MAX]);
    assert_passes(0..400u32);
    assert_passes((0..400).map(|i| format!("key {i}")));
    assert_passes((0..400i32).map(|i| (i % 2 == 0, Some(-i), [i as u8; 3])));
}

#[test]
fn after_a_check_of_all_keys_nothing_is_checked_again() {
    let entries: Vec<(String, u32)> = (0..100).map(|i| (i.to_string(), i)).collect();
    let file = hashed_file::<Xxh3HashLoader, _, _>(FormatVersion::V2, 0, &entries);
    let reader = CountingReader::new(file);
    let map = MassMap::<String, u32, _, Xxh3HashLoader>::load_checked(reader).unwrap();
    // The header, the tail, and all pages at once.
    assert_eq!(map.reader().take().len(), 3);
    assert_eq!(map.get("absent").unwrap(), None);
    assert_eq!(map.get("7").unwrap(), Some(7));
    assert_eq!(map.reader().take().len(), 2);
}
