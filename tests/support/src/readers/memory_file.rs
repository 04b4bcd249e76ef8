//! A file in memory that massmap reads and writes through the platform's `FileExt`, like a [`std::fs::File`].

use std::io::Result;
use std::sync::{Mutex, MutexGuard};

/// Grows as it is written to; gaps read as zeros.
#[derive(Debug, Default)]
pub struct MemoryFile(Mutex<Vec<u8>>);

impl MemoryFile {
    /// A file that holds `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Mutex::new(bytes.into()))
    }

    /// A copy of the contents.
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    /// Reads up to the length of `buffer`.
    pub fn read_some(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let bytes = self.bytes();
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get(start..))
            .unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    /// Writes all of `data`.
    pub fn write_some(&self, data: &[u8], offset: u64) -> Result<usize> {
        let mut bytes = self.bytes();
        let start = usize::try_from(offset).expect("tests write small files");
        let end = start + data.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[start..end].copy_from_slice(data);
        Ok(data.len())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
}

/// Implements the platform's `FileExt` for a type with the methods `read_some` and `write_some`.
#[macro_export]
macro_rules! impl_file_ext {
    ($type:ty) => {
        #[cfg(unix)]
        impl std::os::unix::fs::FileExt for $type {
            fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
                self.read_some(buffer, offset)
            }

            fn write_at(&self, data: &[u8], offset: u64) -> std::io::Result<usize> {
                self.write_some(data, offset)
            }
        }

        #[cfg(windows)]
        impl std::os::windows::fs::FileExt for $type {
            fn seek_read(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
                self.read_some(buffer, offset)
            }

            fn seek_write(&self, data: &[u8], offset: u64) -> std::io::Result<usize> {
                self.write_some(data, offset)
            }
        }
    };
}
impl_file_ext!(MemoryFile);
