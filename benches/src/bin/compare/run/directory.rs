//! The directory of a run, which is not shared with other runs and is removed after it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

const PREFIX: &str = "compare-";
const LOCK: &str = "lock";

/// A directory for the files of one run. A lock shows other runs that it is in use.
pub(crate) struct RunDirectory {
    path: PathBuf,
    lock: File,
}

impl RunDirectory {
    /// Creates a directory in `parent`, and removes those that stopped runs left there.
    pub(crate) fn create(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_abandoned(parent)?;
        let path = parent.join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path)?;
        let lock = File::create(path.join(LOCK))?;
        lock.lock()?;
        Ok(Self { path, lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the directory with its files.
    pub(crate) fn remove(self) -> io::Result<()> {
        // Not all systems can remove open files.
        drop(self.lock);
        fs::remove_dir_all(self.path)
    }
}

fn remove_abandoned(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        // Without a lock file, it is not from a run, or has just been created.
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            drop(lock);
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_removes_only_directories_of_stopped_runs() {
        let parent = tempfile::tempdir().unwrap();
        let [abandoned, used, foreign] =
            ["compare-1", "compare-2", "compare-with"].map(|name| parent.path().join(name));
        for directory in [&abandoned, &used, &foreign] {
            fs::create_dir(directory).unwrap();
            fs::write(directory.join("data"), "1").unwrap();
        }
        File::create(abandoned.join(LOCK)).unwrap();
        let held = File::create(used.join(LOCK)).unwrap();
        held.lock().unwrap();

        let directory = RunDirectory::create(parent.path()).unwrap();
        assert!(directory.path().is_dir());
        assert!(!abandoned.exists());
        assert!(used.join("data").exists() && foreign.join("data").exists());

        let path = directory.path().to_owned();
        directory.remove().unwrap();
        assert!(!path.exists());
    }
}
