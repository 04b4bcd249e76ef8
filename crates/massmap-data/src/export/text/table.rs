//! CSV and TSV.

use std::io::Write;

use massmap::dynamic::{SchemaMismatch, SchemaStep, StaticSchema};

use super::cell::write_cell;
use super::json::{JsonText, named_key};
use super::parts::split;
use super::row::Row;
use crate::excerpt;
use crate::export::error::{ExportError, Refusal};
use crate::export::writer::EntryWriter;
use crate::input::source::BYTE_ORDER_MARK;
use crate::schemas::cells::{EntryColumns, Part, parts};

/// How cells are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// By commas; cells with special characters are in quotes.
    Csv,
    /// By tabs, without quotes.
    Tsv,
}

/// Writes a table.
pub(in crate::export) struct Table<W> {
    schemas: [StaticSchema; 2],
    columns: EntryColumns,
    dialect: Dialect,
    row: Row,
    cell: Row,
    out: W,
}

impl<W: Write> Table<W> {
    pub(in crate::export) fn csv(
        key: &StaticSchema,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        Self::new(key, value, Dialect::Csv, out)
    }

    pub(in crate::export) fn tsv(
        key: &StaticSchema,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        Self::new(key, value, Dialect::Tsv, out)
    }

    fn new(key: &StaticSchema, value: &StaticSchema, dialect: Dialect, out: W) -> Result<Self, ExportError> {
        // Cells may hold JSON.
        JsonText::new(key).map_err(|refusal| refusal.of("a key of this map"))?;
        JsonText::new(value).map_err(|refusal| refusal.of("a value of this map"))?;
        let columns = EntryColumns::of(key.as_schema(), value.as_schema());
        let mut table = Self {
            schemas: [key.clone(), value.clone()],
            dialect,
            row: Row::default(),
            cell: Row::default(),
            columns,
            out,
        };
        for (number, name) in table.columns.names.iter().enumerate() {
            let added = table
                .dialect
                .add_cell(name.as_bytes(), number == 0, &mut table.row);
            added.map_err(|refusal| refusal.of(format!("the column {}", excerpt::quoted(name))))?;
        }
        table.end_row()?;
        Ok(table)
    }

    fn end_row(&mut self) -> Result<(), ExportError> {
        let ended = self
            .row
            .write_all(b"\n")
            .and_then(|()| self.out.write_all(&self.row.0));
        self.row.clear();
        ended.map_err(ExportError::Write)
    }

    /// Appends the cells of a key or a value.
    fn add_part(&mut self, is_key: bool, encoded: &[u8]) -> Result<(), Refusal> {
        let [key, value] = &self.schemas;
        let keys = self.columns.key.count();
        let (schema, part, first) = match is_key {
            true => (key, self.columns.key, 0),
            false => (value, self.columns.value, keys),
        };
        let schema = schema.as_schema();
        let schemas = parts(schema, part);
        let cells = match part {
            Part::Whole => vec![encoded],
            Part::Split(_) => split(schema, &schemas, encoded)?,
        };
        for (number, (schema, encoded)) in (first..).zip(schemas.into_iter().zip(cells)) {
            self.cell.clear();
            write_cell(schema, encoded, &mut self.cell)
                .and_then(|()| self.dialect.add_cell(&self.cell.0, number == 0, &mut self.row))
                .map_err(|refusal| match (part, self.columns.names.get(number)) {
                    (Part::Split(_), Some(name)) => refusal.within(|| SchemaStep::name(name)),
                    _ => refusal,
                })?;
        }
        Ok(())
    }
}

impl<W: Write> EntryWriter for Table<W> {
    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<(), ExportError> {
        let named_key = |schemas: &[StaticSchema; 2]| {
            let [schema, _] = schemas;
            named_key(schema.as_schema(), key)
        };
        let written = match self.add_part(true, key) {
            Err(refusal) => Err(refusal.of(named_key(&self.schemas))),
            Ok(()) => self
                .add_part(false, value)
                .map_err(|refusal| refusal.of(format!("the value of {}", named_key(&self.schemas)))),
        };
        match written {
            Ok(()) => self.end_row(),
            Err(error) => {
                self.row.clear();
                Err(error)
            }
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

impl Dialect {
    /// Appends a cell to a row, behind a delimiter unless it is the first.
    fn add_cell(self, cell: &[u8], is_first: bool, row: &mut Row) -> Result<(), Refusal> {
        // Readers take it for the beginning of a file.
        let begins_with_mark = is_first && cell.starts_with(BYTE_ORDER_MARK);
        match self {
            Self::Csv => {
                let is_special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
                let is_quoted = begins_with_mark || cell.iter().any(is_special);
                if !is_first {
                    row.write_all(b",")?;
                }
                if !is_quoted {
                    row.write_all(cell)?;
                    return Ok(());
                }
                row.write_all(b"\"")?;
                for (number, piece) in cell.split(|byte| *byte == b'"').enumerate() {
                    if number > 0 {
                        row.write_all(b"\"\"")?;
                    }
                    row.write_all(piece)?;
                }
                row.write_all(b"\"")?;
            }
            Self::Tsv => {
                let special = cell.iter().find_map(|byte| match byte {
                    b'\t' => Some("a text with a tab"),
                    b'\n' | b'\r' => Some("a text with a line break"),
                    _ => None,
                });
                let special =
                    special.or(begins_with_mark.then_some("a text that begins with a byte order mark"));
                if let Some(found) = special {
                    let expected = "what TSV can hold: CSV and NDJSON can hold it";
                    return Err(SchemaMismatch::instead_of(expected, found).into());
                }
                if !is_first {
                    row.write_all(b"\t")?;
                }
                row.write_all(cell)?;
            }
        }
        Ok(())
    }
}
