//! Alignment of the memory that backends read into.

use std::fs::File;

use crate::conformance::sample;
use crate::{AtomicFile, FilePool, MassMapReader, MassMapWriter};

const LINE: u64 = 64;

const PAGE: u64 = 4096;

/// Checks that bytes at a multiple of a cache line or a page in the file are read to such a multiple in memory.
fn check(reader: &impl MassMapReader) {
    let sample = sample();
    let check_address = |offset: u64, bytes: &[u8]| {
        let start = offset as usize;
        assert!(bytes == &sample[start..start + bytes.len()]);
        let address = bytes.as_ptr().addr() as u64;
        let alignment = if offset.is_multiple_of(PAGE) { PAGE } else { LINE };
        assert_eq!(address % alignment, 0, "offset {offset} is read to {address:#x}");
        Ok(())
    };
    let offsets = || (0..80_000).step_by(LINE as usize);
    for length in [1, 24, 512, 4096, 20_000] {
        for offset in offsets().step_by(7) {
            reader
                .read_exact_at(offset, length, |bytes| check_address(offset, bytes))
                .unwrap();
        }
        let ranges = offsets().map(|offset| (offset, offset, length));
        let read = reader.batch_read_at(ranges, |&offset: &u64, bytes| check_address(offset, bytes));
        assert_eq!(read.unwrap().len(), offsets().count());
    }
}

#[test]
fn every_backend_reads_to_aligned_memory() {
    // On a disk rather than in memory, where direct reads are not supported.
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("sample");
    std::fs::write(&path, sample()).unwrap();
    let file = || File::open(&path).unwrap();
    check(&file());
    check(&FilePool::new(1).open(&path).unwrap());
    let atomic = AtomicFile::create(directory.path().join("atomic")).unwrap();
    atomic.write_all_at(&sample(), 0).unwrap();
    check(&atomic);
    #[cfg(feature = "io-uring")]
    check(&crate::UringFile::new(file()).with_depth(5));
    #[cfg(target_os = "linux")]
    match crate::DirectFile::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => eprintln!("not tested: {error}"),
        direct => {
            check(&direct.unwrap());
            #[cfg(feature = "io-uring")]
            check(&crate::UringFile::new(crate::DirectFile::open(&path).unwrap()));
        }
    }
    // On another thread, with its own buffer.
    std::thread::scope(|scope| _ = scope.spawn(|| check(&file())));
}
