//! Writing a file so that it appears complete or not at all.

mod target;
mod temporary;
mod writeback;

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

use crate::retry::retry;
use crate::{IoError, MassMapReader, MassMapWriter, PublishStep};

use target::Target;
use temporary::Temporary;

/// A file that appears under its name when it is complete, or not at all.
///
/// What is written goes to a temporary file beside the target. [`commit`](Self::commit) brings it to the disk, renames it
/// over the target, and syncs the directory, since the rename is an entry there. Whoever has the old file open, this
/// program included, keeps reading the old bytes: an output may be one of the inputs.
///
/// The price: the new file is another file. Hard links keep showing the old one, and of its attributes only permissions
/// and, where the system allows it, owner and group are carried over.
///
/// Dropped without a commit, the temporary file is removed. One whose process was killed stays, as `.massmap-XXXXXX.tmp`,
/// until the next `AtomicFile` is created in the directory: each holds a lock on its temporary file, so one without a
/// lock is stale. On file systems without locks none are removed.
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
}

impl AtomicFile {
    /// Checks that a file at `path` may be created or replaced, removes stale temporary files from its directory, and
    /// creates one for it. Symbolic links are followed, whether or not there is a file behind them.
    ///
    /// # Errors
    ///
    /// Fails if `path` is something other than a regular file (a rename would put a file in place of `/dev/null`), if it
    /// is write-protected, if it names no file, and if no temporary file can be created beside it. The payload is an
    /// [`IoError`] that names `path`.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let target = Target::new(path.as_ref())?;
        temporary::remove_stale(&target.directory);
        let temporary = Temporary::create(&target.directory, target.existing.is_some())
            .map_err(|source| target.failed(PublishStep::Create, source))?;
        Ok(Self { target, temporary })
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
        let Self { target, temporary } = self;
        let failed = |step| {
            let target = &target;
            move |source| target.failed(step, source)
        };
        if let Some(existing) = &target.existing {
            inherit(&temporary.file, existing).map_err(failed(PublishStep::Inherit))?;
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

impl Target {
    fn failed(&self, step: PublishStep, source: io::Error) -> IoError {
        IoError::Publish {
            path: self.named.clone(),
            step,
            source,
        }
    }
}

/// Makes `new` belong to whom `old` belongs to, with the same permissions.
fn inherit(new: &File, old: &Metadata) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let own = new.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
            // Only root may give a file away. For others it stays theirs, as with any editor that replaces files.
            _ = retry(|| fchown(new, Some(old.uid()), Some(old.gid())));
        }
    }
    new.set_permissions(old.permissions())
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
