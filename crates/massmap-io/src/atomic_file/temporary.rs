//! A temporary file, which belongs to the process that made it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use crate::retry::retry;

mod fnv;
mod lock;
mod maker;
mod name;
mod stale;

use lock::try_lock;
pub(super) use maker::Maker;
pub(super) use name::Stem;
pub(super) use stale::Suspects;

/// How often another name is tried. Each failure takes a name that exists among 62⁶.
const MOST_ATTEMPTS: usize = 1000;

/// A temporary file, which is removed when the process that made it drops it.
#[derive(Debug)]
pub(super) struct Temporary {
    /// Absolute.
    path: PathBuf,
    /// Locked, where the file system has locks, for as long as the file has its name. That is what keeps a file whose maker
    /// ended after it forked, and left the file to the child.
    pub(super) file: File,
    /// The number of the process that made it. A forked child has a copy of this value, and not the say over the file.
    pid: u32,
    /// Whether the file no longer has that name.
    gone: bool,
}

impl Temporary {
    /// Creates an empty file in `directory`, with a name that begins with `stem` and, where there is such a thing, the
    /// permissions `mode` as far as the process lets new files have them.
    pub(super) fn create(directory: &Path, stem: &Stem, mode: u32) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;

        let maker = Maker::this_process();
        for _ in 0..MOST_ATTEMPTS {
            let path = directory.join(stem.name(&maker));
            let file = match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            // Nobody has locked it before: it is new, and its maker lives. Where there are no locks, none is removed.
            try_lock(&file);
            return Ok(Self {
                path,
                file,
                pid: std::process::id(),
                gone: false,
            });
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
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
        if !self.gone && self.pid == std::process::id() {
            // While the lock is held. If it fails, there is nobody to tell, and the next build tries again.
            _ = retry(|| fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests;
