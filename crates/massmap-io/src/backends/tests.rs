//! The conformance suite on every backend, and on files with short and failing calls.

use std::fs::File;
use std::io::{ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::conformance::{self, sample};
use crate::{AtomicFile, BytesReader, FilePool, IoError, MassMapReader, MassMapWriter, MemoryWriter};

mod aligned;
#[cfg(target_os = "linux")]
mod changed;
#[cfg(unix)]
mod file_id;

fn sample_file() -> File {
    let file = tempfile::tempfile().unwrap();
    file.write_all_at(&sample(), 0).unwrap();
    file
}

#[test]
fn files_conform() {
    conformance::reader(&sample_file());
    conformance::writer(&tempfile::tempfile().unwrap(), |file| {
        let length = file.metadata().unwrap().len();
        file.read_exact_at(0, length, |bytes| Ok(bytes.to_vec())).unwrap()
    });
}

#[test]
fn memory_conforms() {
    conformance::reader(&BytesReader::new(sample()));
    conformance::reader(&BytesReader::new(&sample()[..]));
    conformance::reader(&BytesReader::new(Arc::<[u8]>::from(sample())));
    conformance::reader(&MemoryWriter::from(sample()).into_reader());
    conformance::writer(&MemoryWriter::new(), MemoryWriter::to_vec);
}

#[test]
fn atomic_files_conform() {
    let directory = tempfile::tempdir().unwrap();
    let create = |name| AtomicFile::create(directory.path().join(name)).unwrap();
    let file = create("read");
    file.write_all_at(&sample(), 0).unwrap();
    conformance::reader(&file);
    conformance::writer(&create("written"), |file| {
        let length = file.file().metadata().unwrap().len();
        file.read_exact_at(0, length, |bytes| Ok(bytes.to_vec())).unwrap()
    });
}

#[test]
fn pooled_files_conform() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sample");
    std::fs::write(&path, sample()).unwrap();
    let pool = FilePool::new(1);
    let file = pool.open(&path).unwrap();
    conformance::reader(&file);
    // Another file becomes the only open one of the pool.
    let _other = pool.open(&path).unwrap();
    conformance::reader(&file);
}

/// A file in memory whose calls do as little as allowed: every other call is interrupted, and none transfers more than
/// `max` bytes.
struct Reluctant {
    bytes: Mutex<Vec<u8>>,
    max: usize,
    calls: AtomicUsize,
}

impl Reluctant {
    fn new(bytes: Vec<u8>, max: usize) -> Self {
        Self {
            bytes: Mutex::new(bytes),
            max,
            calls: AtomicUsize::new(0),
        }
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.interrupt()?;
        let bytes = self.bytes.lock().unwrap();
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(self.max);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.interrupt()?;
        if offset >= i64::MAX as u64 {
            return Err(ErrorKind::InvalidInput.into());
        }
        let mut bytes = self.bytes.lock().unwrap();
        let (start, count) = (offset as usize, data.len().min(self.max));
        let length = bytes.len().max(start + count);
        bytes.resize(length, 0);
        bytes[start..start + count].copy_from_slice(&data[..count]);
        Ok(count)
    }

    fn interrupt(&self) -> Result<()> {
        match self.calls.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Err(ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
impl std::os::unix::fs::FileExt for Reluctant {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.read(buffer, offset)
    }

    fn write_at(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.write(data, offset)
    }
}

#[cfg(windows)]
impl std::os::windows::fs::FileExt for Reluctant {
    fn seek_read(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.read(buffer, offset)
    }

    fn seek_write(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.write(data, offset)
    }
}

#[test]
fn short_and_interrupted_calls_are_continued() {
    for max in [1, 1000, usize::MAX] {
        conformance::reader(&Reluctant::new(sample(), max));
        conformance::writer(&Reluctant::new(Vec::new(), max), |file| {
            file.bytes.lock().unwrap().clone()
        });
    }
}

#[test]
fn a_writer_that_accepts_no_more_bytes_is_an_error() {
    let error = Reluctant::new(Vec::new(), 0)
        .write_all_at(b"data", 7)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let error = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
    assert!(matches!(
        error,
        IoError::WriteZero {
            offset: 7,
            length: 4,
            written: 0
        }
    ));
}

#[test]
fn other_errors_of_the_platform_are_passed_on() {
    struct Broken;
    #[cfg(unix)]
    impl std::os::unix::fs::FileExt for Broken {
        fn read_at(&self, _: &mut [u8], _: u64) -> Result<usize> {
            Err(ErrorKind::PermissionDenied.into())
        }
        fn write_at(&self, _: &[u8], _: u64) -> Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }
    }
    #[cfg(windows)]
    impl std::os::windows::fs::FileExt for Broken {
        fn seek_read(&self, _: &mut [u8], _: u64) -> Result<usize> {
            Err(ErrorKind::PermissionDenied.into())
        }
        fn seek_write(&self, _: &[u8], _: u64) -> Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }
    }
    let error = Broken.read_exact_at(0, 1, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(
        Broken.write_all_at(b"x", 0).unwrap_err().kind(),
        ErrorKind::StorageFull
    );
}

#[test]
fn the_error_of_a_missing_range_says_how_much_of_it_is_there() {
    for error in [
        sample_file().read_exact_at(99_990, 24, |_| Ok(())).unwrap_err(),
        BytesReader::new(sample())
            .read_exact_at(99_990, 24, |_| Ok(()))
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let error = error.get_ref().unwrap().downcast_ref::<IoError>().unwrap();
        assert!(matches!(
            error,
            IoError::UnexpectedEnd {
                offset: 99_990,
                length: 24,
                available: 10
            }
        ));
    }
}

#[test]
fn a_range_beyond_memory_is_an_error() {
    let error = MemoryWriter::new().write_all_at(b"x", 1 << 62).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

#[test]
fn a_thread_that_ends_can_still_read() {
    struct ReadsWhenDropped(File);
    impl Drop for ReadsWhenDropped {
        fn drop(&mut self) {
            MassMapReader::read_exact_at(&self.0, 0, 4, |bytes| {
                assert_eq!(bytes, &sample()[..4]);
                Ok(())
            })
            .unwrap();
        }
    }
    thread_local! {
        static LAST: std::cell::OnceCell<ReadsWhenDropped> = const { std::cell::OnceCell::new() };
    }
    let file = sample_file();
    let thread = std::thread::spawn(move || {
        LAST.with(|last| {
            assert!(last.set(ReadsWhenDropped(file)).is_ok());
            // The buffer is created after the file, and dropped before it.
            MassMapReader::read_exact_at(&last.get().unwrap().0, 0, 4, |_| Ok(())).unwrap();
        });
    });
    thread.join().unwrap();
}
