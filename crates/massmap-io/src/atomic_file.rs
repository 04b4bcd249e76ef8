//! Writing a file so that it appears complete or not at all.

#[cfg(unix)]
mod attributes;
#[cfg(not(unix))]
#[path = "atomic_file/attributes/elsewhere.rs"]
mod attributes;
mod heartbeat;
mod not_kept;
mod target;
mod temporary;
mod writeback;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

use crate::retry::retry;
use crate::{IoError, MassMapReader, MassMapWriter, PublishStep};

pub use heartbeat::Heartbeat;
pub use not_kept::NotKept;

use attributes::Remainder;
use target::Target;
use temporary::{Stem, Suspects, Temporary};

/// A file that appears under its name when it is complete, or not at all.
///
/// What is written goes to a temporary file beside the target. [`commit`](Self::commit) brings it to the disk, renames it
/// over the target, and syncs the directory, since the rename is an entry there. Whoever has the old file open, this
/// program included, keeps reading the old bytes: an output may be one of the inputs.
///
/// # What is kept of the old file
///
/// The new file is another file: hard links keep showing the old one. On Unix it gets the old one's owner, group and
/// permissions, without the bits that lend the owner's or the group's rights to whoever runs it; on Linux also its access
/// control list (of POSIX or of NFS version 4) and the extended attributes that users have set (`user.…`), but not those of
/// the system, such as labels. What of that the process may not give to a file is left out, and nobody is given more than they
/// had: without the old group, the new file's group has no rights. That is tried when the file is created, before the work that fills it,
/// and [`not_kept`](Self::not_kept) tells what it came to. Until the commit, nobody else may read or write the new file.
/// Elsewhere it has what its directory gives to new files.
///
/// # Links
///
/// Symbolic links are followed, and stay. In directories like `/tmp`, sticky and open to everybody, those of other users are
/// refused, unless they are the directory's owner's, and so are files of other users there: the rules of Linux's
/// `fs.protected_symlinks` and `fs.protected_regular`.
///
/// # What killed processes leave
///
/// Dropped without a commit, the temporary file is removed, except in a forked child: it belongs to the process that made it.
/// One whose process was killed stays, as `.massmap-….tmp`, until an `AtomicFile` is created for the same target. Each holds
/// a lock on its temporary file; one that is not locked is stale if
/// - its process was of this host (Linux only: the same machine, not started anew since, and the same namespaces of processes
///   and time, which containers have of their own) and has ended, or
/// - nobody has written to it or [touched](Self::heartbeat) it for a day, by the file system's clock. That is for the files of
///   other hosts, of which some do not share their locks.
///
/// On file systems without locks none are removed. To find stale files, the directory is listed once.
///
/// ```
/// use massmap_io::{AtomicFile, MassMapWriter};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("greeting");
/// std::fs::write(&path, "old")?;
///
/// let file = AtomicFile::create(&path)?;
/// file.write_all_at(b"hello", 0)?;
/// assert_eq!(std::fs::read(&path)?, b"old");
///
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
// The crates that there are for this do not do all of it: `atomic-write-file` replaces symbolic links, checks nothing
// before the commit and leaves the files of killed processes, and so does `tempfile`, which syncs nothing either.
#[derive(Debug)]
pub struct AtomicFile {
    target: Target,
    temporary: Temporary,
    /// What is left of giving it what the old file has.
    remainder: Option<Remainder>,
    not_kept: Vec<NotKept>,
}

/// Permissions of a file that replaces none, of which the process's umask takes some away.
const NEW_FILES: u32 = 0o666;

