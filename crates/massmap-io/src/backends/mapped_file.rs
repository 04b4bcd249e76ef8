//! Files that are mapped into memory.
#![expect(
    unsafe_code,
    reason = "the caller has to promise that the bytes of a mapped file do not change"
)]

mod options;

use std::fmt;
use std::fs::File;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use memmap2::{Mmap, MmapOptions};

use super::memory::range;
use crate::{FileId, IoError, LendingReader, MassMapReader};

pub use options::MappedFileOptions;

/// A file that is mapped into memory: reads take neither a system call nor a copy.
///
/// The fastest backend for files in the page cache, and lookups can borrow from it. The price is the contract below. [`File`]
/// has no such contract, and gives errors where a mapped file would cause a signal.
///
/// Clones share the mapping. It exists until the last clone is dropped, even if the file is closed, renamed or removed.
///
/// # Safety contract
///
/// Mapping a file is unsafe, because its bytes become an ordinary `&[u8]`. **Until the last clone of the mapping is dropped,
/// neither this program nor any other may change the file's bytes or truncate it.** The system does not enforce this.
///
/// - Changing bytes is undefined behaviour: bytes that were checked may differ when they are used.
/// - A mapping has no bytes where its file was truncated. On Unix, an access there ends the process with `SIGBUS`, and so does
///   one to a page that the disk or the file server fails to deliver.
/// - Bytes may be appended to the file.
/// - The file may be replaced *by a rename*: the mapping keeps showing the old file, which stays on disk while it is in use.
///   [`AtomicFile`](crate::AtomicFile) replaces files this way, and so does every function of massmap that writes to a path. In
///   contrast, `cp` and [`File::create`] truncate and change an existing file. (On Windows, a mapped file cannot be replaced.)
///
/// A file that only trusted programs write, all of them by renaming, meets the contract; so does one on a read-only file
/// system.
///
/// ```
/// use massmap_io::{LendingReader, MappedFile, MassMapReader};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("greeting");
/// std::fs::write(&path, "hello world")?;
///
/// // SAFETY: no other program knows the directory, and this one does not change the file.
/// let file = unsafe { MappedFile::open(&path)? };
/// assert_eq!(file.bytes(), b"hello world");
/// assert_eq!(file.read_exact_at(6, 5, |bytes| Ok(bytes.to_vec()))?, b"world");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct MappedFile(Arc<Mapped>);

struct Mapped {
    map: Mmap,
    /// The identity of the file, which may be closed.
    id: Option<FileId>,
}

impl MappedFile {
    /// Maps the file at `path`, with its present length. [`MappedFileOptions`] does so with advice to the system.
    ///
    /// # Safety
    ///
    /// Until the last clone of the mapping is dropped, the file's bytes must not change and the file must not be truncated; see
    /// the [contract](Self#safety-contract).
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened or mapped; the payload is [`IoError::Open`].
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        // SAFETY: the caller promises the same.
        unsafe { MappedFileOptions::new().open(path) }
    }

    /// Maps a file that is open for reading, with its present length. The file may be closed afterwards.
    ///
    /// # Safety
    ///
    /// Until the last clone of the mapping is dropped, the file's bytes must not change and the file must not be truncated; see
    /// the [contract](Self#safety-contract).
    ///
    /// # Errors
    ///
    /// Fails if the system does not map the file.
    pub unsafe fn map(file: &File) -> Result<Self> {
        // SAFETY: the caller promises the same.
        unsafe { MappedFileOptions::new().map(file) }
    }

    /// Length of the file when it was mapped, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.map.len() as u64
    }

    /// Whether the file was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.map.is_empty()
    }
}

impl MappedFileOptions {
    /// Maps the file at `path`, with its present length.
    ///
    /// # Safety
    ///
    /// Until the last clone of the mapping is dropped, the file's bytes must not change and the file must not be truncated; see
    /// the [contract](MappedFile#safety-contract).
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened or mapped; the payload is [`IoError::Open`].
    pub unsafe fn open(self, path: impl AsRef<Path>) -> Result<MappedFile> {
        let path = path.as_ref();
        let file = File::open(path).and_then(|file| {
            // SAFETY: the caller promises the same.
            unsafe { self.map(&file) }
        });
        file.map_err(|source| {
            IoError::Open {
                path: path.to_owned(),
                source,
            }
            .into()
        })
    }

    /// Maps a file that is open for reading, with its present length. The file may be closed afterwards.
    ///
    /// # Safety
    ///
    /// Until the last clone of the mapping is dropped, the file's bytes must not change and the file must not be truncated; see
    /// the [contract](MappedFile#safety-contract).
    ///
    /// # Errors
    ///
    /// Fails if the system does not map the file.
    pub unsafe fn map(self, file: &File) -> Result<MappedFile> {
        // SAFETY: the caller promises that the bytes do not change while the mapping exists, which is until the last clone of
        // the `MappedFile` is dropped. An empty file, which the system would not map, becomes an empty slice.
        let map = unsafe { MmapOptions::new().map(file)? };
        self.advise(&map);
        Ok(MappedFile(Arc::new(Mapped {
            map,
            id: FileId::of(file),
        })))
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl MassMapReader for MappedFile {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        f(range(self.bytes(), offset, length)?)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self.bytes())
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        Some(Bytes::from_owner(self.clone()))
    }

    fn source_id(&self) -> Option<FileId> {
        self.0.id
    }
}

impl LendingReader for MappedFile {
    fn bytes(&self) -> &[u8] {
        &self.0.map
    }
}

impl fmt::Debug for MappedFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MappedFile")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
