//! All committed files, of both formats: what was once written can be read for ever.
//!
//! `tests/golden/LIST` names each of them with its length and its XXH3-64. Lines are only ever added to it, and files to the folder:
//! a file that is not as the list says has been changed, and one that is gone was removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;

use massmap::{FormatVersion, MassMapHashLoader, OpenOptions, Xxh3HashLoader};

/// The list beside the files.
const LIST: &str = include_str!("../../golden/LIST");

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The names in the list, without `.massmap`.
fn listed() -> Vec<&'static str> {
    LIST.lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect()
}

/// The line of a file with these bytes in the list.
fn line_of(name: &str, bytes: &[u8]) -> String {
    let function = Xxh3HashLoader::load(&Xxh3HashLoader::default_config()).unwrap();
    let mut hasher = function.build_hasher();
    hasher.write(bytes);
    format!("{name} {} {:016x}", bytes.len(), hasher.finish())
}

#[test]
fn every_golden_file_is_as_it_was_when_it_was_listed() {
    let names = listed();
    assert!(
        names.is_sorted_by(|one, next| one < next),
        "the list is not sorted"
    );
    for line in LIST.lines() {
        let name = line.split(' ').next().unwrap();
        let path = directory().join(name).with_extension("massmap");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{name} was removed: {error}"));
        assert_eq!(line_of(name, &bytes), line, "{name} was changed");
    }
    let names = BTreeSet::from_iter(names);
    let mut missing: Vec<_> = fs::read_dir(directory())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "LIST")
        .filter(|path| !names.contains(path.file_stem().unwrap().to_str().unwrap()))
        .map(|path| {
            line_of(
                path.file_stem().unwrap().to_str().unwrap(),
                &fs::read(&path).unwrap(),
            )
        })
        .collect();
    missing.sort();
    assert!(
        missing.is_empty(),
        "add to tests/golden/LIST:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_golden_file_opens_is_sound_and_gives_its_entries() {
    for name in listed() {
        let path = directory().join(name).with_extension("massmap");
        let map = OpenOptions::new()
            .open_untyped(&path)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match name.starts_with("v2-") {
            true => FormatVersion::V2,
            false => FormatVersion::V1,
        };
        assert_eq!(map.as_inner().format(), expected, "{name}");
        let report = map.verify();
        assert!(report.is_ok(), "{name}: {:?}", report.problems);

        let can_look_up = map.check_lookups().is_ok();
        let (mut entries, mut first) = (0, BTreeMap::new());
        for entry in map.iter() {
            let (key, value) = entry.unwrap_or_else(|error| panic!("{name}: {error}"));
            // Of several entries with equal keys, the first one is found.
            let first = first.entry(format!("{key:?}")).or_insert(value);
            if can_look_up {
                assert_eq!(map.get(&key).unwrap().as_ref(), Some(&*first), "{name}: {key:?}");
            }
            entries += 1;
        }
        assert_eq!(entries, map.len(), "{name}");
    }
}