impl AtomicFile {
    /// Checks that a file at `path` may be created or replaced, removes stale temporary files, and creates one for it.
    /// Symbolic links are followed, whether or not there is a file behind them.
    ///
    /// # Errors
    ///
    /// Fails if `path` is something other than a regular file (a rename would put a file in place of `/dev/null`), if it
    /// is write-protected, if it is another user's file or link in a directory like `/tmp`, if it names no file, if no
    /// temporary file can be created beside it, and if the file system gives that permissions which would let more users at it
    /// than at the old file. The payload is an [`IoError`] that names `path`.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let target = Target::new(path.as_ref())?;
        let stem = Stem::of(&target.path);
        let create = |mode| {
            Temporary::create(&target.directory, &stem, mode)
                .map_err(|source| target.failed(PublishStep::Create, source))
        };
        // Before there is a new file: what is removed makes room for it, and of builds that are killed one after the other only
        // the last one leaves something.
        let suspects = Suspects::of(&target.directory, &stem).remove_of_ended();
        let (temporary, remainder, not_kept) = match &target.existing {
            Some(existing) => {
                let (temporary, remainder, not_kept) = existing.prepare(&target.named, create)?;
                (temporary, Some(remainder), not_kept)
            }
            None => (create(NEW_FILES)?, None, Vec::new()),
        };
        // The new file tells the time.
        if let Ok(now) = temporary.file.metadata().and_then(|file| file.modified()) {
            suspects.remove_untouched(now);
        }
        Ok(Self {
            target,
            temporary,
            remainder,
            not_kept,
        })
    }

    /// What the file is not going to have of the one that it replaces.
    #[must_use]
    pub fn not_kept(&self) -> &[NotKept] {
        &self.not_kept
    }

    /// Shows other hosts that the temporary file is in use, where a day may go by before something is written to it.
    ///
    /// # Errors
    ///
    /// Fails if the process may open no more files; the payload is [`IoError::Publish`].
    pub fn heartbeat(&self) -> Result<Heartbeat> {
        let file = self.file().try_clone();
        let file = file.map_err(|source| self.target.failed(PublishStep::Create, source))?;
        Ok(Heartbeat::new(file))
    }

    /// The temporary file, open for reading and writing.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.temporary.file
    }

    /// The directory in which the file is going to be, as an absolute path.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.target.directory
    }

    /// Copies `length` bytes that `file` has at offset `from` to the offset `to`, without bringing them into the program where
    /// the system can do that: on Linux with `copy_file_range`, which on some file systems shares the blocks.
    ///
    /// Moves the positions of both files.
    ///
    /// # Errors
    ///
    /// Fails if either file does; the payload is [`IoError::Publish`]. [`IoError::UnexpectedEnd`] if `file` ends earlier.
    pub fn copy_from(&self, mut file: &File, from: u64, length: u64, to: u64) -> Result<()> {
        let mut target = self.file();
        // The standard library passes an interruption on, and not how much was copied before it.
        let copied = retry(|| {
            file.seek(SeekFrom::Start(from))?;
            target.seek(SeekFrom::Start(to))?;
            io::copy(&mut file.take(length), &mut target)
        });
        match copied.map_err(|source| self.target.failed(PublishStep::Copy, source))? {
            available if available < length => Err(IoError::UnexpectedEnd {
                offset: from,
                length,
                available,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Puts what was written in place, to stay there after a power failure.
    ///
    /// # Errors
    ///
    /// Fails if any step does; the payload is [`IoError::Publish`] and says which. The target is as it was then, and the
    /// temporary file is gone; only if [syncing the directory](PublishStep::SyncDirectory) fails, the new file is in place
    /// already.
    pub fn commit(self) -> Result<()> {
        let Self {
            target,
            temporary,
            remainder,
            ..
        } = self;
        let failed = |step| {
            let target = &target;
            move |source| target.failed(step, source)
        };
        if let Some(remainder) = &remainder {
            remainder
                .give(&temporary.file)
                .map_err(failed(PublishStep::Inherit))?;
        }
        temporary.file.sync_all().map_err(failed(PublishStep::Sync))?;

        // Opened before the rename, so that failing to is a failure that has changed nothing.
        let directory = open_directory(&target.directory).map_err(failed(PublishStep::OpenDirectory))?;
        temporary
            .rename(&target.path)
            .map_err(failed(PublishStep::Rename))?;
        sync_directory(directory.as_ref()).map_err(failed(PublishStep::SyncDirectory))?;
        Ok(())
    }
}

impl MassMapReader for AtomicFile {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        self.file().read_exact_at(offset, length, f)
    }
}

impl MassMapWriter for AtomicFile {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        self.file()
            .write_all_at(data, offset)
            .map_err(|source| self.target.failed(PublishStep::Write, source))?;
        writeback::begin(self.file(), offset, data.len());
        Ok(())
    }
}

/// A path that a file is to be put at, or an [`AtomicFile`] that was created for one.
///
/// Whoever creates the [`AtomicFile`] finds out before the work whether it can be published, and what it cannot
/// [keep](AtomicFile::not_kept) of the file that it replaces.
pub trait IntoAtomicFile: private::Sealed {
    /// The file to be written.
    ///
    /// # Errors
    ///
    /// For a path, those of [`AtomicFile::create`].
    fn into_atomic_file(self) -> Result<AtomicFile>;
}

impl<P: AsRef<Path>> IntoAtomicFile for P {
    fn into_atomic_file(self) -> Result<AtomicFile> {
        AtomicFile::create(self)
    }
}

impl IntoAtomicFile for AtomicFile {
    fn into_atomic_file(self) -> Result<AtomicFile> {
        Ok(self)
    }
}

mod private {
    pub trait Sealed {}
    impl<P: AsRef<std::path::Path>> Sealed for P {}
    impl Sealed for super::AtomicFile {}
}

/// `None` if the directory may be written to and not read: then it cannot be synced.
#[cfg(unix)]
fn open_directory(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        opened => opened.map(Some),
    }
}

/// Other systems than Unix have no way to open a directory for syncing.
#[cfg(not(unix))]
fn open_directory(_: &Path) -> Result<Option<File>> {
    Ok(None)
}

fn sync_directory(directory: Option<&File>) -> Result<()> {
    match directory.map_or(Ok(()), File::sync_all) {
        // How some network file systems say that they do not do this.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests;
