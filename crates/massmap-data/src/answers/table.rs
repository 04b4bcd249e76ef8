//! A row of a table for each key.

use std::io::Write;

use massmap::Schema;
use massmap::dynamic::StaticSchema;

use super::cells::{Cells, Parts};
use super::{Answer, AnswerWriter};
use crate::export::text::row::Row;
use crate::export::{ExportError, Refusal};
use crate::input::Dialect;
use crate::keys::KeyText;

/// Writes a table with the columns of an [export](crate::entry_writer). Cells of missing values are empty; with quotes, texts that are
/// empty have some.
#[derive(Debug)]
pub(super) struct AnswerTable<W> {
    key: Key,
    value: Parts,
    cells: Cells,
    out: W,
}

/// How keys are written.
#[derive(Debug)]
enum Key {
    /// Not at all.
    None,
    /// In one cell.
    Text(KeyText, Row),
    /// In the cells of an export.
    Parts(Parts),
}

impl<W: Write> AnswerTable<W> {
    /// A table of values with the schema `value`, and of keys, which are written as `key` says, if they are written. Writes the header.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if a table cannot hold such entries; [`ExportError::Write`].
    pub(super) fn new(
        dialect: Dialect,
        key: Option<&KeyText>,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        let none = StaticSchema::new(Schema::Never);
        let schema = match key {
            // In one cell.
            Some(key) if !key.is_asked() => key.schema(),
            _ => &none,
        };
        let [parts, value] = Parts::of_entries(schema, value)?;
        let mut table = Self {
            key: match key {
                None => Key::None,
                Some(key) if key.is_asked() => Key::Text(key.clone(), Row::default()),
                Some(_) => Key::Parts(parts),
            },
            value,
            cells: Cells::new(dialect),
            out,
        };
        table.add_names().map_err(|refusal| refusal.of("the header"))?;
        table.write_row()?;
        Ok(table)
    }

    fn add_names(&mut self) -> Result<(), Refusal> {
        let keys: &[String] = match &self.key {
            Key::None => &[],
            Key::Text(..) => &["key".to_owned()],
            Key::Parts(parts) => &parts.names,
        };
        self.cells.begin(b"")?;
        let mut names = keys.iter().chain(&self.value.names);
        names.try_for_each(|name| self.cells.add(Some(name.as_bytes())))?;
        self.cells.end(b"\n")
    }

    fn write_row(&mut self) -> Result<(), ExportError> {
        self.out.write_all(self.cells.row()).map_err(ExportError::Write)
    }
}

impl<W: Write> AnswerWriter for AnswerTable<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        let Self {
            key, value, cells, ..
        } = self;
        let begun = cells.begin(b"").and_then(|()| match key {
            Key::None => Ok(()),
            Key::Text(text, cell) => {
                cell.clear();
                text.write(answer.key, cell)?;
                cells.add(Some(cell.as_bytes()))
            }
            Key::Parts(parts) => parts.add(Some(answer.key), cells),
        });
        begun.map_err(|refusal| refusal.of("the key"))?;
        let ended = value.add(answer.value, cells).and_then(|()| cells.end(b"\n"));
        ended.map_err(|refusal| refusal.of("the value"))?;
        self.write_row()
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}
