//! Which file it is that is read or written.

use std::fs::{File, Metadata};

/// Which file it is, whatever it is called and however often it is open: on Unix its device and inode.
///
/// Two that are equal are the same file. Two that differ may be the same all the same, where one file is seen as two: through two
/// mounts of a server, for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Which file `file` is; `None` on systems that do not tell, which is all but Unix.
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

    // There is no stable way to ask.
    #[cfg(not(unix))]
    pub(crate) fn of_metadata(_: &Metadata) -> Option<Self> {
        None
    }
}
