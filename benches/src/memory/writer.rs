//! A writer into memory for both versions of massmap, so that neither has an advantage.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes in memory, into which maps are built.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Vec<u8>>);

impl Memory {
    /// Number of bytes written.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "not needed")]
    pub fn len(&self) -> u64 {
        self.lock().len() as u64
    }

    /// Removes the bytes, and keeps the capacity.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Removes and returns the bytes, and keeps the capacity.
    #[must_use]
    pub fn take_copy(&self) -> Vec<u8> {
        let mut bytes = self.lock();
        let copy = bytes.clone();
        bytes.clear();
        copy
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, data: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start + data.len();
        let mut bytes = self.lock();
        if bytes.len() == start {
            // Sequential writes need no zero filling.
            bytes.extend_from_slice(data);
            return Ok(());
        }
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[start..end].copy_from_slice(data);
        Ok(())
    }
}

impl massmap::MassMapWriter for Memory {
    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.write(data, offset)
    }
}

impl massmap_0_1_5::MassMapWriter for Memory {
    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.write(data, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_where_they_were_written() {
        let memory = Memory::default();
        for (bytes, offset) in [(&b"two"[..], 4), (b"three", 7), (b"one", 1), (b"T", 7)] {
            memory.write(bytes, offset).unwrap();
        }
        assert_eq!(memory.len(), 12);
        assert_eq!(memory.take_copy(), b"\0onetwoThree");
        memory.write(b"new", 0).unwrap();
        assert_eq!(memory.take_copy(), b"new");
    }
}
