//! Writing byte ranges.

use std::io::Result;

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
}
