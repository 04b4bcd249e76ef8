//! The rows that keys come from, with a new column.

use std::io::Write;

use massmap::dynamic::StaticSchema;

use super::cells::{Cells, Parts, value_columns};
use super::json::{ValueJson, write_line};
use super::{Answer, AnswerWriter};
use crate::escape::write_json_string;
use crate::export::ExportError;
use crate::input::Dialect;

/// Writes the rows of a table with more cells at their ends. All else stays as it is, byte by byte.
#[derive(Debug)]
pub struct JoinedTable<W> {
    value: Parts,
    cells: Cells,
    out: W,
}

impl<W: Write> JoinedTable<W> {
    /// A table whose new columns have names that are or begin with `name`, for values with the schema `value`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if a table cannot hold such values.
    pub fn new(dialect: Dialect, name: &str, value: &StaticSchema, out: W) -> Result<Self, ExportError> {
        Ok(Self {
            value: Parts::of_values(value, name)?,
            cells: Cells::new(dialect),
            out,
        })
    }

    /// Writes the header of the table, with more names behind those of it.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if the table cannot hold the names; [`ExportError::Write`].
    pub fn write_header(&mut self, header: &[u8]) -> Result<(), ExportError> {
        let (before, end) = split_end(header);
        let names = &self.value.names;
        let ended = self
            .cells
            .begin(before)
            .and_then(|()| {
                names
                    .iter()
                    .try_for_each(|name| self.cells.add(Some(name.as_bytes())))
            })
            .and_then(|()| self.cells.end(end));
        ended.map_err(|refusal| refusal.of("the header"))?;
        self.out.write_all(self.cells.row()).map_err(ExportError::Write)
    }
}

impl<W: Write> AnswerWriter for JoinedTable<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        let Self { value, cells, out } = self;
        let (before, end) = split_end(answer.row);
        let ended = cells
            .begin(before)
            .and_then(|()| value.add(answer.value, cells))
            .and_then(|()| cells.end(end));
        ended.map_err(|refusal| refusal.of("the value"))?;
        out.write_all(cells.row()).map_err(ExportError::Write)
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

/// The names of the columns that a [`JoinedTable`] adds, which are or begin with `name`, for values with the schema `value`.
#[must_use]
pub fn joined_columns(name: &str, value: &StaticSchema) -> Vec<String> {
    value_columns(value, name).1
}

/// Writes lines of objects with one more member. All else stays as it is, byte by byte.
#[derive(Debug)]
pub struct JoinedLines<W> {
    /// The name of the member, as JSON.
    name: Vec<u8>,
    value: ValueJson,
    out: W,
}

impl<W: Write> JoinedLines<W> {
    /// Objects whose new member has this name, for values with the schema `value`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold such values.
    pub fn new(name: &str, value: &StaticSchema, out: W) -> Result<Self, ExportError> {
        let value = ValueJson::new(value)?;
        let mut encoded = Vec::new();
        write_json_string(name, &mut encoded).map_err(ExportError::Write)?;
        Ok(Self {
            name: encoded,
            value,
            out,
        })
    }
}

impl<W: Write> AnswerWriter for JoinedLines<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        let Self { name, value, out } = self;
        let json = value.of(answer.value)?;
        // Objects with a key are not empty, and nothing but white space follows them.
        let end = answer
            .row
            .iter()
            .rposition(|byte| *byte == b'}')
            .unwrap_or_default();
        let (before, after) = answer.row.split_at_checked(end).unwrap_or_default();
        write_line(&[before, b",", name, b":", json, after], out)
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

/// A row, and the line break behind it.
fn split_end(row: &[u8]) -> (&[u8], &[u8]) {
    let length = match row {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    };
    row.split_at_checked(row.len() - length).unwrap_or((row, &[]))
}
