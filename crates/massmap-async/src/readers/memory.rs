//! Bytes in memory.

use std::io::Result;
use std::ops::Range;

use bytes::Bytes;
use massmap_io::IoError;

use crate::reader::version_tag::VersionTag;
use crate::reader::{AsyncReader, Suffix};

/// Reads from bytes in memory, without copying them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryReader(Bytes);

impl MemoryReader {
    /// A reader of `bytes`.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// Returns the bytes.
    #[must_use]
    pub fn into_inner(self) -> Bytes {
        self.0
    }
}

impl AsyncReader for MemoryReader {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let length = self.0.len() as u64;
        let inside = |offset: u64| usize::try_from(offset).ok().filter(|_| offset <= length);
        match (inside(range.start), inside(range.end)) {
            (Some(start), Some(end)) if start <= end => Ok(self.0.slice(start..end)),
            _ => Err(IoError::UnexpectedEnd {
                offset: range.start,
                length: range.end.saturating_sub(range.start),
                available: length.saturating_sub(range.start),
            }
            .into()),
        }
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Suffix {
            bytes: self.0.slice(self.0.len().saturating_sub(length)..),
            file_length: self.0.len() as u64,
            version: VersionTag::strong(""),
        })
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        Some(self.0.clone())
    }
}
