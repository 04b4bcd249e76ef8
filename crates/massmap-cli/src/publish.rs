//! Writing a file so that it appears complete or not at all.
//!
//! The content goes to a temporary file beside the target. Once that is on disk, it is renamed over the target, and the
//! directory is synced, since the rename is an entry there. Whoever has the old file open, this program included, keeps
//! reading the old bytes: an output may therefore be one of the inputs.
//!
//! The price: the new file is another file. Hard links keep showing the old one, and of its attributes only permissions
//! and, where the system allows it, owner and group are carried over. A run that is killed leaves its temporary file,
//! `.massmap-….tmp`, beside the old one.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::NamedTempFile;

/// As many links are followed as Linux follows.
const MOST_LINKS: usize = 40;

/// A place at which a file may be created or replaced.
pub(crate) struct Target {
    /// As the user named it, for messages.
    named: PathBuf,
    /// No symbolic link, so that a rename replaces what the user's link points to rather than the link.
    path: PathBuf,
    /// Parent of `path`.
    directory: PathBuf,
    /// The regular file that is there already.
    existing: Option<Metadata>,
}

impl Target {
    /// Checks that a file at `path` may be created or replaced. Changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if `path` is something other than a regular file (a rename would put a file in place of `/dev/null`), if it
    /// is write-protected, and if it names no file.
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        Self::check(path).with_context(|| cannot_write(path))
    }

    fn check(named: &Path) -> anyhow::Result<Self> {
        let path = follow_links(named)?;
        let existing = match fs::metadata(named) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(existing) = &existing {
            if existing.is_dir() {
                bail!("it is a directory");
            }
            if !existing.is_file() {
                bail!("it is no regular file, and would be replaced by one");
            }
            // A rename asks for no permission of the file that it replaces; whoever protected it meant it to stay.
            OpenOptions::new().write(true).open(&path)?;
        }
        let directory = match path.parent() {
            Some(parent) if names_a_file(&path) => match parent.as_os_str().is_empty() {
                true => PathBuf::from("."),
                false => parent.to_owned(),
            },
            _ => bail!("it names no file"),
        };
        Ok(Self {
            named: named.to_owned(),
            path,
            directory,
            existing,
        })
    }

    /// Has `write` write the content, then puts it in place.
    ///
    /// # Errors
    ///
    /// Fails if `write` does, and if any step of the publication does. The target is as it was then, and the temporary
    /// file is gone; only if syncing the directory fails, the new file is in place already, and the error says so.
    pub(crate) fn publish<T>(self, write: impl FnOnce(&File) -> io::Result<T>) -> anyhow::Result<T> {
        self.write_and_rename(write)
            .with_context(|| cannot_write(&self.named))
    }

    fn write_and_rename<T>(&self, write: impl FnOnce(&File) -> io::Result<T>) -> anyhow::Result<T> {
        // Dropping it removes the file, unless it has been renamed.
        let temporary = self
            .temporary_file()
            .context("cannot create a temporary file beside it")?;
        let written = write(temporary.as_file())?;
        if let Some(existing) = &self.existing {
            inherit(temporary.as_file(), existing).context("cannot keep its permissions")?;
        }
        temporary.as_file().sync_all()?;

        // Opened before the rename, so that failing to is a failure that has changed nothing.
        let directory = open_directory(&self.directory).context("cannot open its directory")?;
        temporary
            .persist(&self.path)
            .map_err(|failure| failure.error)
            .context("cannot rename the temporary file")?;
        sync_directory(directory.as_ref())
            .context("it is in place, but a power failure could undo that: cannot sync its directory")?;
        Ok(written)
    }

    fn temporary_file(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        // Not after the target, whose name may be as long as names can be.
        builder.prefix(".massmap-").suffix(".tmp");
        #[cfg(unix)]
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(match self.existing {
            // Nobody else's until it inherits: content of a private file must not be readable for a moment.
            Some(_) => 0o600,
            // What a new file gets, less the umask.
            None => 0o666,
        });
        #[cfg(unix)]
        builder.permissions(permissions);
        builder.tempfile_in(&self.directory)
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// The path behind a chain of symbolic links. It need not exist: links to nothing are followed too, as when a file is
/// created through one, which [`fs::canonicalize`] does not do.
fn follow_links(path: &Path) -> anyhow::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..=MOST_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let to = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(path),
        }
    }
    bail!("too many symbolic links")
}

/// Whether `path` ends in a name, as `file` does and `directory/`, `directory/.`, `..` and `/` do not.
fn names_a_file(path: &Path) -> bool {
    // `Path::file_name` looks past a trailing separator or dot.
    path.file_name().is_some_and(|name| {
        path.as_os_str()
            .as_encoded_bytes()
            .ends_with(name.as_encoded_bytes())
    })
}

/// Makes `new` belong to whom `old` belongs to, with the same permissions.
fn inherit(new: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let own = new.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
            // Only root may give a file away. For others it stays theirs, as with any editor that replaces files.
            _ = fchown(new, Some(old.uid()), Some(old.gid()));
        }
    }
    new.set_permissions(old.permissions())
}

/// `None` if the directory may be written to and not read: then it cannot be synced, and was not in 0.1.5 either.
#[cfg(unix)]
fn open_directory(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        opened => opened.map(Some),
    }
}

/// Other systems than Unix have no way to open a directory for syncing.
#[cfg(not(unix))]
fn open_directory(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

fn sync_directory(directory: Option<&File>) -> io::Result<()> {
    match directory.map_or(Ok(()), File::sync_all) {
        // How some network file systems say that they do not do this.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_that_ends_in_a_name_names_a_file() {
        for path in ["file", "./file", "/file", "a/../file", "..file", "."] {
            assert_eq!(names_a_file(Path::new(path)), path != ".", "{path}");
        }
        for path in ["", "/", "a/", "a/.", "..", "a/..", "a//"] {
            assert!(!names_a_file(Path::new(path)), "{path}");
        }
    }
}
