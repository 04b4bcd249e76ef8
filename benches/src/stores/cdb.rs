//! Files of the crate cdb64.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use cdb64::{CdbHash, CdbWriter};

use crate::stores::Raw;

/// Writes entries in the way that the crate offers, with a call for each part of an entry.
///
/// # Errors
///
/// Any error of the target.
pub fn write<W: Write + Seek, K: Raw, V: Raw>(target: W, data: &[(K, V)]) -> io::Result<W> {
    let mut writer = CdbWriter::<_, CdbHash>::new(target).map_err(io::Error::other)?;
    for (key, value) in data {
        writer
            .put(key.raw().as_ref(), value.raw().as_ref())
            .map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    writer.into_inner().map_err(io::Error::other)
}

/// The same through a buffer.
///
/// # Errors
///
/// Any error of the file.
pub fn write_buffered<K: Raw, V: Raw>(file: File, data: &[(K, V)]) -> io::Result<File> {
    let buffered = Buffered {
        inner: BufWriter::with_capacity(1 << 20, file),
        position: 0,
    };
    Ok(write(buffered, data)?.inner.into_inner()?)
}

/// A buffer that makes nothing of seeks to where it is already: the writer of cdb64 seeks before each entry, and
/// [`BufWriter`] gives up what it has each time.
struct Buffered {
    inner: BufWriter<File>,
    position: u64,
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.position += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Seek for Buffered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if to != SeekFrom::Start(self.position) {
            self.position = self.inner.seek(to)?;
        }
        Ok(self.position)
    }
}
