//! The identity of a file.

use std::fs::{File, Metadata};

/// The identity of a file, whatever its name and however often it is open: on Unix, its device and inode.
///
/// Equal identities mean the same file. Different ones may still mean the same file, for example if a server is mounted
/// twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The identity of `file`; `None` on systems other than Unix.
    #[must_use]
    pub fn of(file: &File) -> Option<Self> {
        Self::of_metadata(&file.metadata().ok()?)
    }

    #[cfg(unix)]
    pub(crate) fn of_metadata(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    // There is no stable way to ask for it.
    #[cfg(not(unix))]
    pub(crate) fn of_metadata(_: &Metadata) -> Option<Self> {
        None
    }
}
