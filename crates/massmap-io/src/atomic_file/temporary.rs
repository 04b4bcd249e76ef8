//! Temporary files that are told from those of killed processes by their locks.
//!
//! A live file is locked by whoever created it, from its creation to its end. The kernel drops the lock of a process that
//! dies, however it dies. So whoever gets the lock of a file with our kind of name, and finds it still under that name,
//! may remove it. In the moment between creation and locking a file looks stale; a creator that finds its file taken or
//! gone leaves it to whoever took it and makes another.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use crate::retry::retry;

// Not after the target, whose name may be as long as names can be.
const PREFIX: &str = ".massmap-";
const SUFFIX: &str = ".tmp";
const RANDOM_LETTERS: usize = 6;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How often another name is tried. Each failure takes a name that exists among 62⁶, or another process that came between
/// two system calls.
const MOST_ATTEMPTS: usize = 1000;

/// A temporary file, which is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    /// Absolute.
    path: PathBuf,
    /// Locked, where the file system has locks, for as long as the file has its name.
    pub(super) file: File,
    /// Whether the file no longer has that name.
    gone: bool,
}

impl Temporary {
    /// Creates an empty file in `directory`, `private` to its owner or with the permissions of any new file.
    pub(super) fn create(directory: &Path, private: bool) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o666 });
        #[cfg(not(unix))]
        let _ = private;

        for _ in 0..MOST_ATTEMPTS {
            let path = directory.join(random_name());
            let file = match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            if matches!(try_lock(&file), Lock::TakenByAnother) {
                continue;
            }
            // From here on nobody else removes it.
            let mut temporary = Self {
                path,
                file,
                gone: false,
            };
            // That it is the same file goes without saying, as nobody else makes that name. Asking would fail for good where
            // path and open file show different inodes, as on some old overlay file systems.
            match fs::symlink_metadata(&temporary.path) {
                Err(error) if error.kind() == ErrorKind::NotFound => temporary.gone = true,
                there => return there.map(|_| temporary),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Renames the file, over another if there is one, and unlocks it.
    pub(super) fn rename(mut self, to: &Path) -> Result<()> {
        retry(|| fs::rename(&self.path, to))?;
        self.gone = true;
        // Closing it would not do if there are clones; and some systems keep everybody else from reading a locked file.
        _ = self.file.unlock();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.gone {
            // While the lock is held. If it fails, there is nobody to tell, and the next build tries again.
            _ = retry(|| fs::remove_file(&self.path));
        }
    }
}

/// Removes what killed processes have left in `directory`, as far as that is possible.
pub(super) fn remove_stale(directory: &Path) {
    // A directory may be writable without being readable.
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.map_while(Result::ok) {
        if is_ours(&entry.file_name()) {
            // Whatever does not let itself be removed is left alone.
            _ = remove_if_stale(&entry.path());
        }
    }
}

fn remove_if_stale(path: &Path) -> Result<()> {
    // Looked at before it is opened: a link leads elsewhere, and opening a FIFO waits.
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(());
    }
    // For writing too, as locking may take that on network file systems. Besides, if the file has become a FIFO by now,
    // opening it in this way does not wait on Linux.
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    remove_if_unlocked(&file, path)
}

/// Removes `file`, which was at `path` when it was opened.
fn remove_if_unlocked(file: &File, path: &Path) -> Result<()> {
    // It has another name if it was published since. Then the lock is free, and the name may be that of a live file.
    if matches!(try_lock(file), Lock::Held) && is_at(file, path)? {
        retry(|| fs::remove_file(path))?;
    }
    Ok(())
}

enum Lock {
    /// By this file. It lasts until all clones are closed, or one is unlocked.
    Held,
    /// Also if another part of this program has it.
    TakenByAnother,
    /// The file system has no locks, which shows in various errors.
    Unavailable,
}

fn try_lock(file: &File) -> Lock {
    loop {
        return match file.try_lock() {
            Ok(()) => Lock::Held,
            Err(TryLockError::WouldBlock) => Lock::TakenByAnother,
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => continue,
            Err(TryLockError::Error(_)) => Lock::Unavailable,
        };
    }
}

/// Whether `path` names `file`, a regular file. An error if it names nothing.
fn is_at(file: &File, path: &Path) -> Result<bool> {
    let there = fs::symlink_metadata(path)?;
    #[cfg(unix)]
    let same = {
        use std::os::unix::fs::MetadataExt;
        let own = file.metadata()?;
        (own.dev(), own.ino()) == (there.dev(), there.ino())
    };
    // There is no stable way to ask; a name that has been given twice is one in 62⁶.
    #[cfg(not(unix))]
    let same = {
        _ = file;
        true
    };
    Ok(same && there.is_file())
}

fn random_name() -> String {
    // Each state has keys of its own, which come from the operating system's random numbers.
    let mut random = RandomState::new().hash_one(());
    let mut name = String::from(PREFIX);
    for _ in 0..RANDOM_LETTERS {
        let index = usize::try_from(random % LETTERS.len() as u64).expect("less than the number of letters");
        name.push(char::from(*LETTERS.get(index).expect("less than their number")));
        random /= LETTERS.len() as u64;
    }
    name + SUFFIX
}

fn is_ours(name: &OsStr) -> bool {
    name.as_encoded_bytes()
        .strip_prefix(PREFIX.as_bytes())
        .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()))
        .is_some_and(|random| random.len() == RANDOM_LETTERS && random.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests;
