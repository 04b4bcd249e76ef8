//! CSV and TSV: tables of which one column is the key, and another, or all others, the value.

pub(super) mod columns;
pub(super) mod dialect;
pub(super) mod row_object;
pub(super) mod rows;

use std::io::BufRead;

use anyhow::anyhow;

use crate::input::entries::convert::ValueType;
use crate::input::error::{Fault, Halt, Place};
use crate::input::json::parser::Parser;
use crate::input::json::value::{JsonValue, encode_text};
use crate::input::memory::{OutOfMemory, copied};
use crate::input::record::{Field, Fields, Record, Sink};
use crate::output::excerpt;
use columns::{Columns, FirstTable};
use dialect::Dialect;
use row_object::RowObject;
use rows::{Row, RowError, Rows};

/// Which inputs that are tables begin with a line that names the columns.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// Each: columns go together by name, in whatever order they are
    Each,
    /// The first: the others go on with its columns
    First,
    /// None: columns have numbers, from 1
    None,
}

/// How tables are read.
#[derive(Debug, Clone)]
pub(super) struct TableOptions {
    pub(super) fields: Fields,
    pub(super) header: Header,
    /// Whether a cell that is (part of) a value is JSON. Otherwise it is a text.
    pub(super) json_cells: bool,
    /// Bytes that a row may take.
    pub(super) max_record: u64,
}

/// A table of which the columns are known.
pub(super) struct Table<R> {
    rows: Rows<R>,
    json_cells: bool,
    columns: Columns,
    /// Makes values of all columns but the key.
    object: RowObject,
    /// The first row, if it is no header; none if the table is empty.
    first: Option<Row>,
}

impl<R: BufRead> Table<R> {
    /// Reads the first row, and finds the columns, which have to go with those of the `first_table`, if there was one.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, if key and value are not certain, and if the columns do not go with those.
    pub(super) fn open(
        text: R,
        dialect: Dialect,
        options: &TableOptions,
        first_table: Option<&FirstTable>,
    ) -> Result<Self, Fault> {
        let has_header = match options.header {
            Header::Each => true,
            Header::First => first_table.is_none(),
            Header::None => false,
        };
        let mut rows = Rows::new(text, dialect, options.max_record);
        rows.keep_fields(columns::MOST);
        let mut row = Row::default();
        let there = rows
            .read(&mut row)
            .map_err(|error| fault_of_row(error, &row, (!has_header).then_some(1)))?;
        if !there && has_header {
            return Err(anyhow!("there is no header; tables without one take --no-header").into());
        }
        let columns = match there {
            true => columns_of(&row, has_header, options, first_table)?,
            false => Columns::default(),
        };
        rows.keep_fields(columns.names.len());
        let object = RowObject::new(
            match columns.value {
                Some(_) => &[],
                None => columns.names.as_slice(),
            },
            columns.key,
        )
        .map_err(anyhow::Error::new)?;
        Ok(Self {
            rows,
            json_cells: options.json_cells,
            object,
            columns,
            first: (there && !has_header).then_some(row),
        })
    }

    /// The columns. An empty table without a header has none.
    pub(super) fn columns(&self) -> Option<&Columns> {
        (!self.columns.names.is_empty()).then_some(&self.columns)
    }

    /// Checks that the values can be of that type.
    ///
    /// # Errors
    ///
    /// Fails if they are objects of several cells, and that is not what the type is of.
    pub(super) fn check(&self, value_type: ValueType) -> Result<(), Fault> {
        match self.columns() {
            Some(Columns { value: None, .. }) if value_type != ValueType::Json => {
                let name = value_type.name();
                Err(anyhow!("values of type {name} come from one column: choose it with --value").into())
            }
            _ => Ok(()),
        }
    }

    /// Hands on the record of each row.
    pub(super) fn read(mut self, sink: &mut Sink<'_>) -> Result<(), Halt> {
        let mut records = 0u64;
        let mut row = match self.first.take() {
            Some(first) => {
                records += 1;
                self.hand_on(&first, records, sink)?;
                first
            }
            None => Row::default(),
        };
        loop {
            match self.rows.read(&mut row) {
                Ok(true) => {
                    records += 1;
                    self.hand_on(&row, records, sink)?;
                }
                Ok(false) => return Ok(()),
                Err(error) => {
                    return Err(Halt::Faulty(fault_of_row(error, &row, Some(records + 1))));
                }
            }
        }
    }

