//! Errors of the backends, besides those of the operating system.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A read or write that a backend cannot perform, or a file that cannot be opened or published.
///
/// Converted into [`std::io::Error`], the error is the payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// The range extends beyond the end of the bytes. Kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
    #[error(
        "cannot read {length} bytes at offset {offset}, only {available} are there: the file is truncated or damaged"
    )]
    UnexpectedEnd {
        /// Offset of the range.
        offset: u64,
        /// Length of the range, in bytes.
        length: u64,
        /// Number of its bytes that are there.
        available: u64,
    },
    /// The writer accepts no more bytes. Kind [`WriteZero`](io::ErrorKind::WriteZero).
    #[error("cannot write {length} bytes at offset {offset}: the writer accepted only {written}")]
    WriteZero {
        /// Offset of the range.
        offset: u64,
        /// Length of the range, in bytes.
        length: u64,
        /// Number of its bytes that were written.
        written: u64,
    },
    /// The file was opened for appending: Linux then writes everything at its end, whatever the offset. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "the target was opened for appending (O_APPEND), so that bytes for its beginning would be written at its end: open it \
         for writing, without `append`"
    )]
    AppendOnly,
    /// There is no memory for a range, or it is beyond what the backend can address. Kind [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error("there is no memory for {length} bytes at offset {offset}")]
    OutOfMemory {
        /// Offset of the range.
        offset: u64,
        /// Length of the range, in bytes.
        length: u64,
    },
    /// The path of a file to be written is a directory. Kind [`IsADirectory`](io::ErrorKind::IsADirectory).
    #[error("cannot write {}: it is a directory", path.display())]
    IsDirectory {
        /// The path that was given.
        path: PathBuf,
    },
    /// The path of a file to be written is a device, FIFO or socket. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: it is not a regular file, and would be replaced by one", path.display())]
    NotRegular {
        /// The path that was given.
        path: PathBuf,
    },
    /// The path of a file to be written does not end in a name. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: it does not name a file", path.display())]
    NamesNoFile {
        /// The path.
        path: PathBuf,
    },
    /// The path of a file to be written is a cycle of symbolic links. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: too many symbolic links", path.display())]
    TooManyLinks {
        /// The path that was given.
        path: PathBuf,
    },
    /// The path of a file to be written is another user's symbolic link, in a sticky directory that everybody may write to.
    /// Kind [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: the symbolic link {} belongs to another user, in a directory where everybody can create links: name \
         the file that it should lead to, or remove the link",
        path.display(),
        link.display()
    )]
    ForeignLink {
        /// The path that was given.
        path: PathBuf,
        /// The link, at that path or reached through other links.
        link: PathBuf,
    },
    /// The file to be replaced belongs to another user, in a sticky directory. Only its owner may remove it there; and if
    /// everybody may write to the directory, anybody may have created it to get at the content. Kind
    /// [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: the existing file belongs to another user, in a sticky directory: have it removed, or write to \
         another directory",
        path.display()
    )]
    ForeignFile {
        /// The path that was given.
        path: PathBuf,
    },
    /// The file system gives a new file permissions that the file to be replaced does not have, and does not let them be
    /// revoked. Kind [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: its permissions are {wanted:03o}, but its file system gives a new file {has:03o} and does not allow a \
         change: remove the file, or write to another directory",
        path.display()
    )]
    WouldWiden {
        /// The path that was given.
        path: PathBuf,
        /// The permissions that the new file may have, the lowest nine bits.
        wanted: u32,
        /// The permissions that it would have.
        has: u32,
    },
    /// The file to be replaced is write-protected or inaccessible. The kind is that of the source.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The path that was given.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A step of creating or replacing a file failed. The kind is that of the source.
    #[error("cannot write {}: {step}", path.display())]
    Publish {
        /// The path that was given.
        path: PathBuf,
        /// The step that failed.
        step: PublishStep,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A file cannot be opened. The kind is that of the source.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The file system of a file cannot read it without the page cache. Kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "cannot read {} without the page cache: its file system does not support that; open it as an ordinary file",
        path.display()
    )]
    DirectRefused {
        /// The file.
        path: PathBuf,
    },
    /// A file was replaced or changed since it was opened first. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("{} was replaced or changed while it was being read: open it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// The steps of publishing an [`AtomicFile`](crate::AtomicFile), in order.
///
/// Displayed, a step describes its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishStep {
    /// Creating the temporary file.
    Create,
    /// Writing the temporary file.
    Write,
    /// Copying from another file to the temporary file.
    Copy,
    /// Setting the owner and the permissions of the replaced file, when the temporary file is created and when it is complete.
    Inherit,
    /// Syncing the content of the temporary file.
    Sync,
    /// Opening the directory.
    OpenDirectory,
    /// Renaming the temporary file. In this step, the new file replaces the old one.
    Rename,
    /// Syncing the directory. If that fails, the new file is already in place.
    SyncDirectory,
}

impl fmt::Display for PublishStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Create => "cannot create a temporary file beside it",
            Self::Write => "cannot write the temporary file",
            Self::Copy => "cannot copy to the temporary file",
            Self::Inherit => "cannot keep its permissions",
            Self::Sync => "cannot sync the temporary file",
            Self::OpenDirectory => "cannot open its directory",
            Self::Rename => "cannot rename the temporary file",
            Self::SyncDirectory => {
                "it is in place, but a power failure could undo that: cannot sync its directory"
            }
        })
    }
}

impl From<IoError> for io::Error {
    fn from(error: IoError) -> Self {
        let kind = match &error {
            IoError::UnexpectedEnd { .. } => io::ErrorKind::UnexpectedEof,
            IoError::WriteZero { .. } => io::ErrorKind::WriteZero,
            IoError::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
            IoError::IsDirectory { .. } => io::ErrorKind::IsADirectory,
            IoError::AppendOnly
            | IoError::NotRegular { .. }
            | IoError::NamesNoFile { .. }
            | IoError::TooManyLinks { .. } => io::ErrorKind::InvalidInput,
            IoError::ForeignLink { .. } | IoError::ForeignFile { .. } | IoError::WouldWiden { .. } => {
                io::ErrorKind::PermissionDenied
            }
            IoError::Unwritable { source, .. }
            | IoError::Publish { source, .. }
            | IoError::Open { source, .. } => source.kind(),
            IoError::DirectRefused { .. } => io::ErrorKind::Unsupported,
            IoError::Changed { .. } => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
