//! The rows that keys come from, with a new column.

use std::io::{self, Write};

use massmap::dynamic::StaticSchema;

use super::cells::{Cells, Parts, value_columns};
use super::{Answer, AnswerWriter};
use crate::escape::write_json_string;
use crate::export::{ExportError, JsonText, Refusal};
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

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.pass_on()
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
    value: JsonText,
    out: W,
}

impl<W: Write> JoinedLines<W> {
    /// Objects whose new member has this name, for values with the schema `value`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold such values.
    pub fn new(name: &str, value: &StaticSchema, out: W) -> Result<Self, ExportError> {
        let value = JsonText::new(value).map_err(|refusal| refusal.of("no value of this map"))?;
        let mut encoded = Vec::new();
        write_json_string(name, &mut encoded).map_err(ExportError::Write)?;
        Ok(Self {
            name: encoded,
            value: value.lenient(),
            out,
        })
    }

    fn write_line(&mut self, answer: Answer<'_>) -> Result<(), Refusal> {
        let Self { name, value, out } = self;
        // Objects with a key are not empty, and nothing but white space follows them.
        let end = answer
            .row
            .iter()
            .rposition(|byte| *byte == b'}')
            .unwrap_or_default();
        let (before, after) = answer.row.split_at_checked(end).unwrap_or_default();
        out.write_all(before)?;
        out.write_all(b",")?;
        out.write_all(name)?;
        out.write_all(b":")?;
        match answer.value {
            Some(encoded) => value.write(encoded, out)?,
            None => out.write_all(b"null")?,
        }
        Ok(out.write_all(after)?)
    }
}

impl<W: Write> AnswerWriter for JoinedLines<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        if let Some(encoded) = answer.value {
            // Before anything is written, so that no line breaks off.
            let checked = self.value.write(encoded, &mut io::sink());
            checked.map_err(|refusal| refusal.of("the value"))?;
        }
        self.write_line(answer).map_err(|refusal| match refusal {
            Refusal::Memory(error) => ExportError::Write(error),
            refusal => refusal.of("the value"),
        })
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.pass_on()
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
