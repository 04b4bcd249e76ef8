//! What the backends report beyond the operating system's own errors.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A read or a write that a backend cannot carry out, or a file that cannot be opened or published.
///
/// Converted into [`std::io::Error`], the error is the payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// The bytes end before the range does. Kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
    #[error(
        "{length} bytes at offset {offset} were to be read, only {available} are there: the file is cut short or damaged"
    )]
    UnexpectedEnd {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
        /// How many of its bytes are there.
        available: u64,
    },
    /// The writer takes no more bytes. Kind [`WriteZero`](io::ErrorKind::WriteZero).
    #[error("{length} bytes at offset {offset} were to be written, the writer took only {written}")]
    WriteZero {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
        /// How many of its bytes were written.
        written: u64,
    },
    /// A file that maps cannot be written to: it was opened for appending, and Linux then puts everything at the end, wherever it
    /// was to go. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "the target was opened for appending (O_APPEND), so that what is to go to its beginning would be put at its end: open \
         it for writing, without `append`"
    )]
    AppendOnly,
    /// A range reaches beyond what the backend can address. Kind [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error("there is no memory for {length} bytes at offset {offset}")]
    OutOfMemory {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
    },
    /// A directory is where a file was to be created or replaced. Kind [`IsADirectory`](io::ErrorKind::IsADirectory).
    #[error("cannot write {}: it is a directory", path.display())]
    IsDirectory {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// A device, FIFO or socket is where a file was to be created or replaced. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: it is no regular file, and would be replaced by one", path.display())]
    NotRegular {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// A file was to be created or replaced at a path that does not end in a name. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: it names no file", path.display())]
    NamesNoFile {
        /// The path.
        path: PathBuf,
    },
    /// Symbolic links in a circle are where a file was to be created or replaced. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("cannot write {}: too many symbolic links", path.display())]
    TooManyLinks {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// A symbolic link of another user is where a file was to be created or replaced, in a sticky directory that everybody may
    /// write to. Kind [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: the symbolic link {} is another user's, in a directory where everybody can make one: name the \
         file that it should lead to, or remove the link",
        path.display(),
        link.display()
    )]
    ForeignLink {
        /// The file that was asked for.
        path: PathBuf,
        /// The link, at that path or behind other links.
        link: PathBuf,
    },
    /// A file of another user was to be replaced in a sticky directory, where only its owner may remove it, or in one that
    /// everybody may write to, where anybody could have put it to have it filled. Kind
    /// [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: the file there is another user's, in a sticky directory: have it removed, or write to another \
         directory",
        path.display()
    )]
    ForeignFile {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// The file system gives a new file permissions that the file to be replaced does not have, and does not let them be
    /// taken away. Kind [`PermissionDenied`](io::ErrorKind::PermissionDenied).
    #[error(
        "cannot write {}: its permissions are {wanted:03o}, and its file system gives a new file {has:03o} and does not let \
         that be changed: remove the file, or write to another directory",
        path.display()
    )]
    WouldWiden {
        /// The file that was asked for.
        path: PathBuf,
        /// The permissions that the new file may have, the lowest nine bits.
        wanted: u32,
        /// Those that it would have.
        has: u32,
    },
    /// A file that was to be replaced is write-protected, or cannot be looked at. Kind that of the source.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A step of creating or replacing a file failed. Kind that of the source.
    #[error("cannot write {}: {step}", path.display())]
    Publish {
        /// The file that was asked for.
        path: PathBuf,
        /// What failed.
        step: PublishStep,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be opened. Kind that of the source.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file is on a file system that does not read it past the page cache. Kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "cannot read {} past the page cache: its file system does not do that; open it as an ordinary file",
        path.display()
    )]
    DirectRefused {
        /// The file.
        path: PathBuf,
    },
    /// A file is not the one that it was when it was opened first. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("{} was replaced or changed while it was being read: open it anew", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// The steps in which an [`AtomicFile`](crate::AtomicFile) appears under its name, in their order.
///
/// Displayed, each is the failure to take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishStep {
    /// Creating the temporary file.
    Create,
    /// Writing it.
    Write,
    /// Copying to it from another file.
    Copy,
    /// Giving it the owner and the permissions of the file that it replaces, when it is created and when it is complete.
    Inherit,
    /// Syncing its content.
    Sync,
    /// Opening the directory.
    OpenDirectory,
    /// Renaming the temporary file. In this step the old file gives way to the new one.
    Rename,
    /// Syncing the directory. If that fails, the new file is in place already.
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
