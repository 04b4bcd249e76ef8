//! One reader type for every backend.

use std::borrow::Borrow;
use std::fs::File;
use std::io::Result;
use std::path::Path;

use bytes::Bytes;

#[cfg(target_os = "linux")]
use crate::DirectFile;
#[cfg(feature = "mmap")]
use crate::MappedFile;
#[cfg(feature = "io-uring")]
use crate::UringFile;
use crate::{BytesReader, FileId, IoError, MassMapReader, PooledFile, SourceSize};

/// A reader of any built-in backend, for programs that choose the backend at run time, or do not want to name it.
///
/// A call costs one well-predicted branch more than a call of the backend.
///
/// ```
/// use massmap_io::{AnyReader, MassMapReader};
///
/// let reader = AnyReader::from(b"hello world".to_vec());
/// assert_eq!(reader.read_exact_at(6, 5, |bytes| Ok(bytes.to_vec()))?, b"world");
/// assert_eq!(reader.in_memory(), Some(&b"hello world"[..]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyReader {
    /// An open file.
    File(File),
    /// A file of a [`FilePool`](crate::FilePool).
    Pooled(PooledFile),
    /// A file that is mapped into memory.
    #[cfg(feature = "mmap")]
    Mapped(MappedFile),
    /// Bytes in memory.
    Bytes(BytesReader<Bytes>),
    /// A file that is read without the page cache.
    #[cfg(target_os = "linux")]
    Direct(DirectFile),
    /// A file whose batches keep many reads in flight.
    #[cfg(feature = "io-uring")]
    Uring(UringFile<File>),
    /// A file whose batches keep many reads in flight, without the page cache.
    #[cfg(all(feature = "io-uring", target_os = "linux"))]
    DirectUring(UringFile<DirectFile>),
}

/// Evaluates an expression with the backend.
macro_rules! with_backend {
    ($any:expr, $reader:ident => $result:expr) => {
        match $any {
            AnyReader::File($reader) => $result,
            AnyReader::Pooled($reader) => $result,
            #[cfg(feature = "mmap")]
            AnyReader::Mapped($reader) => $result,
            AnyReader::Bytes($reader) => $result,
            #[cfg(target_os = "linux")]
            AnyReader::Direct($reader) => $result,
            #[cfg(feature = "io-uring")]
            AnyReader::Uring($reader) => $result,
            #[cfg(all(feature = "io-uring", target_os = "linux"))]
            AnyReader::DirectUring($reader) => $result,
        }
    };
}

impl AnyReader {
    /// Opens the file at `path` as an ordinary [`File`].
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened; the payload is [`IoError::Open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| IoError::Open {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::File(file))
    }

    /// [`read_exact_at`](MassMapReader::read_exact_at) of all other backends. A function of its own, so that lookups in files
    /// compile to the same code as for a [`File`] alone.
    #[inline(never)]
    fn read_other<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        with_backend!(self, reader => reader.read_exact_at(offset, length, f))
    }
}

impl MassMapReader for AnyReader {
    #[inline]
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        match self {
            Self::File(file) => file.read_exact_at(offset, length, f),
            _ => self.read_other(offset, length, f),
        }
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        with_backend!(self, reader => reader.batch_read_at(iov, f))
    }

    #[inline]
    fn in_memory(&self) -> Option<&[u8]> {
        // Without `with_backend!`: two comparisons cost less than a jump table.
        match self {
            #[cfg(feature = "mmap")]
            Self::Mapped(reader) => reader.in_memory(),
            Self::Bytes(reader) => reader.in_memory(),
            _ => None,
        }
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        match self {
            Self::Bytes(reader) => Some(reader.clone().into_inner()),
            _ => with_backend!(self, reader => reader.shared_bytes()),
        }
    }

    fn source_size(&self) -> Option<SourceSize> {
        with_backend!(self, reader => reader.source_size())
    }

    fn source_id(&self) -> Option<FileId> {
        with_backend!(self, reader => reader.source_id())
    }
}

macro_rules! from_backends {
    ($($(#[$condition:meta])* $variant:ident($backend:ty);)+) => {$(
        $(#[$condition])*
        impl From<$backend> for AnyReader {
            fn from(reader: $backend) -> Self {
                Self::$variant(reader)
            }
        }
    )+};
}

from_backends! {
    File(File);
    Pooled(PooledFile);
    #[cfg(feature = "mmap")]
    Mapped(MappedFile);
    Bytes(BytesReader<Bytes>);
    #[cfg(target_os = "linux")]
    Direct(DirectFile);
    #[cfg(feature = "io-uring")]
    Uring(UringFile<File>);
    #[cfg(all(feature = "io-uring", target_os = "linux"))]
    DirectUring(UringFile<DirectFile>);
}

impl From<Bytes> for AnyReader {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(BytesReader::new(bytes))
    }
}

impl From<Vec<u8>> for AnyReader {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

#[cfg(test)]
mod tests;
