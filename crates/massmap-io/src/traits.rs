//! What reads and writes byte ranges.

use std::borrow::Borrow;
use std::io::Result;

use crate::FileId;

/// Something that byte ranges can be read from.
///
/// Implemented for everything that implements the platform's `FileExt`, [`std::fs::File`] above all. Each read says where it
/// reads, so one reader can serve many threads. (On Windows, reading moves the position of a file that is also read without
/// saying where.)
pub trait MassMapReader {
    /// Reads the `length` bytes at `offset` and calls `f` with them; returns what `f` returns.
    ///
    /// Only [`batch_read_at`](Self::batch_read_at) has to be able to read nothing; `length` is never 0 here.
    ///
    /// # Errors
    ///
    /// An error of kind [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) if the range reaches beyond the end, without
    /// calling `f` and without allocating more than what is really there; any error of the backend; or that of `f`.
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>;

    /// Reads several ranges and calls `f` with each one's companion and bytes; returns what `f` returned, in the order
    /// of the ranges.
    ///
    /// `iov` yields companion, offset and length. A range of length 0 needs no read, whatever its offset: `f` is called
    /// with no bytes. The provided implementation reads one range after the other. Override it where a backend can do
    /// better; results must stay in the order of `iov`, and there must be one for each range.
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

    /// All of the bytes, if they lie in memory, as those of a mapped file do; `None` unless a backend says otherwise.
    ///
    /// Lookups then work on the bytes where they lie, and do not call [`read_exact_at`](Self::read_exact_at). The bytes must
    /// stay the same for as long as the reader lives.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }

    /// Which file is read, if it is one and the backend can tell; `None` unless a backend says otherwise.
    ///
    /// A merge does not write over a file that it reads. A reader of your own that wraps a file had better pass this on.
    fn source_id(&self) -> Option<FileId> {
        None
    }
}

/// A reader whose bytes lie in memory: what is looked up can be borrowed from it, for as long as it lives.
pub trait LendingReader: MassMapReader {
    /// All of the bytes. [`in_memory`](MassMapReader::in_memory) gives the same.
    fn bytes(&self) -> &[u8];
}

/// Something that byte ranges can be written to.
///
/// Implemented for everything that implements the platform's `FileExt`, [`std::fs::File`] above all.
pub trait MassMapWriter {
    /// Writes all of `data` at `offset`, replacing what is there and growing the target where it ends.
    ///
    /// # Errors
    ///
    /// Any error of the backend; [`WriteZero`](std::io::ErrorKind::WriteZero) if it takes no more bytes. An unknown part
    /// of the data may have been written then.
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()>;

    /// Checks that what is written will be where it is to be, before anything is.
    ///
    /// The provided implementation has no objections.
    ///
    /// # Errors
    ///
    /// That of a [`File`](std::fs::File) is [`IoError::AppendOnly`](crate::IoError::AppendOnly), on Linux.
    fn check_target(&self) -> Result<()> {
        Ok(())
    }

    /// Which file is written to, if it is one and the backend can tell; `None` unless a backend says otherwise.
    ///
    /// A merge does not write over a file that it reads. A writer of your own that wraps a file had better pass this on.
    fn target_id(&self) -> Option<FileId> {
        None
    }
}
