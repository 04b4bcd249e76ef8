//! Files that change while a map has them open.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

use massmap::{FormatError, MappedFile, MassMap, MassMapReader, ReadError};
use support::cause;
use support::entries::strings;
use support::files::build;
use support::files::format_2::small_pages;

type Map<R> = MassMap<String, u32, R>;
type Entries = Vec<(String, u32)>;

/// Bytes that are overwritten between lookups. Not a divisor of a page, so that pages are seen half overwritten.
const STEP: usize = 200;

fn old() -> Entries {
    strings(0..200)
}

/// The same keys with other values.
fn changed() -> Entries {
    let mut entries = old();
    entries.iter_mut().for_each(|(_, value)| *value ^= 1);
    entries
}

/// Asserts that each key gives its old value or an error about its page, and that missing keys stay missing. Returns how many
/// keys gave their value.
fn assert_old_or_error<R: MassMapReader>(map: &Map<R>) -> usize {
    let assert_reported = |error: std::io::Error| {
        assert!(
            error.kind() == ErrorKind::UnexpectedEof
                || matches!(cause(&error), ReadError::DamagedPage { .. }),
            "{error}"
        );
    };
    let mut found = 0;
    for (key, value) in old() {
        match map.get(&key) {
            Ok(answer) => {
                assert_eq!(answer, Some(value), "{key}");
                found += 1;
            }
            Err(error) => assert_reported(error),
        }
        match map.batch_get::<str>([key.as_str()]) {
            Ok(answers) => assert_eq!(answers, [Some(value)], "{key}"),
            Err(error) => assert_reported(error),
        }
    }
    for (key, _) in strings(200..400) {
        match map.get(&key) {
            Ok(answer) => assert_eq!(answer, None, "{key}"),
            Err(error) => assert_reported(error),
        }
    }
    for entry in map.iter() {
        match entry {
            Ok(entry) => assert!(old().contains(&entry), "{entry:?}"),
            Err(error) => assert_reported(error),
        }
    }
    found
}

fn write(path: &Path, entries: &Entries) -> Vec<u8> {
    let bytes = build(small_pages(), entries);
    std::fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn an_open_file_that_is_overwritten_gives_old_values_or_errors_and_never_wrong_answers() {
    let directory = tempfile::tempdir().unwrap();
    // Other values, other keys, more of them, and fewer.
    for new in [changed(), strings(1000..1200), strings(0..400), strings(100..150)] {
        let path = directory.path().join("map");
        let length = write(&path, &old()).len();
        let map = Map::load(File::open(&path).unwrap()).unwrap();
        assert_eq!(assert_old_or_error(&map), 200);
        let new = build(small_pages(), &new);
        let file = File::options().write(true).open(&path).unwrap();
        let mut found = Vec::new();
        for (index, part) in new.chunks(STEP).enumerate() {
            file.write_all_at(part, (index * STEP) as u64).unwrap();
            found.push(assert_old_or_error(&map));
        }
        assert!(found.is_sorted_by(|earlier, later| earlier >= later), "{found:?}");
        if new.len() >= length {
            assert_eq!(found.last(), Some(&0));
        }
        // `cp` truncates last.
        file.set_len(new.len() as u64).unwrap();
        assert_eq!(assert_old_or_error(&map), 0);
        // A map opened now gives the new contents.
        Map::load(File::open(&path).unwrap()).unwrap();
    }
}

#[test]
fn the_error_about_an_overwritten_file_names_the_page_with_a_wrong_checksum() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    write(&path, &old());
    let map = Map::load(File::open(&path).unwrap()).unwrap();
    write(&path, &changed());
    for (key, _) in old() {
        let error = map.get(&key).unwrap_err();
        let ReadError::DamagedPage { page, source } = cause(&error) else {
            panic!("{error}");
        };
        assert_eq!(*page, map.bucket_index(&key));
        assert!(matches!(source, FormatError::PageChecksum { .. }), "{source}");
    }
}

#[test]
fn an_open_file_that_is_truncated_gives_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    let length = write(&path, &old()).len() as u64;
    let map = Map::load(File::open(&path).unwrap()).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    for part in (0..8).rev() {
        file.set_len(length * part / 8).unwrap();
        assert_old_or_error(&map);
    }
    assert_eq!(assert_old_or_error(&map), 0);
}

#[test]
fn an_open_file_that_is_replaced_by_a_rename_stays_readable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    small_pages().build_to_path(&path, old().iter()).unwrap();
    let file = Map::load(File::open(&path).unwrap()).unwrap();
    #[expect(unsafe_code, reason = "it is a map of a file")]
    // SAFETY: the directory belongs to this test, and from now on the name refers to another file.
    let mapped = Map::load(unsafe { MappedFile::open(&path).unwrap() }).unwrap();
    small_pages().build_to_path(&path, changed().iter()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(assert_old_or_error(&file), 200);
    assert_eq!(assert_old_or_error(&mapped), 200);
}
