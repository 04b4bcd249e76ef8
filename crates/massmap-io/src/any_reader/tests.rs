#![expect(unsafe_code, reason = "a file is mapped")]

use std::cell::RefCell;
use std::io::ErrorKind;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::FilePool;
use crate::conformance::{self, sample};

/// A file with the sample, on a disk rather than in memory.
fn sample_file() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("sample");
    std::fs::write(&path, sample()).unwrap();
    (directory, path)
}

/// A reader of each kind over the same file, and whether its bytes are in memory.
fn all_kinds(path: &Path) -> Vec<(AnyReader, bool)> {
    let file = || File::open(path).unwrap();
    let mut readers = vec![
        (AnyReader::open(path).unwrap(), false),
        (file().into(), false),
        (FilePool::default().open(path).unwrap().into(), false),
        (sample().into(), true),
        (Bytes::from_owner(sample()).into(), true),
        (UringFile::new(file()).into(), false),
    ];
    // SAFETY: no other program knows the directory, and this one does not change the file.
    readers.push((unsafe { MappedFile::open(path) }.unwrap().into(), true));
    #[cfg(target_os = "linux")]
    match DirectFile::open(path) {
        Err(error) if error.kind() == ErrorKind::Unsupported => eprintln!("not tested: {error}"),
        direct => {
            readers.push((direct.unwrap().into(), false));
            let direct = DirectFile::open(path).unwrap();
            readers.push((UringFile::new(direct).into(), false));
        }
    }
    readers
}

#[test]
fn every_kind_conforms() {
    let (_directory, path) = sample_file();
    for (reader, _) in all_kinds(&path) {
        conformance::reader(&reader);
    }
}

#[test]
fn bytes_are_in_memory_if_those_of_the_backend_are() {
    let (_directory, path) = sample_file();
    for (reader, is_in_memory) in all_kinds(&path) {
        let expected = is_in_memory.then(sample);
        assert_eq!(reader.in_memory(), expected.as_deref(), "{reader:?}");
    }
}

#[test]
fn files_have_an_identity_and_bytes_have_none() {
    let (_directory, path) = sample_file();
    let id = FileId::of(&File::open(&path).unwrap());
    for (reader, _) in all_kinds(&path) {
        let expected = match reader {
            AnyReader::Bytes(_) => None,
            _ => id,
        };
        assert_eq!(reader.source_id(), expected, "{reader:?}");
    }
}

#[test]
fn batches_are_those_of_the_backend() {
    let (_directory, path) = sample_file();
    let ring = UringFile::new(File::open(&path).unwrap());
    let has_ring = ring.has_ring();
    let order = |reader: AnyReader| {
        let called = RefCell::new(Vec::new());
        // With a ring, the callback gets ranges that need no read while the first one is in flight.
        let ranges = [(0, 0, 8), (1, 0, 0)];
        let read = reader.batch_read_at::<i32, _, _>(ranges, |number, bytes| {
            called.borrow_mut().push(*number);
            Ok(bytes.len())
        });
        assert_eq!(read.unwrap(), [8, 0]);
        called.into_inner()
    };
    assert_eq!(order(File::open(&path).unwrap().into()), [0, 1]);
    assert_eq!(order(ring.into()), if has_ring { [1, 0] } else { [0, 1] });
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let (directory, _) = sample_file();
    let path = directory.path().join("no such file");
    let error = AnyReader::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("no such file"), "{error}");
    assert!(matches!(
        error.downcast::<IoError>(),
        Ok(IoError::Open { path: named, .. }) if named == path
    ));
}
