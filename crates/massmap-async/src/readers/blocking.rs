//! Readers for programs without a runtime.

mod batch;
pub(crate) mod options;
pub(crate) mod runtime;
mod wait;

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use massmap_format::PagedHeader;
use massmap_io::{IoError, MassMapReader, SourceSize};

use crate::error::RemoteError;
use crate::reader::version_tag::VersionTag;
use crate::reader::{AsyncReader, Suffix};
use crate::readers::object_store::ObjectReader;
use batch::{Coalescing, Groups, Source};
use options::BlockingOptions;
use runtime::Driver;

/// Reads any [`AsyncReader`] for programs that are not asynchronous: `MassMap` and everything else that reads a
/// [`MassMapReader`](massmap_io::MassMapReader) opens objects in stores with it.
///
/// Opening one asks for the end of the file, and keeps that. A map that is opened from it finds its metadata and index there if they take
/// no more than 64 KiB, so that opening takes one request and a lookup one more. [Batches](MassMapReader::batch_read_at) have many
/// requests in flight; [`BlockingOptions`] says how many.
///
/// **Threads.** A request waits in the thread that asks for it. Sockets and timers are served by one thread, which all such readers of the
/// process share and which the first of them starts; [`BlockingOptions::runtime`] gives it another runtime instead. Within
/// tasks of a runtime, too, reads work, but block the task's thread as any other blocking call does. There, give the reader a store of
/// its own, as [`from_url`](Self::from_url) does: a store that the runtime uses as well keeps connections that the blocked thread may have
/// to serve, so that a read waits until it times out.
///
/// **Forks.** A forked process has neither that thread nor sockets of its own: reads of a reader that was opened before the fork fail
/// there, and a new one works. [`BlockingOptions::runtime_of_process`] is for readers that survive forks.
///
/// ```
/// use massmap_async::{BlockingReader, MemoryReader};
/// use massmap_io::MassMapReader;
///
/// let reader = BlockingReader::open(MemoryReader::new("abcdefghijklmnopqrstuvwxyz"))?;
/// assert_eq!(reader.read_exact_at(23, 3, |bytes| Ok(bytes.to_vec()))?, b"xyz");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct BlockingReader<R> {
    reader: R,
    suffix: Suffix,
    driver: Driver,
    coalescing: Coalescing,
    requests_in_flight: usize,
}

impl BlockingReader<ObjectReader> {
    /// Opens the object at a URL, as [`ObjectUrl::parse`](crate::ObjectUrl::parse) understands it: reads its last 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`ObjectUrl::parse`](crate::ObjectUrl::parse) and of [`BlockingOptions::open`].
    pub fn from_url(url: &str) -> Result<Self> {
        Self::open(ObjectReader::from_url(url)?)
    }
}

impl<R: AsyncReader> BlockingReader<R> {
    /// Opens a file: reads its last 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`BlockingOptions::open`].
    pub fn open(reader: R) -> Result<Self> {
        BlockingOptions::new().open(reader)
    }

    fn open_with(reader: R, options: &BlockingOptions) -> Result<Self> {
        let driver = options.driver()?;
        let suffix = driver.wait(reader.read_suffix(options.first_read))??;
        let is_format_2 = suffix
            .bytes
            .len()
            .checked_sub(PagedHeader::SIZE)
            .and_then(|start| suffix.bytes.get(start..))
            .is_some_and(PagedHeader::is_magic);
        if !suffix.version.is_strong() && !is_format_2 && !options.allows_unknown_version {
            let location = reader.location().to_owned();
            return Err(RemoteError::UnknownVersion { location }.into());
        }
        Ok(Self {
            reader,
            suffix,
            driver,
            coalescing: options.coalescing,
            requests_in_flight: options.requests_in_flight,
        })
    }

    /// The version of the file that is read.
    pub fn version(&self) -> &VersionTag {
        &self.suffix.version
    }

    /// The reader inside.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Returns the reader inside.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Where the bytes begin that were read first.
    fn suffix_start(&self) -> u64 {
        self.suffix
            .file_length
            .saturating_sub(self.suffix.bytes.len() as u64)
    }

    /// The bytes of a range if they were read first.
    fn kept(&self, range: &Range<u64>) -> Option<&[u8]> {
        part(&self.suffix.bytes, self.suffix_start(), range)
    }

