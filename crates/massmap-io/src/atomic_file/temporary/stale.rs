//! Removing temporary files of processes that were killed.
//!
//! A live file is locked by whoever created it, from its creation to its end, and the kernel drops the lock of a process
//! that dies, however it dies. But not all hosts that share a directory share its locks (NFS mounted with `local_lock`,
//! FUSE, Lustre mounted with `localflock`, shares of virtual machines): there a lock tells of this host's processes only. So
//! a file is removed if its lock is to be had, and, besides, either its name says that it is of a process of this run of this
//! host that has ended, or nobody has written to it or touched it for a day.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::lock::try_lock;
use super::maker::Maker;
use super::name::Stem;
use crate::retry::retry;

/// How long nobody has touched a file that is taken for stale though its maker may live.
const UNTOUCHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Temporary files in a directory that may be stale: those with names that begin with a stem, and those whose names do not say
/// for what target they are.
#[derive(Debug)]
pub(in super::super) struct Suspects(Vec<Suspect>);

#[derive(Debug)]
struct Suspect {
    path: PathBuf,
    maker: Maker,
}

impl Suspects {
    /// Lists `directory`, once. None if that is not possible: a directory may be writable without being readable.
    pub(in super::super) fn of(directory: &Path, stem: &Stem) -> Self {
        let entries = fs::read_dir(directory).into_iter().flatten();
        let names = entries.map_while(Result::ok).map(|entry| entry.file_name());
        let suspects = names.filter_map(|name| {
            Some(Suspect {
                maker: stem.maker(&name)?,
                path: directory.join(name),
            })
        });
        Self(suspects.collect())
    }

    /// Removes those of processes of this run of this host that have ended, and gives the others. Whatever does not let itself
    /// be removed is left alone.
    #[must_use]
    pub(in super::super) fn remove_of_ended(mut self) -> Self {
        self.0.retain(|suspect| {
            let gone = suspect.maker.is_gone();
            if gone {
                _ = suspect.remove_if(|_| true);
            }
            !gone
        });
        self
    }

    /// Removes those that nobody has touched for a day. `now` is the time of the directory's file system, since hosts' clocks
    /// differ.
    pub(in super::super) fn remove_untouched(self, now: SystemTime) {
        for suspect in self.0 {
            _ = suspect.remove_if(|file| is_untouched(file, now));
        }
    }
}

impl Suspect {
    /// Removes the file if it is a regular one for which `is_stale` and whose lock is to be had. Whether it has.
    fn remove_if(&self, is_stale: impl Fn(&Metadata) -> bool) -> Result<bool> {
        // Looked at before it is opened: a link leads elsewhere, and opening a FIFO waits.
        let metadata = fs::symlink_metadata(&self.path)?;
        if !metadata.is_file() || !is_stale(&metadata) {
            return Ok(false);
        }
        // For writing too, as locking may take that on network file systems. Besides, if the file has become a FIFO by now,
        // opening it in this way does not wait on Linux.
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        // Once more, as network file systems ask anew for what they know of a file when it is opened.
        Ok(is_stale(&file.metadata()?) && remove_if_unlocked(&file, &self.path)?)
    }
}

fn is_untouched(metadata: &Metadata, now: SystemTime) -> bool {
    let touched = metadata.modified().ok();
    let age = touched.and_then(|touched| now.duration_since(touched).ok());
    age.is_some_and(|age| age >= UNTOUCHED)
}

/// Removes `file`, which was at `path` when it was opened. Whether it has.
fn remove_if_unlocked(file: &File, path: &Path) -> Result<bool> {
    // It has another name if it was published since. Then the lock is free, and the name may be that of a live file.
    let removable = try_lock(file) && is_at(file, path)?;
    if removable {
        retry(|| fs::remove_file(path))?;
    }
    Ok(removable)
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

#[cfg(test)]
mod tests;
