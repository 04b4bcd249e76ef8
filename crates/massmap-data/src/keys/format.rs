//! Formats of files with keys.

use crate::input::InputFormat;

/// The format of a file with keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum KeyFileFormat {
    /// One key per line
    Lines,
    /// One array of keys, or of objects with fields for them
    Json,
    /// One key, or one such object, per line
    Ndjson,
    /// Comma-separated values, optionally in double quotes
    Csv,
    /// Tab-separated values; quotes have no meaning unless --quote is given
    Tsv,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC, a file (Feather) or a stream
    Arrow,
}

impl KeyFileFormat {
    /// The format of a file with this name: of its ending, or a key per line.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        match InputFormat::of_name(name) {
            Some(InputFormat::Json) => Self::Json,
            Some(InputFormat::Ndjson) => Self::Ndjson,
            Some(InputFormat::Csv) => Self::Csv,
            Some(InputFormat::Tsv) => Self::Tsv,
            Some(InputFormat::Parquet) => Self::Parquet,
            Some(InputFormat::Arrow) => Self::Arrow,
            None => Self::Lines,
        }
    }

    /// The table format, if it is one.
    #[must_use]
    pub fn table(self) -> Option<InputFormat> {
        match self {
            Self::Csv => Some(InputFormat::Csv),
            Self::Tsv => Some(InputFormat::Tsv),
            _ => None,
        }
    }

    /// The format with typed columns, if it is one.
    #[must_use]
    pub fn columnar(self) -> Option<InputFormat> {
        match self {
            Self::Parquet => Some(InputFormat::Parquet),
            Self::Arrow => Some(InputFormat::Arrow),
            _ => None,
        }
    }
}
