use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::conformance::{self, sample};
use crate::{IoError, LendingReader, MappedFile, MappedFileOptions, MassMapReader};

fn file_with(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

fn map(path: &PathBuf, options: MappedFileOptions) -> MappedFile {
    // SAFETY: no test changes a file that it has mapped.
    unsafe { options.open(path).unwrap() }
}

#[test]
fn a_mapped_file_conforms_whatever_the_advice() {
    let (_directory, path) = file_with(&sample());
    for bits in 0..8 {
        let options = MappedFileOptions::new()
            .random(bits & 1 != 0)
            .populate(bits & 2 != 0)
            .huge_pages(bits & 4 != 0);
        let file = map(&path, options);
        conformance::reader(&file);
        assert_eq!(file.bytes(), sample());
        assert_eq!(file.in_memory(), Some(file.bytes()));
        assert_eq!(file.len(), sample().len() as u64);
    }
    // SAFETY: no test changes a file that it has mapped.
    conformance::reader(&unsafe { MappedFile::map(&fs::File::open(&path).unwrap()).unwrap() });
}

#[test]
fn an_empty_file_is_an_empty_mapping() {
    let (_directory, path) = file_with(b"");
    for populate in [false, true] {
        let file = map(&path, MappedFileOptions::new().populate(populate).random(true));
        assert!(file.is_empty());
        assert_eq!(file.bytes(), b"");
        let error = file.read_exact_at(0, 1, |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().join("missing"), directory.path().to_owned()] {
        // SAFETY: there is no file.
        let error = unsafe { MappedFile::open(&path) }.unwrap_err();
        let payload = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
        assert!(matches!(payload, IoError::Open { path: named, .. } if *named == path));
    }
}

#[test]
fn clones_share_the_mapping_which_outlives_the_name_of_the_file() {
    let (directory, path) = file_with(&sample());
    let file = map(&path, MappedFileOptions::new());
    let clone = file.clone();
    assert!(std::ptr::eq(file.bytes(), clone.bytes()));
    drop(file);
    if cfg!(unix) {
        drop(directory);
    }
    let reader = std::thread::spawn(move || conformance::reader(&clone));
    reader.join().unwrap();
}

#[test]
fn debug_output_shows_the_length_but_no_bytes() {
    let (_directory, path) = file_with(&sample());
    let file = map(&path, MappedFileOptions::new());
    assert_eq!(format!("{file:?}"), "MappedFile { len: 100000, .. }");
}
