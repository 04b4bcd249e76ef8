//! Building with the crate cdb64.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use cdb64::{Cdb, CdbHash, CdbWriter};

use crate::raw::Raw;
use crate::report::Built;

/// The way that the crate offers: straight into a file, with a system call for each part of an entry.
pub(crate) fn build<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    let file = write(File::create(path)?, data)?;
    finish(path, data, start, &file)
}

/// The same through a buffer.
pub(crate) fn build_buffered<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    let buffered = Buffered {
        inner: BufWriter::with_capacity(1 << 20, File::create(path)?),
        position: 0,
    };
    let file = write(buffered, data)?.inner.into_inner()?;
    finish(path, data, start, &file)
}

fn write<W: Write + Seek, K: Raw, V: Raw>(target: W, data: &[(K, V)]) -> io::Result<W> {
    let mut writer = CdbWriter::<_, CdbHash>::new(target).map_err(io::Error::other)?;
    for (key, value) in data {
        writer
            .put(key.raw().as_ref(), value.raw().as_ref())
            .map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    writer.into_inner().map_err(io::Error::other)
}

fn finish<K: Raw, V: Raw>(path: &Path, data: &[(K, V)], start: Instant, file: &File) -> io::Result<Built> {
    file.sync_all()?;
    let took = start.elapsed();
    let cdb = Cdb::<_, CdbHash>::open(path)?;
    for (key, value) in data.iter().take(100) {
        let found = cdb.get(key.raw().as_ref())?;
        assert_eq!(found.as_deref(), Some(value.raw().as_ref()));
    }
    let length = file.metadata()?.len();
    fs::remove_file(path)?;
    Ok(Built { took, length })
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
