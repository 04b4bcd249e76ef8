//! Files that are read at any position.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::meter::Meter;

/// An open file, from which one thread reads.
#[derive(Debug)]
pub(in crate::input) struct PositionedFile {
    file: File,
    length: u64,
    meter: Arc<Meter>,
    /// What the meter has been told of this file.
    counted: AtomicU64,
}

impl PositionedFile {
    /// Reads from a file, and tells `meter` how much.
    pub(in crate::input) fn new(file: File, meter: Arc<Meter>) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file,
            length,
            meter,
            counted: AtomicU64::new(0),
        })
    }

    /// Length in bytes.
    pub(in crate::input) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `count` bytes from `offset` on to `out`, which are in the file.
    pub(in crate::input) fn read_into(&self, offset: u64, count: usize, out: &mut Vec<u8>) -> io::Result<()> {
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
    pub(in crate::input) fn count(&self, bytes: u64) {
        let before = self.counted.load(Ordering::Relaxed);
        let bytes = bytes.min(self.length.saturating_sub(before));
        self.counted.store(before + bytes, Ordering::Relaxed);
        self.meter.add_read(bytes);
    }

    /// Counts the rest of the file.
    pub(in crate::input) fn count_all(&self) {
        self.count(self.length);
    }
}
