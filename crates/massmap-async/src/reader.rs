//! The trait of asynchronous readers of byte ranges.

pub(crate) mod version_tag;

use std::io::Result;
use std::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;

use version_tag::VersionTag;

/// The end of a file, and what is known of the file with it. From [`AsyncReader::read_suffix`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffix {
    /// The last bytes.
    pub bytes: Bytes,
    /// Length of the whole file, in bytes.
    pub file_length: u64,
    /// Which version of the file they are of.
    pub version: VersionTag,
}

/// An asynchronous source of byte ranges.
///
/// **One version.** All bytes that a reader gives are of one version of the file, the one of its first answer. Once the file has been
/// replaced, reads fail with [`RemoteError::Changed`](crate::RemoteError::Changed); whoever wants the new version opens a new reader. A
/// reader whose [`VersionTag`] is not strong may fail to notice it.
///
/// **Cancelling.** A future that is dropped before it is ready leaves the reader usable.
///
/// **Threads.** The futures may be moved between threads if those of the reader may: a map over a reader whose futures are [`Send`] can
/// be used in tasks of a runtime with many threads, one over any other reader on one thread.
///
/// The module `conformance`, with the cargo feature of that name, tests readers.
pub trait AsyncReader {
    /// Reads all bytes of `range`, which is not empty.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) if the range extends beyond the end;
    /// [`RemoteError::Changed`](crate::RemoteError::Changed); any error of the backend.
    fn read(&self, range: Range<u64>) -> impl Future<Output = Result<Bytes>>;

    /// Reads several ranges, none of them empty, at the same time. Gives their bytes in the order of the ranges.
    ///
    /// The provided implementation starts a [`read`](Self::read) of each at once. Override it if the backend can do better.
    ///
    /// # Errors
    ///
    /// The first error of any of them.
    fn read_many(&self, ranges: Vec<Range<u64>>) -> impl Future<Output = Result<Vec<Bytes>>> {
        try_join_all(ranges.into_iter().map(|range| self.read(range)))
    }

    /// Reads the last `length` bytes, or the whole file if it is shorter, and tells the length and the version of the file, all in one
    /// request if the backend can do that.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read), but for the end of the file.
    fn read_suffix(&self, length: u64) -> impl Future<Output = Result<Suffix>>;

    /// How many ranges a batch passes to one call of [`read_many`](Self::read_many). 1 unless a backend says otherwise: each range is
    /// then a request of its own, and results come as they arrive. More is for backends where a call costs more than a read.
    fn ranges_at_once(&self) -> usize {
        1
    }

    /// All of the bytes, if they are in memory and never change. The provided implementation gives `None`.
    ///
    /// A map then looks keys up in them and reads nothing.
    fn shared_bytes(&self) -> Option<Bytes> {
        None
    }

    /// How many bytes are really stored, if they may be fewer than the length of the file, as in a file with holes. `None`, for as many as
    /// there are, unless a backend says otherwise.
    ///
    /// A longer index than this is read in pieces, so that a file that only seems to have one does not take its memory.
    fn stored_length(&self) -> Option<u64> {
        None
    }

    /// What the file is called, such as its URL, without passwords: for messages, and to tell files apart in a cache. Empty unless a
    /// backend says otherwise.
    fn location(&self) -> &str {
        ""
    }
}

/// Readers behind pointers are readers.
macro_rules! for_pointers {
    ($($pointer:ty),+) => {$(
        impl<R: AsyncReader + ?Sized> AsyncReader for $pointer {
            fn read(&self, range: Range<u64>) -> impl Future<Output = Result<Bytes>> {
                self.deref().read(range)
            }

            fn read_many(&self, ranges: Vec<Range<u64>>) -> impl Future<Output = Result<Vec<Bytes>>> {
                self.deref().read_many(ranges)
            }

            fn read_suffix(&self, length: u64) -> impl Future<Output = Result<Suffix>> {
                self.deref().read_suffix(length)
            }

            fn ranges_at_once(&self) -> usize {
                self.deref().ranges_at_once()
            }

            fn shared_bytes(&self) -> Option<Bytes> {
                self.deref().shared_bytes()
            }

            fn stored_length(&self) -> Option<u64> {
                self.deref().stored_length()
            }

            fn location(&self) -> &str {
                self.deref().location()
            }
        }
    )+};
}

for_pointers!(&R, Arc<R>, Rc<R>, Box<R>);
