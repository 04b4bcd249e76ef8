//! A file whose writes fail.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::MemoryFile;

/// A file whose writes fail from some call on.
#[derive(Debug)]
pub struct FailingFile {
    file: MemoryFile,
    /// Number of calls before the one that fails.
    calls_left: AtomicUsize,
    /// Most bytes that the failing call still writes.
    torn_at: usize,
}

impl FailingFile {
    /// A file that holds `old`. Its writes succeed before call number `calls`, from 1, of which at most `torn_at` bytes are written.
    pub fn new(old: &[u8], calls: usize, torn_at: usize) -> Self {
        Self {
            file: MemoryFile::new(old),
            calls_left: AtomicUsize::new(calls),
            torn_at,
        }
    }

    /// A copy of the contents.
    pub fn to_vec(&self) -> Vec<u8> {
        self.file.to_vec()
    }

    fn read_some(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.file.read_some(buffer, offset)
    }

    fn write_some(&self, data: &[u8], offset: u64) -> Result<usize> {
        let before = self.calls_left.load(Ordering::Relaxed);
        if before == 0 {
            return Err(Error::other("the disk is full"));
        }
        self.calls_left.store(before - 1, Ordering::Relaxed);
        if before == 1 {
            // Written in part, and reported as an error.
            self.file
                .write_some(&data[..data.len().min(self.torn_at)], offset)?;
            return Err(Error::from(ErrorKind::StorageFull));
        }
        self.file.write_some(data, offset)
    }
}

crate::impl_file_ext!(FailingFile);
