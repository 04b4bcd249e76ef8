//! What other stores need to be measured at their best.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use memmap2::Mmap;

/// A buffer that ignores seeks to its current position. The writer of cdb64 seeks before each entry, and [`BufWriter`] flushes
/// at each seek.
#[derive(Debug)]
pub struct SeekingBuffer {
    inner: BufWriter<File>,
    position: u64,
}

impl SeekingBuffer {
    /// A buffer of 1 MiB before an empty file.
    #[must_use]
    pub fn new(file: File) -> Self {
        Self {
            inner: BufWriter::with_capacity(1 << 20, file),
            position: 0,
        }
    }

    /// Writes what is in the buffer. Returns the file.
    ///
    /// # Errors
    ///
    /// Any error of writing.
    pub fn into_file(self) -> io::Result<File> {
        Ok(self.inner.into_inner()?)
    }
}

impl Write for SeekingBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.position += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Seek for SeekingBuffer {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if to != SeekFrom::Start(self.position) {
            self.position = self.inner.seek(to)?;
        }
        Ok(self.position)
    }
}

/// A mapped file, as odht takes it.
#[derive(Debug)]
pub struct Mapped(pub Mmap);

impl Borrow<[u8]> for Mapped {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}
