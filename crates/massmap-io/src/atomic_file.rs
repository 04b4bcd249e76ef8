//! Files that appear complete or not at all.

#[cfg(unix)]
mod attributes;
#[cfg(not(unix))]
#[path = "atomic_file/attributes/not_unix.rs"]
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
use crate::{IoError, MassMapReader, MassMapWriter, PublishStep, SourceSize};

pub use heartbeat::Heartbeat;
pub use not_kept::NotKept;

use attributes::DeferredAttributes;
use target::Target;
use temporary::{Candidates, NamePrefix, Temporary};

/// A file that appears at its path when it is complete, or not at all.
///
/// Writes go to a temporary file beside the target. [`commit`](Self::commit) syncs it to disk, renames it over the target, and
/// syncs the directory, which contains the new name. Programs that have the old file open, this one included, keep reading the
/// old bytes: an output may be one of the inputs.
///
/// # What is kept of the old file
///
/// The new file is another file: hard links keep showing the old one. On Unix it gets the owner, the group and the permissions
/// of the old file, without the set-user-ID and set-group-ID bits; on Linux also its access control list (of POSIX or of NFS
/// version 4) and the extended attributes that users have set (`user.…`), but not those of the system, such as labels.
/// Attributes that the process may not set are left out, and nobody gets more rights than before: without the old group, the
/// group of the new file has no rights. This is decided when the file is created, before it is filled; see
/// [`not_kept`](Self::not_kept). Until the commit, no other user may read or write the new file. On other systems, it has the
/// attributes that its directory gives to new files.
///
/// # Links
///
/// Symbolic links are followed, and stay. In directories like `/tmp`, which are sticky and writable for everybody, links and
/// files of other users are refused, unless they belong to the owner of the directory: these are the rules of Linux's
/// `fs.protected_symlinks` and `fs.protected_regular`.
///
/// # Files of killed processes
///
/// Dropping an `AtomicFile` without a commit removes the temporary file, except in a forked child: the file belongs to the
/// process that created it. If that process is killed, the file stays, as `.massmap-….tmp`, until an `AtomicFile` is created
/// for the same target. Each `AtomicFile` holds a lock on its temporary file. An unlocked temporary file is stale if
/// - its process ran on this host and has ended (on Linux only; the same host means the same machine, not rebooted since, and
///   the same namespaces of processes and time, of which containers have their own), or
/// - nobody has written to it or [touched](Self::heartbeat) it for a day, by the file system's clock. This rule is for files of
///   other hosts, which do not always share locks.
///
/// On file systems without locks, no file is removed. To find stale files, the directory is listed once.
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
// Existing crates do not do all of this: `atomic-write-file` and `tempfile` replace symbolic links, check nothing before the
// commit, and leave the files of killed processes; `tempfile` does not sync either.
#[derive(Debug)]
pub struct AtomicFile {
    target: Target,
    temporary: Temporary,
    /// Attributes of the old file that are set at the commit.
    deferred: Option<DeferredAttributes>,
    not_kept: Vec<NotKept>,
}

/// Permissions of a file that replaces none, before the umask of the process is applied.
const NEW_FILES: u32 = 0o666;

