//! A file in memory that massmap reads and writes through the platform's `FileExt`.

use std::io::Result;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Vec<u8>>);

impl From<Vec<u8>> for Memory {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(bytes))
    }
}

impl Memory {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let bytes = self.bytes();
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write(&self, data: &[u8], offset: u64) -> Result<usize> {
        let mut bytes = self.bytes();
        let (start, end) = (offset as usize, offset as usize + data.len());
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[start..end].copy_from_slice(data);
        Ok(data.len())
    }
}

#[cfg(unix)]
impl std::os::unix::fs::FileExt for Memory {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.read(buffer, offset)
    }

    fn write_at(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.write(data, offset)
    }
}

#[cfg(windows)]
impl std::os::windows::fs::FileExt for Memory {
    fn seek_read(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.read(buffer, offset)
    }

    fn seek_write(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.write(data, offset)
    }
}
