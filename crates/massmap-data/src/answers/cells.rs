//! Values in the cells of tables.

use std::io::Write;

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, SchemaStep, StaticSchema};

use crate::export::text::cell::show_cell;
use crate::export::text::json::JsonText;
use crate::export::text::parts::split;
use crate::export::text::row::Row;
use crate::export::{ExportError, Refusal};
use crate::input::Dialect;
use crate::input::source::BYTE_ORDER_MARK;
use crate::schemas::cells::{EntryColumns, Part, parts};

/// The row of a table that is being made.
#[derive(Debug)]
pub(super) struct Cells {
    dialect: Dialect,
    row: Row,
    /// Number of cells so far.
    count: usize,
}

impl Cells {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            row: Row::default(),
            count: 0,
        }
    }

    /// Begins another row. `before` are cells that it begins with, as they are written.
    pub(super) fn begin(&mut self, before: &[u8]) -> Result<(), Refusal> {
        self.row.clear();
        self.row.write_all(before)?;
        self.count = usize::from(!before.is_empty());
        Ok(())
    }

    /// Appends a cell; `None` is one that is missing.
    ///
    /// # Errors
    ///
    /// Fails if the dialect cannot hold it.
    pub(super) fn add(&mut self, cell: Option<&[u8]>) -> Result<(), Refusal> {
        let Self { dialect, row, count } = self;
        if *count > 0 {
            row.write_all(&[dialect.delimiter])?;
        }
        *count += 1;
        let Some(cell) = cell else {
            return Ok(());
        };
        let is_special = |byte: &u8| {
            matches!(byte, b'\n' | b'\r')
                || [Some(dialect.delimiter), dialect.quote, dialect.escape].contains(&Some(*byte))
        };
        // Readers take it for the beginning of a file.
        let begins_with_mark = *count == 1 && cell.starts_with(BYTE_ORDER_MARK);
        let is_plain = !begins_with_mark && !cell.iter().any(is_special);
        match dialect.quote {
            None if is_plain => row.write_all(cell)?,
            None => self.add_escaped(cell, begins_with_mark)?,
            // An empty text is told apart from a missing one by its quotes.
            Some(_) if is_plain && !cell.is_empty() => row.write_all(cell)?,
            Some(quote) => {
                row.write_all(&[quote])?;
                for byte in cell {
                    let before = match Some(*byte) {
                        byte if byte == dialect.escape => dialect.escape,
                        byte if byte == Some(quote) => byte,
                        _ => None,
                    };
                    row.write_all(before.as_slice())?;
                    row.write_all(&[*byte])?;
                }
                row.write_all(&[quote])?;
            }
        }
        Ok(())
    }

    fn add_escaped(&mut self, cell: &[u8], begins_with_mark: bool) -> Result<(), Refusal> {
        let Dialect {
            delimiter, escape, ..
        } = self.dialect;
        let found = match (escape, cell.contains(&b'\r'), cell.contains(&b'\n')) {
            _ if begins_with_mark => Some("a text that begins with a byte order mark"),
            (_, true, _) | (None, _, true) => Some("a text with a line break"),
            (None, ..) => Some("a text with a delimiter"),
            (Some(_), false, _) => None,
        };
        if let Some(found) = found {
            let expected = "what a table without quotes can hold: CSV and NDJSON can hold it";
            return Err(SchemaMismatch::instead_of(expected, found).into());
        }
        for byte in cell {
            let is_special = *byte == delimiter || *byte == b'\n' || Some(*byte) == escape;
            self.row.write_all(escape.filter(|_| is_special).as_slice())?;
            self.row.write_all(&[*byte])?;
        }
        Ok(())
    }

    /// Ends the row with `end`.
    pub(super) fn end(&mut self, end: &[u8]) -> Result<(), Refusal> {
        // A row of one empty cell would be an empty line, which readers skip.
        if self.row.as_bytes().is_empty()
            && let Some(quote) = self.dialect.quote
        {
            self.row.write_all(&[quote; 2])?;
        }
        Ok(self.row.write_all(end)?)
    }

    /// The row so far.
    pub(super) fn row(&self) -> &[u8] {
        self.row.as_bytes()
    }
}

/// Keys or values in one cell, or in one for each of their parts.
#[derive(Debug)]
pub(super) struct Parts {
    schema: StaticSchema,
    part: Part,
    /// The names of the columns.
    pub(super) names: Vec<String>,
    cell: Row,
}

impl Parts {
    /// Keys and values, in the columns of an export.
    pub(super) fn of_entries(key: &StaticSchema, value: &StaticSchema) -> Result<[Self; 2], ExportError> {
        let columns = EntryColumns::of(key.as_schema(), value.as_schema());
        let (of_key, of_value) = columns.split();
        Ok([
            Self::new(key, columns.key, of_key.to_vec())?,
            Self::new(value, columns.value, of_value.to_vec())?,
        ])
    }

    /// Values in columns whose names are or begin with `name`.
    pub(super) fn of_values(value: &StaticSchema, name: &str) -> Result<Self, ExportError> {
        let (part, names) = value_columns(value, name);
        Self::new(value, part, names)
    }

    fn new(schema: &StaticSchema, part: Part, names: Vec<String>) -> Result<Self, ExportError> {
        // Cells may hold JSON.
        JsonText::new(schema).map_err(|refusal| refusal.of("no entry of this map"))?;
        Ok(Self {
            schema: schema.clone(),
            part,
            names,
            cell: Row::default(),
        })
    }

    /// Appends the cells of a value; empty ones for one that is missing.
    ///
    /// # Errors
    ///
    /// Fails if it has no place there.
    pub(super) fn add(&mut self, encoded: Option<&[u8]>, cells: &mut Cells) -> Result<(), Refusal> {
        let Some(encoded) = encoded else {
            return self.names.iter().try_for_each(|_| cells.add(None));
        };
        let schema = self.schema.as_schema();
        let schemas = parts(schema, self.part);
        let values = match self.part {
            Part::Whole => vec![encoded],
            Part::Split(_) => split(schema, &schemas, encoded)?,
        };
        for ((schema, encoded), name) in schemas.into_iter().zip(values).zip(&self.names) {
            self.cell.clear();
            let added = show_cell(schema, encoded, &mut self.cell)
                .and_then(|is_there| cells.add(is_there.then_some(self.cell.as_bytes())));
            added.map_err(|refusal| match self.part {
                Part::Split(_) => refusal.within(|| SchemaStep::name(name)),
                Part::Whole => refusal,
            })?;
        }
        Ok(())
    }
}

/// How values lie in columns whose names are or begin with `name`, and these names.
pub(super) fn value_columns(value: &StaticSchema, name: &str) -> (Part, Vec<String>) {
    let EntryColumns { value: part, .. } = EntryColumns::of(&Schema::Never, value.as_schema());
    let inner = |index: usize| match value.as_schema() {
        Schema::Struct { fields, .. } => fields.get(index).map(|(name, _)| name.to_string()),
        _ => Some(index.to_string()),
    };
    let names = match part {
        Part::Whole => vec![name.to_owned()],
        Part::Split(count) => (0..count)
            .map(|index| format!("{name}.{}", inner(index).unwrap_or_default()))
            .collect(),
    };
    (part, names)
}
