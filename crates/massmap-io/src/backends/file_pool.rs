//! Reading more files than may be open at a time.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::SystemTime;

use crate::{FileId, IoError, MassMapReader, SourceSize};

/// A quarter of the smallest usual limit: on macOS, a process may have 256 files open.
const DEFAULT_MAX_OPEN: usize = 64;

/// Reads any number of files, few of them open at a time.
///
/// The operating system limits the number of files that a process may have open, often to 1024 or 256. A pool keeps the most
/// recently read files open, and opens others when they are read. If the system refuses to open another, the pool halves its
/// number of open files, which leaves some to other code.
///
/// A forked process can go on reading, from the open files and from others that it opens. If another thread was using the pool
/// during the fork, each read in the child may open a file.
///
/// ```
/// use massmap_io::{FilePool, MassMapReader};
///
/// # let directory = tempfile::tempdir()?;
/// let pool = FilePool::new(2);
/// let mut files = Vec::new();
/// for number in 0..10 {
///     let path = directory.path().join(number.to_string());
///     std::fs::write(&path, [number])?;
///     files.push(pool.open(&path)?);
/// }
/// assert_eq!(files[3].read_exact_at(0, 1, |bytes| Ok(bytes[0]))?, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FilePool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    open: Mutex<OpenFiles>,
    /// Number of the next file.
    next: AtomicU64,
    /// The process that made the pool.
    process: u32,
}

#[derive(Debug, Default)]
struct OpenFiles {
    /// At least 1.
    max_open: usize,
    /// By the number of the [`Pooled`].
    files: HashMap<u64, OpenFile>,
    /// Number of uses of all files so far, to order files by their last use.
    uses: u64,
}

#[derive(Debug)]
struct OpenFile {
    file: Arc<File>,
    last_use: u64,
}

impl FilePool {
    /// A pool that keeps at most `max_open` files open, at least 1.
    ///
    /// While it reads, each thread may have one more file open.
    #[must_use]
    pub fn new(max_open: usize) -> Self {
        Self(Arc::new(Shared {
            open: Mutex::new(OpenFiles {
                max_open: max_open.max(1),
                ..OpenFiles::default()
            }),
            next: AtomicU64::new(0),
            process: std::process::id(),
        }))
    }

    /// Opens the file at `path` for reading.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened; the payload is [`IoError::Open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<PooledFile> {
        let named = path.as_ref();
        let cannot_open = |source| IoError::Open {
            path: named.to_owned(),
            source,
        };
        let path = std::path::absolute(named).map_err(cannot_open)?;
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let file = self.0.open(&path).map_err(cannot_open)?;
        let state = FileState::of(&file.metadata().map_err(cannot_open)?);
        self.0.keep(number, Arc::new(file));
        Ok(PooledFile(Arc::new(Pooled {
            pool: Arc::clone(&self.0),
            number,
            named: named.to_owned(),
            path,
            state,
        })))
    }
}

impl Default for FilePool {
    /// A pool that keeps at most 64 files open, which fits the limits of all common systems.
    fn default() -> Self {
        Self::new(DEFAULT_MAX_OPEN)
    }
}

