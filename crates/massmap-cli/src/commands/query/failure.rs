//! Why lookups of the keys of a file end early.

use std::io;

use massmap_data::ExportError;

/// Why lookups end early.
pub(super) enum Failure {
    /// A key cannot be read or looked up, or has no place in the output.
    Key(anyhow::Error),
    /// The output cannot be written.
    Output(io::Error),
    /// The file for missing keys cannot be written.
    MissingKeys(anyhow::Error),
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Write(error) => Self::Output(error),
            refused => Self::Key(refused.into()),
        }
    }
}
