//! Removing temporary files of processes that were killed.
//!
//! The creator of a temporary file holds a lock on it, and the kernel releases the locks of processes that end in any way. But
//! hosts that share a directory do not always share its locks (NFS mounted with `local_lock`, FUSE, Lustre mounted with
//! `localflock`, shared folders of virtual machines): there, a lock only shows processes of this host. So a file is removed if
//! its lock is free, and either its name identifies a process of this boot of this host that has ended, or nobody has written to
//! it or touched it for a day.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::creator::Creator;
use super::lock::try_lock;
use super::name::NamePrefix;
use crate::retry::retry;

/// The time after which an untouched file is stale, even if its creator may live.
const UNTOUCHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Temporary files in a directory that may be stale: those for one target, and those whose names do not identify a target.
#[derive(Debug)]
pub(in super::super) struct Candidates(Vec<Candidate>);

#[derive(Debug)]
struct Candidate {
    path: PathBuf,
    creator: Creator,
}

impl Candidates {
    /// Lists `directory`, once. Finds none if that is not possible: a directory may be writable without being readable.
    pub(in super::super) fn of(directory: &Path, prefix: &NamePrefix) -> Self {
        let entries = fs::read_dir(directory).into_iter().flatten();
        let names = entries.map_while(Result::ok).map(|entry| entry.file_name());
        let candidates = names.filter_map(|name| {
            Some(Candidate {
                creator: prefix.creator(&name)?,
                path: directory.join(name),
            })
        });
        Self(candidates.collect())
    }

    /// Removes the files of processes of this boot of this host that have ended, and returns the others. Errors of removing are
    /// ignored.
    #[must_use]
    pub(in super::super) fn remove_ended(mut self) -> Self {
        self.0.retain(|candidate| {
            let has_ended = candidate.creator.has_ended();
            if has_ended {
                _ = candidate.remove_if(|_| true);
            }
            !has_ended
        });
        self
    }

    /// Removes the files that nobody has touched for a day. `now` is the time of the file system, as the clocks of hosts differ.
    pub(in super::super) fn remove_untouched(self, now: SystemTime) {
        for candidate in self.0 {
            _ = candidate.remove_if(|file| is_untouched(file, now));
        }
    }
}

impl Candidate {
    /// Removes the file if it is a regular file that `is_stale`, and its lock is free. Whether it was removed.
    fn remove_if(&self, is_stale: impl Fn(&Metadata) -> bool) -> Result<bool> {
        // Checked before the file is opened: a link leads elsewhere, and opening a FIFO blocks.
        let metadata = fs::symlink_metadata(&self.path)?;
        if !metadata.is_file() || !is_stale(&metadata) {
            return Ok(false);
        }
        // For writing too, which locks may require on network file systems. Besides, if the file has become a FIFO by now, opening
        // it this way does not block on Linux.
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        // Checked again, because network file systems refresh metadata when a file is opened.
        Ok(is_stale(&file.metadata()?) && remove_if_unlocked(&file, &self.path)?)
    }
}

fn is_untouched(metadata: &Metadata, now: SystemTime) -> bool {
    let touched = metadata.modified().ok();
    let age = touched.and_then(|touched| now.duration_since(touched).ok());
    age.is_some_and(|age| age >= UNTOUCHED)
}

/// Removes `file`, which was at `path` when it was opened. Whether it was removed.
fn remove_if_unlocked(file: &File, path: &Path) -> Result<bool> {
    // If it was published since, it has another name and no lock, and the old name may belong to a live file.
    let removable = try_lock(file) && is_at(file, path)?;
    if removable {
        retry(|| fs::remove_file(path))?;
    }
    Ok(removable)
}

/// Whether `path` names `file`, a regular file. An error if nothing exists there.
fn is_at(file: &File, path: &Path) -> Result<bool> {
    let there = fs::symlink_metadata(path)?;
    #[cfg(unix)]
    let same = {
        use std::os::unix::fs::MetadataExt;
        let own = file.metadata()?;
        (own.dev(), own.ino()) == (there.dev(), there.ino())
    };
    // There is no stable way to ask; a random name is reused with a probability of one in 62⁶.
    #[cfg(not(unix))]
    let same = {
        _ = file;
        true
    };
    Ok(same && there.is_file())
}

#[cfg(test)]
mod tests;