    fn beyond(&self, offset: u64, length: u64) -> Error {
        IoError::UnexpectedEnd {
            offset,
            length,
            available: self.suffix.file_length.saturating_sub(offset),
        }
        .into()
    }
}

impl BlockingOptions {
    /// Opens a file: reads its end.
    ///
    /// # Errors
    ///
    /// - those of [`AsyncReader::read_suffix`];
    /// - [`Unsupported`](std::io::ErrorKind::Unsupported) with [`RemoteError::UnknownVersion`](crate::RemoteError::UnknownVersion) for a
    ///   file that is not of format 2 and whose version is not known for sure;
    /// - [`InvalidInput`](std::io::ErrorKind::InvalidInput) if the runtime that was given has no threads of its own;
    /// - any error of the system, which may have no thread left.
    pub fn open<R: AsyncReader>(&self, reader: R) -> Result<BlockingReader<R>> {
        BlockingReader::open_with(reader, self)
    }
}

/// The bytes of a range, from bytes that begin at `start` in the file.
fn part<'a>(bytes: &'a [u8], start: u64, range: &Range<u64>) -> Option<&'a [u8]> {
    let index = |offset: u64| usize::try_from(offset.checked_sub(start)?).ok();
    bytes.get(index(range.start)?..index(range.end)?)
}

/// The error of a reader that gave less than was asked for.
fn incomplete(range: &Range<u64>, bytes: &Bytes) -> Error {
    let asked = range.end.saturating_sub(range.start);
    Error::new(
        ErrorKind::InvalidData,
        format!("the reader gave {} bytes for {asked}: it is faulty", bytes.len()),
    )
}

impl<R: AsyncReader> MassMapReader for BlockingReader<R> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> Result<T>
    where
        F: Fn(&[u8]) -> Result<T>,
    {
        let end = offset.checked_add(length);
        let Some(end) = end.filter(|&end| end <= self.suffix.file_length) else {
            return Err(self.beyond(offset, length));
        };
        let range = offset..end;
        if let Some(bytes) = self.kept(&range) {
            return f(bytes);
        }
        let bytes = self.driver.wait(self.reader.read(range.clone()))??;
        match bytes.len() as u64 == length {
            true => f(&bytes),
            false => Err(incomplete(&range, &bytes)),
        }
    }

    fn batch_read_at<Q: ?Sized, F, T>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<T>>
    where
        F: Fn(&Q, &[u8]) -> Result<T>,
    {
        let iov = iov.into_iter();
        let mut results = Vec::with_capacity(iov.size_hint().0);
        let mut groups = Groups::new(iov, self.coalescing, self.suffix_start(), self.suffix.file_length);
        let mut begun = VecDeque::new();
        let mut requests = FuturesOrdered::new();
        loop {
            while begun.len() < self.requests_in_flight
                && let Some(group) = groups.next()
            {
                if let Source::Request(range) = &group.source {
                    requests.push_back(self.reader.read(range.clone()));
                }
                begun.push_back(group);
            }
            let Some(group) = begun.pop_front() else {
                return Ok(results);
            };
            let fetched;
            let (bytes, start): (&[u8], u64) = match &group.source {
                Source::Kept => (&self.suffix.bytes, self.suffix_start()),
                Source::Request(range) => {
                    let next = self.driver.wait(requests.next())?;
                    fetched = next.expect("each group that is a request has begun one")?;
                    if fetched.len() as u64 != range.end.saturating_sub(range.start) {
                        return Err(incomplete(range, &fetched));
                    }
                    (&fetched, range.start)
                }
                &Source::Beyond { offset, length } => return Err(self.beyond(offset, length)),
            };
            for (companion, range) in &group.members {
                let bytes = match range.is_empty() {
                    true => &[],
                    false => part(bytes, start, range).expect("the ranges of a group lie within it"),
                };
                results.push(f(companion.borrow(), bytes)?);
            }
        }
    }

    fn source_size(&self) -> Option<SourceSize> {
        Some(SourceSize::of_bytes(self.suffix.file_length))
    }
}

impl<R: fmt::Debug> fmt::Debug for BlockingReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingReader")
            .field("reader", &self.reader)
            .field("file_length", &self.suffix.file_length)
            .field("version", &self.suffix.version)
            .finish_non_exhaustive()
    }
}
