//! Formats of rows that lookups write.

use std::path::Path;

use massmap_data::{Dialect, DialectOptions, InputFormat};

use super::usage::UsageError;

/// A format of rows.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFormat {
    /// A JSON object per line
    Ndjson,
    /// Comma-separated values
    Csv,
    /// Tab-separated values
    Tsv,
}

impl RowFormat {
    /// The format that is `given`, or that the name of the output suggests; otherwise NDJSON.
    ///
    /// # Errors
    ///
    /// Fails if the name suggests a format that `command` does not write.
    pub(crate) fn of(
        given: Option<Self>,
        output: Option<&Path>,
        command: &'static str,
    ) -> Result<Self, UsageError> {
        let name = output.map(|path| path.to_string_lossy().into_owned());
        match (given, name.and_then(|name| InputFormat::of_name(&name))) {
            (Some(given), _) => Ok(given),
            (None, Some(InputFormat::Csv)) => Ok(Self::Csv),
            (None, Some(InputFormat::Tsv)) => Ok(Self::Tsv),
            (None, Some(InputFormat::Ndjson) | None) => Ok(Self::Ndjson),
            (None, Some(other)) => Err(UsageError {
                command,
                message: format!(
                    "{command} does not write {}: give --format, or another name",
                    other.name()
                ),
            }),
        }
    }

    /// The dialect of tables, if it is one.
    pub(crate) fn dialect(self) -> Option<Dialect> {
        let format = match self {
            Self::Ndjson => return None,
            Self::Csv => InputFormat::Csv,
            Self::Tsv => InputFormat::Tsv,
        };
        DialectOptions::default().for_format(format)
    }
}
