//! Readers and writers over memory.

use std::io::Result;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{IoError, LendingReader, MassMapReader, MassMapWriter};

/// Reads from bytes in memory: a `Vec<u8>`, a `&[u8]`, an `Arc<[u8]>` and the like.
///
/// Nothing is copied: each read gets a part of the bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BytesReader<B>(B);

impl<B: AsRef<[u8]>> BytesReader<B> {
    /// A reader of `bytes`.
    #[must_use]
    pub const fn new(bytes: B) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub fn into_inner(self) -> B {
        self.0
    }
}

impl<B: AsRef<[u8]>> MassMapReader for BytesReader<B> {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        f(range(self.0.as_ref(), offset, length)?)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self.0.as_ref())
    }
}

impl<B: AsRef<[u8]>> LendingReader for BytesReader<B> {
    fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

/// The `length` bytes at `offset` of `bytes`.
pub(crate) fn range(bytes: &[u8], offset: u64, length: u64) -> Result<&[u8]> {
    let available = usize::try_from(offset)
        .ok()
        .and_then(|start| bytes.get(start..))
        .unwrap_or_default();
    let range = usize::try_from(length)
        .ok()
        .and_then(|length| available.get(..length));
    let missing = || IoError::UnexpectedEnd {
        offset,
        length,
        available: available.len() as u64,
    };
    Ok(range.ok_or_else(missing)?)
}

/// Writes to memory, which grows as needed. Gaps are zeros, as in a file.
#[derive(Debug, Default)]
pub struct MemoryWriter(Mutex<Vec<u8>>);

impl MemoryWriter {
    /// A writer without bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// A copy of the bytes written so far.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    /// The bytes written so far.
    #[must_use]
    pub fn into_inner(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader of the bytes written so far.
    #[must_use]
    pub fn into_reader(self) -> BytesReader<Vec<u8>> {
        BytesReader::new(self.into_inner())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        // A panic cannot leave the bytes in an inconsistent state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Vec<u8>> for MemoryWriter {
    /// A writer that holds `bytes` already.
    fn from(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(bytes))
    }
}

impl MassMapWriter for MemoryWriter {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let mut bytes = self.bytes();
        let out_of_memory = || IoError::OutOfMemory {
            offset,
            length: data.len() as u64,
        };
        let start = usize::try_from(offset).map_err(|_| out_of_memory())?;
        let end = start.checked_add(data.len()).ok_or_else(out_of_memory)?;
        if let Some(more) = end.checked_sub(bytes.len()) {
            bytes.try_reserve(more).map_err(|_| out_of_memory())?;
            bytes.resize(end, 0);
        }
        bytes
            .get_mut(start..end)
            .expect("grown to hold the range")
            .copy_from_slice(data);
        Ok(())
    }

    fn target_length(&self) -> Result<Option<u64>> {
        Ok(Some(self.bytes().len() as u64))
    }
}
