//! What a file can be published at.

use std::io::Result;
use std::path::Path;

use super::AtomicFile;

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
