//! CSV and TSV: one column is the key, and another, or all others, the value.

pub(crate) mod columns;
pub(crate) mod dialect;
pub(super) mod header;
pub(crate) mod records;
pub(super) mod row_object;
pub(crate) mod rows;
mod typed;

pub use header::Header;

use std::io::BufRead;

use anyhow::anyhow;

use super::entries::types::ColumnSchema;
use super::error::{LocatedError, Place, Stop};
use super::json::error::locate;
use super::json::parser::Parser;
use super::json::value::{JsonValue, encode_text};
use super::memory::{OutOfMemory, copy};
use super::record::{Field, Record, Sink};
use super::settings::InputSettings;
use crate::excerpt;
use crate::schemas::EntrySchemas;
use crate::types::value::ValueType;
use columns::{Columns, FirstTable};
use dialect::Dialect;
use records::{Records, check_first, place_of, row_error};
use row_object::RowObject;
use rows::{Row, Rows};
use typed::TypedRows;

/// An open table, whose columns are known.
pub(super) struct Table<R> {
    records: Records<R>,
    json_cells: bool,
    columns: Columns,
    /// Makes the values if they consist of all columns but the key.
    object: RowObject,
    /// Makes keys and values if there are schemas of them.
    typed: Option<TypedRows>,
}

impl<R: BufRead> Table<R> {
    /// Reads the first row and finds the columns, which must match those of the `first_table`, if there was one.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, if key and value are ambiguous, or if the columns do not match.
    pub(super) fn open(
        text: R,
        dialect: Dialect,
        options: &InputSettings,
        first_table: Option<&FirstTable>,
    ) -> Result<Self, LocatedError> {
        let has_header = match options.header {
            Header::Each => true,
            Header::First => first_table.is_none(),
            Header::None => false,
        };
        let mut rows = Rows::new(text, dialect, options.max_record);
        rows.keep_fields(columns::LIMIT);
        let mut row = Row::default();
        let there = rows
            .read(&mut row)
            .map_err(|error| row_error(error, &row, (!has_header).then_some(1)))?;
        check_first(&row, there, has_header)?;
        let columns = match there {
            true => columns_of(&row, has_header, options, first_table)?,
            false => Columns::default(),
        };
        let is_named = has_header || options.header == Header::First;
        let typed = match there {
            true => typed_rows(&columns, is_named, options).map_err(|cause| LocatedError {
                place: place_of(&row),
                cause,
            })?,
            false => None,
        };
        let object = RowObject::new(
            match (&columns.value, &typed) {
                (None, None) => columns.names.as_slice(),
                _ => &[],
            },
            &columns.key,
        )
        .map_err(anyhow::Error::new)?;
        Ok(Self {
            records: Records::new(rows, columns.names.len(), (there && !has_header).then_some(row)),
            json_cells: options.has_json_cells(),
            object,
            typed,
            columns,
        })
    }

    /// The columns; `None` for an empty table without a header.
    pub(super) fn columns(&self) -> Option<&Columns> {
        (!self.columns.names.is_empty()).then_some(&self.columns)
    }

    /// What keys and values are, if several columns were chosen for one of them.
    pub(super) fn schemas(&self) -> Option<&EntrySchemas> {
        self.typed.as_ref().map(TypedRows::schemas)
    }

    /// The columns of keys and of values, if these are read by schemas.
    pub(super) fn typed_columns(&self) -> Option<[Vec<ColumnSchema>; 2]> {
        let typed = self.typed.as_ref()?;
        Some(typed.columns(&self.columns.names))
    }

    /// Checks that the values can be of this type.
    ///
    /// # Errors
    ///
    /// Fails if they are objects of several cells, and the type is not JSON.
    pub(super) fn check(&self, value_type: ValueType) -> Result<(), LocatedError> {
        match self.columns() {
            Some(Columns { value: None, .. }) if value_type != ValueType::Json && self.typed.is_none() => {
                let name = value_type.name();
                Err(anyhow!("values of type {name} come from one column: choose it with --value").into())
            }
            _ => Ok(()),
        }
    }

    /// Passes the record of each row to `sink`.
    pub(super) fn read(mut self, sink: &mut Sink<'_>) -> Result<(), Stop> {
        let mut row = Row::default();
        while let Some(record) = self.records.next(&mut row)? {
            self.pass_on(&row, record, sink)?;
        }
        Ok(())
    }

