//! Writing byte ranges.

use std::io::Result;

use crate::FileId;

/// Something that byte ranges can be written to.
///
/// Implemented for everything that implements the platform's `FileExt`, [`std::fs::File`] above all.
pub trait MassMapWriter {
    /// Writes all of `data` at `offset`, replacing what is there and growing the target where it ends.
    ///
    /// # Errors
    ///
    /// Any error of the backend; [`WriteZero`](std::io::ErrorKind::WriteZero) if it takes no more bytes. An unknown part
    /// of the data may have been written then.
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()>;

    /// Checks that what is written will be where it is to be, before anything is.
    ///
    /// The provided implementation has no objections.
    ///
    /// # Errors
    ///
    /// That of a [`File`](std::fs::File) is [`IoError::AppendOnly`](crate::IoError::AppendOnly), on Linux.
    fn check_target(&self) -> Result<()> {
        Ok(())
    }

    /// Which file is written to, if it is one and the backend can tell; `None` unless a backend says otherwise.
    ///
    /// A merge does not write over a file that it reads. A writer of your own that wraps a file had better pass this on.
    fn target_id(&self) -> Option<FileId> {
        None
    }
}
