//! Formats of answers.

use std::io::Write;

use massmap::dynamic::StaticSchema;

use super::AnswerWriter;
#[cfg(feature = "parquet")]
use super::columns::AnswerColumns;
use super::lines::{AnswerLines, LineForm};
use super::table::AnswerTable;
use crate::export::ExportError;
#[cfg(feature = "parquet")]
use crate::export::columnar::ColumnarFormat;
use crate::input::{DialectOptions, InputFormat};
use crate::keys::KeyText;

/// A format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum AnswerFormat {
    /// A JSON object per line
    Ndjson,
    /// Comma-separated values
    Csv,
    /// Tab-separated values
    Tsv,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC, as a file (Feather)
    Arrow,
}

impl AnswerFormat {
    /// The format of a file of entries that is like this one; `None` for documents of JSON.
    #[must_use]
    pub fn of_input(format: InputFormat) -> Option<Self> {
        Some(match format {
            InputFormat::Json => return None,
            InputFormat::Ndjson => Self::Ndjson,
            InputFormat::Csv => Self::Csv,
            InputFormat::Tsv => Self::Tsv,
            InputFormat::Parquet => Self::Parquet,
            InputFormat::Arrow => Self::Arrow,
        })
    }

    /// The format of a file of entries that is like this one.
    #[must_use]
    pub fn as_input(self) -> InputFormat {
        match self {
            Self::Ndjson => InputFormat::Ndjson,
            Self::Csv => InputFormat::Csv,
            Self::Tsv => InputFormat::Tsv,
            Self::Parquet => InputFormat::Parquet,
            Self::Arrow => InputFormat::Arrow,
        }
    }
}

/// A writer of answers, of keys as `key` says unless `form` leaves them out, and of values with the schema `value`.
///
/// # Errors
///
/// [`ExportError::Refused`] if the format cannot hold such entries; [`ExportError::BuiltWithout`] for Parquet and Arrow without the feature
/// `parquet`; [`ExportError::Write`].
pub fn answer_writer<'w>(
    format: AnswerFormat,
    form: LineForm,
    key: &KeyText,
    value: &StaticSchema,
    out: impl Write + 'w,
) -> Result<Box<dyn AnswerWriter + 'w>, ExportError> {
    let written = Some(key).filter(|_| form != LineForm::Value);
    if let Some(dialect) = DialectOptions::default().for_format(format.as_input()) {
        return Ok(Box::new(AnswerTable::new(dialect, written, value, out)?));
    }
    match format {
        AnswerFormat::Parquet | AnswerFormat::Arrow => columns(format, written, value, out),
        _ => Ok(Box::new(AnswerLines::new(form, key, value, out)?)),
    }
}

#[cfg(feature = "parquet")]
fn columns<'w>(
    format: AnswerFormat,
    key: Option<&KeyText>,
    value: &StaticSchema,
    out: impl Write + 'w,
) -> Result<Box<dyn AnswerWriter + 'w>, ExportError> {
    let format = match format {
        AnswerFormat::Parquet => ColumnarFormat::Parquet,
        _ => ColumnarFormat::Arrow,
    };
    let key = key.map(KeyText::schema);
    Ok(Box::new(AnswerColumns::new(format, key, value, out)?))
}

#[cfg(not(feature = "parquet"))]
fn columns<'w>(
    format: AnswerFormat,
    _: Option<&KeyText>,
    _: &StaticSchema,
    _: impl Write + 'w,
) -> Result<Box<dyn AnswerWriter + 'w>, ExportError> {
    Err(ExportError::BuiltWithout(format.as_input()))
}