    fn hand_on(&self, row: &Row, record: u64, sink: &mut Sink<'_>) -> Result<(), Halt> {
        if row.len() != self.columns.names.len() {
            let (has, expected) = (row.len(), self.columns.names.len());
            let cause = anyhow!("the number of fields is {has}, not {expected} as in the first line");
            return Err(self.fault(row.line, record, None, cause));
        }
        let text = |index| {
            row.field(index)
                .map_err(|error| self.fault(row.line, record, Some(index), error.into()))
        };
        let no_json = |index, error| {
            let (_, cause) = crate::input::json::document::explain(error);
            let cause = cause.context("the cell is no JSON");
            self.fault(row.line, record, Some(index), cause)
        };
        let value = match self.columns.value {
            Some(index) if self.json_cells => {
                let mut json = Parser::new(text(index)?.as_bytes());
                let value = json.value().and_then(|value| json.end().map(|()| value));
                Field::Json(value.map_err(|error| no_json(index, error))?)
            }
            Some(index) => Field::Text(text(index)?),
            None => {
                let no_room =
                    |index, error: OutOfMemory| self.fault(row.line, record, Some(index), error.into());
                let encode_cell = |index, out: &mut Vec<u8>| {
                    let cell = text(index)?;
                    match self.json_cells {
                        true => {
                            let mut json = Parser::new(cell.as_bytes());
                            json.transcode(out)
                                .and_then(|()| json.end())
                                .map_err(|error| no_json(index, error))
                        }
                        false => encode_text(cell, out)
                            .map_err(|problem| self.fault(row.line, record, Some(index), problem.into())),
                    }
                };
                let object = self.object.of_row(encode_cell, no_room)?;
                Field::Json(JsonValue::Compound(object))
            }
        };
        let record_of_row = Record {
            key: Field::Text(text(self.columns.key)?),
            value,
        };
        sink(record_of_row).map_err(|refusal| {
            let place = Place {
                line: Some(row.line),
                record: Some(record),
                ..Place::default()
            };
            let value = self.columns.value.and_then(|value| self.column(value));
            refusal.at(place, self.column(self.columns.key), value)
        })
    }

    fn column(&self, index: usize) -> Option<&str> {
        self.columns.names.get(index).map(String::as_str)
    }

    fn fault(&self, line: u64, record: u64, column: Option<usize>, cause: anyhow::Error) -> Halt {
        let place = Place {
            line: Some(line),
            record: Some(record),
            field: column
                .and_then(|index| self.column(index))
                .map(excerpt::beginning),
            ..Place::default()
        };
        Halt::Faulty(Fault { place, cause })
    }
}

/// What the first row says of the columns.
fn columns_of(
    row: &Row,
    is_header: bool,
    options: &TableOptions,
    first_table: Option<&FirstTable>,
) -> Result<Columns, Fault> {
    let at = |cause| Fault {
        place: Place {
            line: Some(row.line),
            ..Place::default()
        },
        cause,
    };
    if row.len() > columns::MOST {
        let (count, most) = (row.len(), columns::MOST);
        return Err(at(anyhow!("there are {count} columns; a table may have {most}")));
    }
    let cells: Vec<_> = (0..row.len())
        .map(|index| row.field(index))
        .collect::<Result<_, _>>()
        .map_err(|error| fault_of_row(error, row, (!is_header).then_some(1)))?;
    let columns = match (first_table, is_header) {
        (None, true) => Columns::choose(named(&cells).map_err(|error| at(error.into()))?, &options.fields),
        (None, false) => {
            let numbers = (1..=cells.len()).map(|number| number.to_string());
            Columns::choose(numbers.collect(), &options.fields)
        }
        (Some(first), true) => {
            let names = named(&cells).map_err(|error| at(error.into()))?;
            Columns::named_as_in(first, names, &options.fields)
        }
        (Some(first), false) => Columns::as_many_as_in(first, &cells, options.header == Header::First),
    };
    columns.map_err(at)
}

/// The names that columns have, of which each may be as long as a record.
fn named(cells: &[&str]) -> Result<Vec<String>, OutOfMemory> {
    cells.iter().map(|cell| copied(cell)).collect()
}

fn fault_of_row(error: RowError, row: &Row, record: Option<u64>) -> Fault {
    Fault {
        place: Place {
            line: Some(error.line().unwrap_or(row.line)),
            record,
            ..Place::default()
        },
        cause: error.into(),
    }
}
