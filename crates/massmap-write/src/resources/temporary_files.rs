//! Temporary files without a name, for entries that do not fit in memory.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::error::WriteError;

/// Creates temporary files in a directory.
///
/// They have no name where the system allows that, and lose it at once elsewhere. However the program ends, they are gone.
#[derive(Debug, Clone, Default)]
pub(crate) struct TemporaryFiles {
    /// The directory; `None` for the system's directory for temporary files.
    pub(crate) directory: Option<PathBuf>,
}

impl TemporaryFiles {
    pub(crate) fn create(&self) -> io::Result<File> {
        match &self.directory {
            Some(directory) => tempfile::tempfile_in(directory),
            None => tempfile::tempfile(),
        }
        .map_err(|source| self.error(source))
    }

    /// The reported error for an error of such a file.
    pub(crate) fn error(&self, source: io::Error) -> io::Error {
        let directory = self.directory.clone().unwrap_or_else(std::env::temp_dir);
        WriteError::Spill { directory, source }.into()
    }
}