    fn pass_on(&self, row: &Row, record: u64, sink: &mut Sink<'_>) -> Result<(), Stop> {
        let text = |index| {
            row.field(index)
                .map_err(|error| self.error(row, record, index, error.into()))
        };
        let place = || Place {
            record: Some(record),
            ..place_of(row)
        };
        if let Some(typed) = &self.typed {
            let read = typed.record(row);
            let read = read.map_err(|(column, cause)| self.error(row, record, column, cause))?;
            return sink(read).map_err(|rejection| rejection.at(place(), None, None));
        }
        let invalid_json = |index, error| {
            let (_, cause) = locate(error);
            let cause = cause.context("the cell is not JSON");
            self.error(row, record, index, cause)
        };
        let [key_column, value_column] = self.single_columns();
        let value = match value_column {
            Some(index) if self.json_cells => {
                let mut json = Parser::new(text(index)?.as_bytes());
                let value = json.value().and_then(|value| json.end().map(|()| value));
                Field::Json(value.map_err(|error| invalid_json(index, error))?)
            }
            Some(index) => Field::Text(text(index)?),
            None => {
                let out_of_memory = |index, error: OutOfMemory| self.error(row, record, index, error.into());
                let encode_cell = |index, out: &mut Vec<u8>| {
                    let cell = text(index)?;
                    match self.json_cells {
                        true => {
                            let mut json = Parser::new(cell.as_bytes());
                            json.transcode(out)
                                .and_then(|()| json.end())
                                .map_err(|error| invalid_json(index, error))
                        }
                        false => encode_text(cell, out)
                            .map_err(|problem| self.error(row, record, index, problem.into())),
                    }
                };
                let object = self.object.of_row(encode_cell, out_of_memory)?;
                Field::Json(JsonValue::Compound(object))
            }
        };
        let record_of_row = Record {
            key: Field::Text(text(key_column.unwrap_or_default())?),
            value,
        };
        sink(record_of_row).map_err(|rejection| {
            let [key, value] =
                [key_column, value_column].map(|column| column.and_then(|column| self.column_name(column)));
            rejection.at(place(), key, value)
        })
    }

    /// The column of keys and that of values, of a table that is read without schemas.
    fn single_columns(&self) -> [Option<usize>; 2] {
        let Columns { key, value, .. } = &self.columns;
        let value = value.as_ref().and_then(|value| value.first());
        [key.first(), value].map(|column| column.copied())
    }

    fn column_name(&self, index: usize) -> Option<&str> {
        self.columns.names.get(index).map(String::as_str)
    }

    fn error(&self, row: &Row, record: u64, column: usize, cause: anyhow::Error) -> Stop {
        let place = Place {
            record: Some(record),
            field: self.column_name(column).map(excerpt::beginning),
            ..place_of(row)
        };
        Stop::Failed(LocatedError { place, cause })
    }
}

/// What makes keys and values of schemas: those in the settings, or those of several columns that were chosen.
fn typed_rows(
    columns: &Columns,
    is_named: bool,
    options: &InputSettings,
) -> anyhow::Result<Option<TypedRows>> {
    match &options.schemas {
        Some(schemas) if schemas.columns().is_none() => {
            TypedRows::like(schemas, &columns.names, is_named, &options.fields).map(Some)
        }
        Some(schemas) => TypedRows::of_columns(schemas.clone(), columns).map(Some),
        None if columns.are_several() => {
            let value = columns.value.as_ref();
            let schemas = options.schemas_of(
                columns.names_of(&columns.key),
                value.map(|value| columns.names_of(value)),
            )?;
            TypedRows::of_columns(schemas, columns).map(Some)
        }
        None => Ok(None),
    }
}

/// The columns, from the first row.
fn columns_of(
    row: &Row,
    is_header: bool,
    options: &InputSettings,
    first_table: Option<&FirstTable>,
) -> Result<Columns, LocatedError> {
    let at = |cause| LocatedError {
        place: place_of(row),
        cause,
    };
    let cells: Vec<_> = (0..row.len())
        .map(|index| row.field(index))
        .collect::<Result<_, _>>()
        .map_err(|error| row_error(error, row, (!is_header).then_some(1)))?;
    let columns = match (first_table, is_header) {
        (None, _) => {
            let names = match is_header {
                true => copy_names(&cells).map_err(|error| at(error.into()))?,
                false => (1..=cells.len()).map(|number| number.to_string()).collect(),
            };
            match &options.schemas {
                Some(schemas) => match schemas.columns() {
                    Some(chosen) => Columns::of_chosen(names, chosen),
                    // Which are key and value follows from the schemas.
                    None => Ok(Columns::unchosen(names)),
                },
                None => Columns::choose(names, &options.fields),
            }
        }
        (Some(first), true) => {
            let names = copy_names(&cells).map_err(|error| at(error.into()))?;
            Columns::match_names(first, names, &options.fields)
        }
        (Some(first), false) => Columns::match_count(first, &cells, options.header == Header::First),
    };
    columns.map_err(at)
}

/// Copies the names of columns. Each may be as long as a record.
fn copy_names(cells: &[&str]) -> Result<Vec<String>, OutOfMemory> {
    cells.iter().map(|cell| copy(cell)).collect()
}
