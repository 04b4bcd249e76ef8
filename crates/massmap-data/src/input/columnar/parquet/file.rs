//! The bytes of a Parquet file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::input::source::meter::Meter;

/// An open file, from which one thread reads.
#[derive(Debug)]
pub(super) struct Bytewise {
    file: File,
    length: u64,
    meter: Arc<Meter>,
    /// What the meter has been told of this file.
    counted: AtomicU64,
}

impl Bytewise {
    pub(super) fn new(file: File, meter: Arc<Meter>) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file,
            length,
            meter,
            counted: AtomicU64::new(0),
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `count` bytes from `offset` on to `out`, which are in the file.
    pub(super) fn read_into(&self, offset: u64, count: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let end = offset.checked_add(count as u64);
        if end.is_none_or(|end| end > self.length) {
            let what = format!("{count} bytes at {offset} are beyond the end of the file: it is damaged or truncated");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        let start = out.len();
        out.try_reserve_exact(count).map_err(io::Error::other)?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.take(count as u64).read_to_end(out)?;
        if out.len() - start != count {
            let what = "the file became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.count(count as u64);
        Ok(())
    }

    /// Counts what is read or left out, but no more than the file has.
    pub(super) fn count(&self, bytes: u64) {
        let before = self.counted.load(Ordering::Relaxed);
        let bytes = bytes.min(self.length.saturating_sub(before));
        self.counted.store(before + bytes, Ordering::Relaxed);
        self.meter.add_read(bytes);
    }

    /// Counts the rest of the file.
    pub(super) fn count_all(&self) {
        self.count(self.length);
    }
}

/// What the crate `parquet` reads the metadata from.
#[derive(Debug, Clone)]
pub(super) struct Chunks(pub(super) Arc<Bytewise>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.length
    }
}

impl ChunkReader for Chunks {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let length = usize::try_from(self.0.length.saturating_sub(start))
            .map_err(|_| ParquetError::General("the file is too long".to_owned()))?;
        Ok(self.get_bytes(start, length)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        self.0
            .read_into(start, length, &mut bytes)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        Ok(bytes.into())
    }
}
