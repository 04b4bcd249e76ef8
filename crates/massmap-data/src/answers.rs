//! Writes what a map holds for keys: a row for each, or the rows that the keys come from with a new column.
//!
//! Unlike an [export](crate::entry_writer), this is made to be read and need not tell every value from every other: a float of 32 bits is
//! written although the file does not say what it is, for example.

mod cells;
#[cfg(feature = "parquet")]
mod columns;
mod format;
mod joined;
#[cfg(feature = "parquet")]
mod joined_columns;
mod json;
mod lines;
mod table;

pub use format::{AnswerFormat, answer_writer};
pub use joined::{JoinedLines, JoinedTable, joined_columns};
#[cfg(feature = "parquet")]
pub use joined_columns::JoinedColumns;
pub use lines::LineForm;

use crate::export::ExportError;

/// A key and what was found for it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The key, encoded as maps store it.
    pub key: &'a [u8],
    /// The row that it comes from, if rows are kept.
    pub row: &'a [u8],
    /// Its encoded value; `None` if the map does not have the key.
    pub value: Option<&'a [u8]>,
}

/// Writes answers, in the order of the keys.
pub trait AnswerWriter {
    /// Writes an answer.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if the format cannot hold it, with nothing of it written; [`ExportError::Write`].
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError>;

    /// Leaves out an answer.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    fn skip(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    /// Passes on what was written so far, as far as the format allows.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    fn pass_on(&mut self) -> Result<(), ExportError>;

    /// Ends the output. Unless the format has an end of its own, everything is only passed on.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.pass_on()
    }
}
