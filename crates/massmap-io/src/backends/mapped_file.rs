//! Reading files where the system maps them into memory.
#![expect(
    unsafe_code,
    reason = "whoever maps a file has to promise that its bytes stay"
)]

mod options;

use std::fmt;
use std::fs::File;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, MmapOptions};

use super::memory::range;
use crate::{FileId, IoError, LendingReader, MassMapReader};

pub use options::MappedFileOptions;

/// A file whose bytes the system shows in the memory of the program: reading one takes neither a call nor a copy.
///
/// The fastest way to look up in a file that is in the page cache, and what lookups can borrow from. The price is the contract
/// below; [`File`] demands none, and turns everything that this would make a signal into an error.
///
/// Clones share the map. It stays for as long as there is one of them, also when the file is closed, renamed or removed.
///
/// # Safety contract
///
/// Making a map is unsafe, since its bytes are an ordinary `&[u8]`. **From making a map until its last clone is gone, nobody may
/// change the file's bytes or make it shorter: not this program, and no other.** The system does not enforce it.
///
/// - Bytes that change are undefined behaviour: what was checked once may be something else when it is used.
/// - Where a file was truncated, its map has no bytes any more. On Unix, reading there ends the process with `SIGBUS`. The same
///   happens when the disk, or the server that the file lies on, fails to deliver a page.
/// - Adding bytes behind the end that the file had is no change.
/// - Replacing the file *by a rename* is none either: the map keeps showing the old file, which stays on the disk until nobody
///   uses it. That is what [`AtomicFile`](crate::AtomicFile) does, and everything that writes maps to a path. `cp` and
///   [`File::create`] over a file, in contrast, truncate and change it. (On Windows, a file that is mapped cannot be replaced.)
///
/// A file that only trusted programs write, all of them by renaming, fits the contract; so does one on a read-only file system.
///
/// ```
/// use massmap_io::{LendingReader, MappedFile, MassMapReader};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("greeting");
/// std::fs::write(&path, "hello world")?;
///
/// // SAFETY: nobody else knows the directory, and nothing here writes the file again.
/// let file = unsafe { MappedFile::open(&path)? };
/// assert_eq!(file.bytes(), b"hello world");
/// assert_eq!(file.read_exact_at(6, 5, |bytes| Ok(bytes.to_vec()))?, b"world");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct MappedFile(Arc<Mapped>);

struct Mapped {
    map: Mmap,
    /// Which file it was, which may be closed.
    id: Option<FileId>,
}

impl MappedFile {
    /// Maps the file at `path`, all of what it holds now. [`MappedFileOptions`] can do so with advice to the system.
    ///
    /// # Safety
    ///
    /// Until the last clone of the map is gone, nobody may change the file's bytes or make it shorter, as the
    /// [contract](Self#safety-contract) says in full.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, or what it is cannot be mapped; the payload is [`IoError::Open`].
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        // SAFETY: the caller promises the same.
        unsafe { MappedFileOptions::new().open(path) }
    }

    /// Maps a file that is open for reading, all of what it holds now. It may be closed afterwards.
    ///
    /// # Safety
    ///
    /// Until the last clone of the map is gone, nobody may change the file's bytes or make it shorter, as the
    /// [contract](Self#safety-contract) says in full.
    ///
    /// # Errors
    ///
    /// The system's, if it does not map the file.
    pub unsafe fn map(file: &File) -> Result<Self> {
        // SAFETY: the caller promises the same.
        unsafe { MappedFileOptions::new().map(file) }
    }

    /// How many bytes the file held when it was mapped.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.map.len() as u64
    }

    /// Whether it held none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.map.is_empty()
    }
}

impl MappedFileOptions {
    /// Maps the file at `path`, all of what it holds now.
    ///
    /// # Safety
    ///
    /// Until the last clone of the map is gone, nobody may change the file's bytes or make it shorter, as the
    /// [contract](MappedFile#safety-contract) says in full.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, or what it is cannot be mapped; the payload is [`IoError::Open`].
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

    /// Maps a file that is open for reading, all of what it holds now. It may be closed afterwards.
    ///
    /// # Safety
    ///
    /// Until the last clone of the map is gone, nobody may change the file's bytes or make it shorter, as the
    /// [contract](MappedFile#safety-contract) says in full.
    ///
    /// # Errors
    ///
    /// The system's, if it does not map the file.
    pub unsafe fn map(self, file: &File) -> Result<MappedFile> {
        // SAFETY: the caller promises that the bytes stay as they are for as long as the map is there, which is for as long as
        // `MappedFile` or a clone of it keeps it. A file without bytes, which the system would not map, becomes an empty slice.
        let map = unsafe { MmapOptions::new().map(file)? };
        self.advise(&map);
        Ok(MappedFile(Arc::new(Mapped {
            map,
            id: FileId::of(file),
        })))
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