impl Shared {
    /// The open files. `None` in a forked process if the lock is taken: the thread that holds it may not exist here, so files
    /// are opened without the pool.
    fn open_files(&self) -> Option<MutexGuard<'_, OpenFiles>> {
        // A panic cannot leave the open files in an inconsistent state.
        match self.open.try_lock() {
            Ok(open) => Some(open),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.process == std::process::id() => {
                Some(self.open.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Opens a file, after closing as many others as necessary.
    fn open(&self, path: &Path) -> Result<File> {
        loop {
            let closed = self.open_files().map(|mut open| open.make_room());
            // Without the lock, as closing may take time.
            drop(closed);
            match File::open(path) {
                Err(error) if too_many_open(&error) => {
                    match self.open_files().and_then(|mut open| open.halve()) {
                        Some(closed) => drop(closed),
                        None => return Err(error),
                    }
                }
                opened => return opened,
            }
        }
    }

    /// Keeps `file` open under this number, unless another thread was faster; returns the file that is kept.
    fn keep(&self, number: u64, file: Arc<File>) -> Arc<File> {
        let Some(mut open) = self.open_files() else {
            return file;
        };
        if let Some(faster) = open.get(number) {
            return faster;
        }
        let closed = open.make_room();
        let last_use = open.next_use();
        open.files.insert(
            number,
            OpenFile {
                file: Arc::clone(&file),
                last_use,
            },
        );
        drop(open);
        drop(closed);
        file
    }
}

impl OpenFiles {
    fn next_use(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    fn get(&mut self, number: u64) -> Option<Arc<File>> {
        let last_use = self.next_use();
        let open = self.files.get_mut(&number)?;
        open.last_use = last_use;
        Some(Arc::clone(&open.file))
    }

    /// Removes files until one more may be open.
    fn make_room(&mut self) -> Vec<OpenFile> {
        self.take_all_but(self.max_open - 1)
    }

    /// Limits the pool to half as many files as are open now, and removes the others; `None` if none are open.
    fn halve(&mut self) -> Option<Vec<OpenFile>> {
        let half = self.files.len() / 2;
        self.max_open = half.max(1);
        match self.files.is_empty() {
            true => None,
            false => Some(self.take_all_but(half)),
        }
    }

    /// Removes the least recently used files until `count` are left.
    fn take_all_but(&mut self, count: usize) -> Vec<OpenFile> {
        let mut taken = Vec::new();
        while self.files.len() > count {
            // Takes much less time than opening a file, which this precedes.
            let oldest = self.files.iter().min_by_key(|(_, open)| open.last_use);
            let Some(number) = oldest.map(|(&number, _)| number) else {
                break;
            };
            taken.extend(self.files.remove(&number));
        }
        taken
    }
}

/// Whether the process or the system has reached its limit of open files.
fn too_many_open(error: &Error) -> bool {
    #[cfg(unix)]
    // ENFILE and EMFILE, which have these numbers on all Unix systems.
    const CODES: [i32; 2] = [23, 24];
    #[cfg(not(unix))]
    // ERROR_TOO_MANY_OPEN_FILES.
    const CODES: [i32; 1] = [4];
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

/// A file that is open while it is read, and afterwards for as long as its [`FilePool`] keeps it open.
///
/// Clones share the file. Any number of threads may read it.
#[derive(Debug, Clone)]
pub struct PooledFile(Arc<Pooled>);

#[derive(Debug)]
struct Pooled {
    pool: Arc<Shared>,
    /// Unique in the pool.
    number: u64,
    /// The path as the user gave it, for messages.
    named: PathBuf,
    /// The absolute path, so that the file is found even after the program has changed its directory.
    path: PathBuf,
    state: FileState,
}

impl PooledFile {
    /// The open file. It stays open for as long as the result exists, whatever the limit of the pool.
    ///
    /// # Errors
    ///
    /// Fails if the file has to be opened but cannot be ([`IoError::Open`]), or if it was replaced or changed since the pool
    /// first opened it ([`IoError::Changed`]), as far as device, inode, length and time of modification show that; systems
    /// other than Unix have only the latter two.
    pub fn file(&self) -> Result<Arc<File>> {
        let Pooled {
            pool, number, named, ..
        } = &*self.0;
        if let Some(file) = pool.open_files().and_then(|mut open| open.get(*number)) {
            return Ok(file);
        }
        let cannot_open = |source| IoError::Open {
            path: named.clone(),
            source,
        };
        let file = pool.open(&self.0.path).map_err(cannot_open)?;
        if FileState::of(&file.metadata().map_err(cannot_open)?) != self.0.state {
            return Err(IoError::Changed { path: named.clone() }.into());
        }
        Ok(pool.keep(*number, Arc::new(file)))
    }

    /// Length of the file when the pool first opened it, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.state.length
    }

    /// Whether the file was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl MassMapReader for PooledFile {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        self.file()?.read_exact_at(offset, length, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        SourceSize::of(&*self.file().ok()?)
    }

    fn source_id(&self) -> Option<FileId> {
        self.0.state.id
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let closed = self
            .pool
            .open_files()
            .and_then(|mut open| open.files.remove(&self.number));
        drop(closed);
    }
}

/// Equal for the same file with the same content.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    id: Option<FileId>,
    length: u64,
    /// `None` on systems that do not know it.
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(metadata: &Metadata) -> Self {
        Self {
            id: FileId::of_metadata(metadata),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

#[cfg(test)]
mod tests;
