//! Writes entries as JSON, NDJSON, CSV, TSV, Parquet or Arrow, so that they can be read again exactly.
//!
//! Entries come as MessagePack, as maps have them, with the [schemas](massmap::dynamic::StaticSchema) that say what they are. What a format
//! cannot hold so that it would be the same again is refused, never changed.

#[cfg(feature = "parquet")]
pub(crate) mod columnar;
mod compression;
mod error;
mod sort;
pub(crate) mod text;
mod writer;

pub use compression::NamedWriter;
pub use error::{ExportError, Refusal};
pub use sort::EntrySorter;
pub use text::json::JsonText;
pub use text::keys::KeyLines;
pub use writer::EntryWriter;

use std::io::Write;

use massmap::dynamic::StaticSchema;

use crate::InputFormat;
#[cfg(feature = "parquet")]
use columnar::{ColumnarFormat, ColumnarWriter};
use text::lines::{Document, Lines};
use text::table::Table;

/// A format for entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum ExportFormat {
    /// One [key, value] pair per line
    Ndjson,
    /// One array of [key, value] pairs
    Json,
    /// Comma-separated values
    Csv,
    /// Tab-separated values
    Tsv,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC, as a file (Feather)
    Arrow,
}

impl ExportFormat {
    /// The format that this name of a file suggests.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match InputFormat::of_name(name)? {
            InputFormat::Json => Self::Json,
            InputFormat::Ndjson => Self::Ndjson,
            InputFormat::Csv => Self::Csv,
            InputFormat::Tsv => Self::Tsv,
            InputFormat::Parquet => Self::Parquet,
            InputFormat::Arrow => Self::Arrow,
        })
    }

    /// The format that reads this one.
    #[must_use]
    pub fn as_input(self) -> InputFormat {
        match self {
            Self::Ndjson => InputFormat::Ndjson,
            Self::Json => InputFormat::Json,
            Self::Csv => InputFormat::Csv,
            Self::Tsv => InputFormat::Tsv,
            Self::Parquet => InputFormat::Parquet,
            Self::Arrow => InputFormat::Arrow,
        }
    }
}

/// A writer of entries with these schemas of keys and values.
///
/// JSON and NDJSON have integers of any width as numbers, floats as the shortest numbers that are the same again, floats that are not
/// finite as the strings `NaN`, `-NaN`, `inf` and `-inf`, byte arrays as base64, characters as strings, tuples as arrays, structs as
/// objects, variants of enums as their name or as an object of their name and content, maps from strings or characters as objects, and
/// other maps as arrays of pairs. Where a schema does not say what is there, only what JSON has is written.
///
/// Tables have one row an entry, below the names of the columns. A key is the column `key`, or one for each element of a tuple, `key.0` and so
/// on, or for each field of a struct, `key.id` and so on; a value likewise, but for fields of structs, whose columns are called as they are
/// unless another column is called so. Cells of scalars are their text, those of other values JSON, and those of missing optional values
/// are empty.
///
/// In Parquet and Arrow, such columns have types of their own where these formats have one: lists, structs and maps, too. Integers of 128 bits
/// are strings of digits, and what may be of several types is JSON.
///
/// # Errors
///
/// [`ExportError::Refused`] if the format cannot hold such entries; [`ExportError::BuiltWithout`] for Parquet and Arrow without the feature
/// `parquet`; [`ExportError::Write`].
pub fn entry_writer<'w>(
    format: ExportFormat,
    [key, value]: &[StaticSchema; 2],
    out: impl Write + 'w,
) -> Result<Box<dyn EntryWriter + 'w>, ExportError> {
    Ok(match format {
        ExportFormat::Ndjson => Box::new(Lines::new(key, value, out)?),
        ExportFormat::Json => Box::new(Document::new(key, value, out)?),
        ExportFormat::Csv => Box::new(Table::csv(key, value, out)?),
        ExportFormat::Tsv => Box::new(Table::tsv(key, value, out)?),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet | ExportFormat::Arrow => {
            let format = match format {
                ExportFormat::Parquet => ColumnarFormat::Parquet,
                _ => ColumnarFormat::Arrow,
            };
            Box::new(ColumnarWriter::new(format, key, value, out)?)
        }
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Parquet => return Err(ExportError::BuiltWithout(InputFormat::Parquet)),
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Arrow => return Err(ExportError::BuiltWithout(InputFormat::Arrow)),
    })
}

#[cfg(test)]
mod tests;
