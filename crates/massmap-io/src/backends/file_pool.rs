//! Reading more files than may be open.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::SystemTime;

use crate::{FileId, IoError, MassMapReader};

/// A quarter of the smallest limit that is usual, the 256 files that a process may have open on macOS.
const DEFAULT_MAX_OPEN: usize = 64;

/// Reads any number of files with few of them open at a time.
///
/// The operating system limits how many files a process may have open, on many systems to 1024 or 256. A pool keeps those
/// open that were read most recently, and opens others when they are read. Where the system refuses one more, the pool makes
/// do with half as many as it has, which leaves some to others.
///
/// A process that is forked reads on, with the files that are open and others of its own. If other threads were using the pool
/// at that moment, each of its reads may open a file.
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
    /// How often a file was asked for; orders them by their last use.
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
    /// Each thread may have one more open while it reads.
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
        let identity = Identity::of(&file.metadata().map_err(cannot_open)?);
        self.0.keep(number, Arc::new(file));
        Ok(PooledFile(Arc::new(Pooled {
            pool: Arc::clone(&self.0),
            number,
            named: named.to_owned(),
            path,
            identity,
        })))
    }
}

impl Default for FilePool {
    /// A pool that keeps at most 64 files open, which fits the limits of all usual systems.
    fn default() -> Self {
        Self::new(DEFAULT_MAX_OPEN)
    }
}

impl Shared {
    /// The open files; `None` if they were in use when this process was forked, perhaps: then nobody is here to give them back,
    /// and files are opened without them.
    fn open_files(&self) -> Option<MutexGuard<'_, OpenFiles>> {
        // No panic can come between two steps that belong together.
        match self.open.try_lock() {
            Ok(open) => Some(open),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.process == std::process::id() => {
                Some(self.open.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Opens a file, after closing as many others as have to be.
    fn open(&self, path: &Path) -> Result<File> {
        loop {
            let closed = self.open_files().map(|mut open| open.make_room());
            // Without the lock, as closing may take its time.
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

    /// Keeps `file` as the one of that number, unless another thread has been faster; returns the one that is kept.
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

    /// Takes files out until one more may be open.
    fn make_room(&mut self) -> Vec<OpenFile> {
        self.take_all_but(self.max_open - 1)
    }

    /// Makes do with half as many files as are open from now on, and takes out the others; `None` if none are open.
    fn halve(&mut self) -> Option<Vec<OpenFile>> {
        let half = self.files.len() / 2;
        self.max_open = half.max(1);
        match self.files.is_empty() {
            true => None,
            false => Some(self.take_all_but(half)),
        }
    }

    /// Takes those out that were not used for longest, until `count` are left.
    fn take_all_but(&mut self, count: usize) -> Vec<OpenFile> {
        let mut taken = Vec::new();
        while self.files.len() > count {
            // A look at each is nothing beside opening a file, which is what this is done for.
            let oldest = self.files.iter().min_by_key(|(_, open)| open.last_use);
            let Some(number) = oldest.map(|(&number, _)| number) else {
                break;
            };
            taken.extend(self.files.remove(&number));
        }
        taken
    }
}

/// Whether the process, or the whole system, has as many files open as it may have.
fn too_many_open(error: &Error) -> bool {
    #[cfg(unix)]
    // ENFILE and EMFILE, which have these numbers on all of them.
    const CODES: [i32; 2] = [23, 24];
    #[cfg(not(unix))]
    // ERROR_TOO_MANY_OPEN_FILES.
    const CODES: [i32; 1] = [4];
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

/// A file that is open while it is being read, and for as long afterwards as its [`FilePool`] has room for it.
///
/// Clones are the same file. Any number of threads may read it.
#[derive(Debug, Clone)]
pub struct PooledFile(Arc<Pooled>);

#[derive(Debug)]
struct Pooled {
    pool: Arc<Shared>,
    /// No other file of the pool has it.
    number: u64,
    /// As the user named it, for messages.
    named: PathBuf,
    /// The same, absolute, so that it is found again when the program has changed its directory.
    path: PathBuf,
    identity: Identity,
}

impl PooledFile {
    /// The open file. It stays open for as long as it is held, whatever the limit of the pool.
    ///
    /// # Errors
    ///
    /// Fails if the file has to be opened and that cannot be done ([`IoError::Open`]), or if it was replaced or changed
    /// since the pool opened it first ([`IoError::Changed`]), as far as device, inode, length and time of modification
    /// show that; systems other than Unix have only the latter two.
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
        if Identity::of(&file.metadata().map_err(cannot_open)?) != self.0.identity {
            return Err(IoError::Changed { path: named.clone() }.into());
        }
        Ok(pool.keep(*number, Arc::new(file)))
    }

    /// How many bytes the file held when the pool opened it first.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.identity.length
    }

    /// Whether it held none.
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

    fn source_id(&self) -> Option<FileId> {
        self.0.identity.id
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

/// What shows that a file is still the same, with the same content.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    id: Option<FileId>,
    length: u64,
    /// `None` on systems that do not know.
    modified: Option<SystemTime>,
}

impl Identity {
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
