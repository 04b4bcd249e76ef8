//! The same lookups through every backend.
#![expect(unsafe_code, reason = "files are mapped")]

use std::fs::File;
use std::path::{Path, PathBuf};

use massmap::{
    ChecksumPolicy, FormatVersion, MappedFile, MappedFileOptions, MassMap, MassMapBuilder, MassMapReader,
    UringFile,
};
use tempfile::TempDir;

const ENTRIES: u64 = 20_000;

/// A file of either format, on disk.
fn file(format: FormatVersion) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("squares.massmap");
    MassMapBuilder::default()
        .with_format(format)
        .build(
            &File::create(&path).unwrap(),
            (0..ENTRIES).map(|key| (key, key * key)),
        )
        .unwrap();
    (directory, path)
}

fn check(reader: impl MassMapReader) {
    let map = MassMap::<u64, u64, _>::load(reader)
        .unwrap()
        .with_checksum_policy(ChecksumPolicy::EveryRead);
    for key in (0..ENTRIES).step_by(97) {
        assert_eq!(map.get(&key).unwrap(), Some(key * key));
        assert_eq!(map.get(&(key + ENTRIES)).unwrap(), None);
    }
    let keys = (0..2000)
        .map(|number| number * 7919 % (2 * ENTRIES))
        .collect::<Vec<_>>();
    let found = map.batch_get(keys.iter()).unwrap();
    let expected = keys.iter().map(|key| (*key < ENTRIES).then(|| key * key));
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert_eq!(map.iter().count() as u64, ENTRIES);
    assert!(map.verify().is_ok());
}

fn check_all(path: &Path) {
    let file = || File::open(path).unwrap();
    check(file());
    check(UringFile::new(file()));
    check(UringFile::new(file()).with_depth(3));
    for options in [
        MappedFileOptions::new(),
        MappedFileOptions::new().random(true).populate(true),
    ] {
        // SAFETY: nobody writes the file again.
        check(unsafe { options.map(&file()).unwrap() });
    }
    // SAFETY: the same.
    check(unsafe { MappedFile::open(path).unwrap() });
    #[cfg(target_os = "linux")]
    match massmap::DirectFile::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => eprintln!("not tested: {error}"),
        direct => {
            check(direct.unwrap());
            check(UringFile::new(massmap::DirectFile::open(path).unwrap()));
        }
    }
}

#[test]
fn every_backend_serves_files_of_format_1() {
    let (_directory, path) = file(FormatVersion::V1);
    check_all(&path);
}

#[test]
fn every_backend_serves_files_of_format_2() {
    let (_directory, path) = file(FormatVersion::V2);
    check_all(&path);
}