impl AtomicFile {
    /// Checks that a file at `path` may be created or replaced, removes stale temporary files, and creates a temporary file.
    /// Symbolic links are followed, whether or not their target exists.
    ///
    /// # Errors
    ///
    /// Fails if `path` is not a regular file (a rename would replace `/dev/null` by a file), if it is write-protected, if it is
    /// another user's file or link in a directory like `/tmp`, if it does not name a file, if no temporary file can be created
    /// beside it, and if the file system gives that file permissions for more users than the old file has. The payload is an
    /// [`IoError`] with `path`.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let target = Target::new(path.as_ref())?;
        let prefix = NamePrefix::of(&target.path);
        let create = |mode| {
            Temporary::create(&target.directory, &prefix, mode)
                .map_err(|source| target.failed(PublishStep::Create, source))
        };
        // Before the new file is created: removing files makes room for it, and if several builds are killed one after the other,
        // only the last one leaves a file.
        let candidates = Candidates::of(&target.directory, &prefix).remove_ended();
        let (temporary, deferred, not_kept) = match &target.existing {
            Some(existing) => {
                let (temporary, deferred, not_kept) = existing.prepare(&target.named, create)?;
                (temporary, Some(deferred), not_kept)
            }
            None => (create(NEW_FILES)?, None, Vec::new()),
        };
        // The new file gives the time of the file system.
        if let Ok(now) = temporary.file.metadata().and_then(|file| file.modified()) {
            candidates.remove_untouched(now);
        }
        Ok(Self {
            target,
            temporary,
            deferred,
            not_kept,
        })
    }

    /// The attributes of the replaced file that the new one will not have.
    #[must_use]
    pub fn not_kept(&self) -> &[NotKept] {
        &self.not_kept
    }

    /// A heartbeat, which shows other hosts that the temporary file is in use even if it is not written to for a day.
    ///
    /// # Errors
    ///
    /// Fails if the process may not open more files; the payload is [`IoError::Publish`].
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

    /// The absolute path of the temporary file. A program that is told to end removes it: otherwise, the next `AtomicFile` for the
    /// same target does.
    ///
    /// Without the temporary file, the commit fails; after it, the path names no file.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    /// The directory of the target, as an absolute path.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.target.directory
    }

    /// Copies `length` bytes at offset `from` of `file` to offset `to`. Where possible, the system copies without the program:
    /// on Linux with `copy_file_range`, which shares the blocks on some file systems.
    ///
    /// Moves the positions of both files.
    ///
    /// # Errors
    ///
    /// Fails if reading or writing fails; the payload is [`IoError::Publish`], or [`IoError::UnexpectedEnd`] if `file` ends too
    /// early.
    pub fn copy_from(&self, mut file: &File, from: u64, length: u64, to: u64) -> Result<()> {
        let mut target = self.file();
        // After an interruption, the standard library does not tell how much was copied, so copying starts again.
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

    /// Publishes the file at its path, durably even in case of a power failure.
    ///
    /// # Errors
    ///
    /// Fails if any step fails; the payload is [`IoError::Publish`], which names the step. Then the target is unchanged, and the
    /// temporary file is removed; only if [syncing the directory](PublishStep::SyncDirectory) fails, the new file is already in
    /// place.
    pub fn commit(self) -> Result<()> {
        let Self {
            target,
            temporary,
            deferred,
            ..
        } = self;
        let failed = |step| {
            let target = &target;
            move |source| target.failed(step, source)
        };
        if let Some(deferred) = &deferred {
            deferred
                .apply(&temporary.file)
                .map_err(failed(PublishStep::Inherit))?;
        }
        temporary.file.sync_all().map_err(failed(PublishStep::Sync))?;

        // Opened before the rename, so that a failure changes nothing.
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

    fn source_size(&self) -> Option<SourceSize> {
        self.file().source_size()
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

    fn target_length(&self) -> Result<Option<u64>> {
        let length = self.file().target_length();
        Ok(length.map_err(|source| self.target.failed(PublishStep::Write, source))?)
    }
}

/// The path of a file to be written, or an [`AtomicFile`] that was created for it.
///
/// To create the [`AtomicFile`] first tells, before the work, whether it can be published, and which attributes of the replaced
/// file it cannot [keep](AtomicFile::not_kept).
pub trait IntoAtomicFile: private::Sealed {
    /// The file to write to.
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

/// `None` if the directory is writable but not readable: then it cannot be synced.
#[cfg(unix)]
fn open_directory(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        opened => opened.map(Some),
    }
}

/// Systems other than Unix cannot open a directory for syncing.
#[cfg(not(unix))]
fn open_directory(_: &Path) -> Result<Option<File>> {
    Ok(None)
}

fn sync_directory(directory: Option<&File>) -> Result<()> {
    match directory.map_or(Ok(()), File::sync_all) {
        // Some network file systems do not support this, and give these errors.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests;
