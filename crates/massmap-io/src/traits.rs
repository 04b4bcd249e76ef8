//! The traits of byte-range readers and writers.

pub(crate) mod file_id;
pub(crate) mod source_size;

use std::borrow::Borrow;
use std::io::Result;

use bytes::Bytes;

use crate::{FileId, SourceSize};

/// A source of byte ranges.
///
/// Implemented for all types with the platform's `FileExt`, such as [`std::fs::File`]. Each read names its offset, so one
/// reader can serve many threads. (On Windows, such reads also move the file's own position.)
pub trait MassMapReader {
    /// Reads the `length` bytes at `offset`, calls `f` with them, and returns its result.
    ///
    /// `length` is never 0 here; only [`batch_read_at`](Self::batch_read_at) must accept empty ranges.
    ///
    /// # Errors
    ///
    /// An error of kind [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) if the range extends beyond the end; then `f` is
    /// not called, and no more memory is allocated than there are bytes. Any error of the backend, or that of `f`.
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>;

    /// Reads several ranges, calls `f` with the companion and the bytes of each, and returns its results in the order of the
    /// ranges.
    ///
    /// `iov` yields companion, offset and length. A range of length 0 needs no read, whatever its offset: `f` gets an empty
    /// slice. The provided implementation reads one range after the other. Override it if the backend can do better; there
    /// must be one result for each range, in the order of `iov`.
    ///
    /// # Errors
    ///
    /// The first error of a read or of `f`, as in [`read_exact_at`](Self::read_exact_at).
    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        iov.into_iter()
            .map(|(companion, offset, length)| match length {
                0 => f(companion.borrow(), &[]),
                _ => self.read_exact_at(offset, length, |bytes| f(companion.borrow(), bytes)),
            })
            .collect()
    }

    /// All of the bytes, if they are in memory, like those of a mapped file. The provided implementation gives `None`.
    ///
    /// Lookups then access the bytes in place, and do not call [`read_exact_at`](Self::read_exact_at). The bytes must not
    /// change while the reader exists.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }

    /// The same as [`in_memory`](Self::in_memory), as bytes that can be shared and outlive the reader. `None` unless a backend says
    /// otherwise.
    ///
    /// An open map then uses its index where it lies in these bytes instead of copying it.
    fn shared_bytes(&self) -> Option<Bytes> {
        None
    }

    /// The size of the file that is read, if the backend knows it without reading. The provided implementation knows it of bytes
    /// [in memory](Self::in_memory).
    ///
    /// A map of format 2 then opens from its end, most often in one read instead of two. A reader that wraps a file should
    /// forward it.
    fn source_size(&self) -> Option<SourceSize> {
        self.in_memory()
            .map(|bytes| SourceSize::of_bytes(bytes.len() as u64))
    }

    /// The identity of the file that is read, if the backend knows it. The provided implementation gives `None`.
    ///
    /// A merge uses it to avoid overwriting a file that it reads. A reader that wraps a file should forward it.
    fn source_id(&self) -> Option<FileId> {
        None
    }
}

/// A reader whose bytes are in memory: results of lookups can borrow from it, for as long as it exists.
pub trait LendingReader: MassMapReader {
    /// All of the bytes, the same as [`in_memory`](MassMapReader::in_memory).
    fn bytes(&self) -> &[u8];
}

/// A target of byte ranges.
///
/// Implemented for all types with the platform's `FileExt`, such as [`std::fs::File`].
pub trait MassMapWriter {
    /// Writes all of `data` at `offset`. Replaces existing bytes, and grows the target beyond its end.
    ///
    /// # Errors
    ///
    /// Any error of the backend; [`WriteZero`](std::io::ErrorKind::WriteZero) if it accepts no more bytes. An unknown part of
    /// the data may have been written then.
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()>;

    /// Checks, before the first write, that bytes will be written at their offsets.
    ///
    /// The provided implementation always succeeds.
    ///
    /// # Errors
    ///
    /// For a [`File`](std::fs::File), [`IoError::AppendOnly`](crate::IoError::AppendOnly), on Linux.
    fn check_target(&self) -> Result<()> {
        Ok(())
    }

    /// The length of the target, before anything is written to it, if the backend knows it. The provided implementation gives
    /// `None`.
    ///
    /// Of a target that is longer than the map to be written, the end stays. If that is the end of an older map of format 2, its
    /// last bytes say where its index is, and are cleared first. Implement this for writers to targets that may hold an older map.
    ///
    /// # Errors
    ///
    /// Any error of the backend.
    fn target_length(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// The identity of the file that is written, if the backend knows it. The provided implementation gives `None`.
    ///
    /// A merge uses it to avoid overwriting a file that it reads. A writer that wraps a file should forward it.
    fn target_id(&self) -> Option<FileId> {
        None
    }
}
