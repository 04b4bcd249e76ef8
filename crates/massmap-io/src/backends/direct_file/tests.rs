use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tempfile::TempDir;

use crate::conformance::{self, sample};
use crate::{DirectFile, IoError, MassMapReader};

/// A directory beside the test program, on a disk rather than in memory.
fn directory() -> TempDir {
    tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap()
}

/// `None`, with a note, if the file system does not support direct reads.
fn open(path: &Path) -> Option<DirectFile> {
    match DirectFile::open(path) {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            eprintln!("not tested: {error}");
            None
        }
        file => Some(file.unwrap()),
    }
}

#[test]
fn direct_files_conform() {
    let directory = directory();
    let path = directory.path().join("sample");
    fs::write(&path, sample()).unwrap();
    let Some(file) = open(&path) else { return };
    assert!(file.alignment().is_power_of_two());
    conformance::reader(&file);
    // On many threads, each with its own buffer.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| conformance::reader(&file));
        }
    });
}

#[test]
fn without_a_stated_alignment_blocks_of_4096_bytes_are_read() {
    // In memory; since Linux 6.6, direct reads there work like others.
    let Ok(directory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("not tested: there is no /dev/shm");
        return;
    };
    let path = directory.path().join("sample");
    for bytes in [&b""[..], &sample()] {
        fs::write(&path, bytes).unwrap();
        let Some(file) = open(&path) else { return };
        assert_eq!(file.alignment(), 4096);
        let first = file.read_exact_at(0, 1, |bytes| Ok(bytes[0]));
        assert_eq!(first.ok().as_ref(), bytes.first());
    }
    conformance::reader(&DirectFile::open(&path).unwrap());
}

#[test]
fn every_alignment_of_a_range_can_be_read_up_to_an_end_within_a_block() {
    let directory = directory();
    let path = directory.path().join("sample");
    for end in [1, 511, 512, 513, 4096, 9999] {
        let bytes = &sample()[..end];
        fs::write(&path, bytes).unwrap();
        let Some(file) = open(&path) else { return };
        for offset in (0..end).step_by(end.div_ceil(40)) {
            for length in [1, 2, 500, 512, 4096, end - offset, end + 1] {
                let read = file.read_exact_at(offset as u64, length as u64, |bytes| Ok(bytes.to_vec()));
                match bytes.get(offset..offset + length) {
                    Some(expected) => assert!(read.unwrap() == expected, "{offset} + {length} of {end}"),
                    None => assert_eq!(read.unwrap_err().kind(), ErrorKind::UnexpectedEof),
                }
            }
        }
    }
}

#[test]
fn direct_reads_and_reads_of_other_files_may_alternate() {
    let directory = directory();
    let path = directory.path().join("sample");
    fs::write(&path, sample()).unwrap();
    let Some(direct) = open(&path) else { return };
    let cached = fs::File::open(&path).unwrap();
    let both = direct.read_exact_at(1, 5000, |outer| {
        let nested = cached.read_exact_at(1, 5000, |inner| {
            direct.read_exact_at(3, 40_000, |_| Ok(()))?;
            Ok(inner.to_vec())
        });
        Ok((outer.to_vec(), nested?))
    });
    let expected = sample()[1..5001].to_vec();
    assert!(both.unwrap() == (expected.clone(), expected));
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_that_names_it() {
    let path = directory().path().join("missing");
    let error = DirectFile::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let payload = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
    assert!(matches!(payload, IoError::Open { path: named, .. } if *named == path));
}

#[test]
fn a_file_system_without_direct_reads_gives_its_own_error() {
    // Kernels generate these files on each read, and refuse direct reads.
    let path = Path::new("/proc/version");
    if !path.exists() {
        eprintln!("not tested: there is no {}", path.display());
        return;
    }
    let error = DirectFile::open(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let payload = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
    assert!(matches!(payload, IoError::DirectRefused { path: named } if named == path));
}
