//! Readers that do not wait, used from asynchronous code.

use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

use bytes::Bytes;
use massmap_io::{IoError, MassMapReader};

use crate::reader::version_tag::VersionTag;
use crate::reader::{AsyncReader, Suffix};
use crate::readers::memory::MemoryReader;

/// Reads from a reader for synchronous code, on the thread that polls the future.
///
/// It is for readers that do not make the thread wait: mapped files and other bytes in memory, and files that are known to be in the
/// page cache of the system. For others there is `Offloaded`, with the cargo feature `tokio`.
///
/// The bytes must not change: the [`VersionTag`] is strong and empty. A file that is open goes on being the same one when another is
/// renamed to its path, as publishing a map does.
#[derive(Debug, Clone)]
pub struct InPlace<R> {
    reader: R,
    shared: Option<MemoryReader>,
    location: String,
}

impl<R: MassMapReader> InPlace<R> {
    /// Reads from `reader`.
    #[must_use]
    pub fn new(reader: R) -> Self {
        let shared = reader.shared_bytes().map(MemoryReader::new);
        Self {
            reader,
            shared,
            location: String::new(),
        }
    }

    /// Sets what the file is called, such as its path, for messages.
    #[must_use]
    pub fn with_location(mut self, location: impl Into<String>) -> Self {
        self.location = location.into();
        self
    }

    /// The reader that was given.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// The bytes of the reader, if they are in memory and can be shared.
    pub(crate) const fn shared(&self) -> Option<&MemoryReader> {
        self.shared.as_ref()
    }

    pub(crate) fn read_now(&self, range: &Range<u64>) -> Result<Bytes> {
        let length = length(range)?;
        let copy = |bytes: &[u8]| Ok(Bytes::copy_from_slice(bytes));
        self.reader.read_exact_at(range.start, length, copy)
    }

    pub(crate) fn read_many_now(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let lengths: Vec<_> = ranges.iter().map(length).collect::<Result<_>>()?;
        let ranges = ranges
            .iter()
            .zip(lengths)
            .map(|(range, length)| ((), range.start, length));
        self.reader
            .batch_read_at::<(), _, _>(ranges, |(), bytes| Ok(Bytes::copy_from_slice(bytes)))
    }

    pub(crate) fn read_suffix_now(&self, length: u64) -> Result<Suffix> {
        let Some(size) = self.reader.source_size() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the reader does not know the length of its file: it is empty, no regular file, or the reader lacks `source_size`",
            ));
        };
        let range = size.length.saturating_sub(length)..size.length;
        let bytes = match range.is_empty() {
            true => Bytes::new(),
            false => self.read_now(&range)?,
        };
        Ok(Suffix {
            bytes,
            file_length: size.length,
            version: VersionTag::strong(""),
        })
    }
}

fn length(range: &Range<u64>) -> Result<u64> {
    // Of a range that ends before it starts no byte is there.
    let none = || IoError::UnexpectedEnd {
        offset: range.start,
        length: 0,
        available: 0,
    };
    Ok(range.end.checked_sub(range.start).ok_or_else(none)?)
}

impl<R: MassMapReader> AsyncReader for InPlace<R> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        match self.shared() {
            Some(shared) => shared.read(range).await,
            None => self.read_now(&range),
        }
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        match self.shared() {
            Some(shared) => shared.read_many(ranges).await,
            None => self.read_many_now(&ranges),
        }
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        match self.shared() {
            Some(shared) => shared.read_suffix(length).await,
            None => self.read_suffix_now(length),
        }
    }

    /// Many: the thread is not free before all of them are read, in any case.
    fn ranges_at_once(&self) -> usize {
        RANGES_AT_ONCE
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.reader.shared_bytes()
    }

    fn stored_length(&self) -> Option<u64> {
        self.reader.source_size().map(|size| size.stored)
    }

    fn location(&self) -> &str {
        &self.location
    }
}

/// So many that a task for them costs little for each, and so few that a batch is read on several threads.
pub(crate) const RANGES_AT_ONCE: usize = 64;
