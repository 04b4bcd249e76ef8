//! A temporary file, which belongs to the process that created it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use crate::retry::retry;

mod creator;
mod fnv;
mod lock;
mod name;
mod stale;

pub(super) use creator::Creator;
use lock::try_lock;
pub(super) use name::NamePrefix;
pub(super) use stale::Candidates;

/// The most names that are tried. An attempt fails only if one random name of 62⁶ already exists.
const MAX_ATTEMPTS: usize = 1000;

/// A temporary file. It is removed when the process that created it drops it.
#[derive(Debug)]
pub(super) struct Temporary {
    /// The absolute path.
    path: PathBuf,
    /// Locked while the file has its temporary name, if the file system has locks. The lock protects the file even if its creator
    /// has forked, left the file to the child, and ended.
    pub(super) file: File,
    /// ID of the process that created the file. A forked child has a copy of this value, but does not own the file.
    pid: u32,
    /// Whether the file no longer has its temporary name.
    is_renamed: bool,
}

impl Temporary {
    /// Creates an empty file in `directory`, with a name that begins with `prefix`, and on Unix with the permissions `mode`, less
    /// the umask of the process.
    pub(super) fn create(directory: &Path, prefix: &NamePrefix, mode: u32) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;

        let creator = Creator::this_process();
        for _ in 0..MAX_ATTEMPTS {
            let path = directory.join(prefix.name(&creator));
            let file = match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            // The file is new, so no other process has locked it. On file systems without locks, no file is removed.
            try_lock(&file);
            return Ok(Self {
                path,
                file,
                pid: std::process::id(),
                is_renamed: false,
            });
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the file, replacing an existing one, and unlocks it.
    pub(super) fn rename(mut self, to: &Path) -> Result<()> {
        retry(|| fs::rename(&self.path, to))?;
        self.is_renamed = true;
        // Closing the file would not unlock it if there are clones; and on some systems, others cannot read a locked file.
        _ = self.file.unlock();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_renamed && self.pid == std::process::id() {
            // While the lock is held. An error cannot be reported; the next build tries again.
            _ = retry(|| fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests;
