//! A place to build into that both crates can write to, so that neither has a better one.

use std::io;
use std::sync::{Mutex, PoisonError};

/// Bytes in memory that maps are built into.
#[derive(Debug)]
pub struct Memory(Mutex<Vec<u8>>);

impl Memory {
    /// No bytes yet, with room for `capacity` of them.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Mutex::new(Vec::with_capacity(capacity)))
    }

    /// The bytes written so far.
    #[must_use]
    pub fn into_inner(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, data: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start + data.len();
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
