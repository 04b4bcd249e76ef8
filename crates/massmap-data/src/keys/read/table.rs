//! Keys in columns of tables.

use std::io::BufRead;

use massmap_format::Schema;

use super::sink::{Sink, wrong};
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::memory::copy;
use crate::input::record::names::split;
use crate::input::table::columns::{self, find};
use crate::input::table::dialect::Dialect;
use crate::input::table::records::{Records, check_first, place_of, row_error};
use crate::input::table::rows::{Row, RowError, Rows};
use crate::keys::parser::KeyParser;

/// An open table, whose columns are known.
pub(in crate::keys) struct KeyTable<R> {
    records: Records<R>,
    /// Names of all columns, or their numbers.
    names: Vec<String>,
    /// The indices of those of the key.
    key: Vec<usize>,
    /// The first row, if it names the columns.
    header: Option<Row>,
}

impl<R: BufRead> KeyTable<R> {
    /// Reads the first row and finds the columns that `key` names. Rows are kept with their keys if `keeps_rows`.
    ///
    /// # Errors
    ///
    /// Fails if the first row cannot be read, or a column is missing.
    pub(in crate::keys) fn open(
        text: R,
        dialect: Dialect,
        has_header: bool,
        key: Option<&str>,
        parser: &KeyParser,
        keeps_rows: bool,
        longest: u64,
    ) -> Result<Self, LocatedError> {
        let mut rows = Rows::new(text, dialect, longest);
        rows.keep_fields(columns::LIMIT);
        if keeps_rows {
            rows.keep_text();
        }
        let mut row = Row::default();
        let there = rows
            .read(&mut row)
            .map_err(|error| row_error(error, &row, None))?;
        check_first(&row, there, has_header)?;
        let name = |index: usize| match has_header {
            true => Ok(copy(row.field(index)?)?),
            false => Ok((index + 1).to_string()),
        };
        let names: Result<Vec<_>, RowError> = (0..row.len()).map(name).collect();
        let names = names.map_err(|error| row_error(error, &row, None))?;
        let found = key_columns(&names, key, parser).map_err(|cause| LocatedError {
            place: place_of(&row),
            cause,
        })?;
        parser.check_parts(found.len())?;
        let (header, first) = match has_header {
            true => (Some(row), None),
            false => (None, there.then_some(row)),
        };
        Ok(Self {
            records: Records::new(rows, names.len(), first),
            names,
            key: found,
            header,
        })
    }

    /// Names of all columns, or their numbers.
    pub(in crate::keys) fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of the header, if there is one and rows are kept.
    pub(in crate::keys) fn header(&self) -> &[u8] {
        self.header.as_ref().map_or(&[], Row::text)
    }

    /// Passes the key of each row to `sink`.
    pub(in crate::keys) fn read(mut self, sink: &Sink<'_>) -> Result<(), Stop> {
        let mut row = Row::default();
        while let Some(record) = self.records.next(&mut row)? {
            self.pass_on(&row, record, sink)?;
        }
        Ok(())
    }

    fn pass_on(&self, row: &Row, record: u64, sink: &Sink<'_>) -> Result<(), Stop> {
        let place = Place {
            record: Some(record),
            ..place_of(row)
        };
        let name = |index: usize| self.names.get(index).map(String::as_str);
        let count = self.key.len();
        let field = match &*self.key {
            [index] => name(*index),
            _ => None,
        };
        let mut parts = Vec::with_capacity(count);
        for (part, index) in self.key.iter().copied().enumerate() {
            let mut encoded = Vec::new();
            let text = row.field(index).map_err(anyhow::Error::from);
            let parsed = text.and_then(|text| match text {
                "" if sink.allows_null && !has_empty_text(sink.parser.part(part, count)) => Ok(false),
                text => {
                    sink.parser.parse_cell(part, count, text, &mut encoded)?;
                    Ok(true)
                }
            });
            match parsed.map_err(|cause| wrong(&place, name(index), cause))? {
                true => parts.push(encoded),
                false => return sink.take_null(row.text(), &place, name(index)),
            }
        }
        let mut key = Vec::new();
        let put = KeyParser::put_together(&parts, &mut key).map_err(anyhow::Error::from);
        let checked = put.and_then(|()| sink.parser.check(&key));
        checked.map_err(|cause| wrong(&place, field, cause))?;
        sink.take(&key, row.text(), &place, field)
    }
}

/// Whether an empty cell is a key, or a part of one, that `schema` describes.
fn has_empty_text(schema: &Schema) -> bool {
    matches!(schema, Schema::String | Schema::Bytes(_) | Schema::Option(_))
}

/// The columns that `key` names: one, or several with commas between them. If it names none, those that an export gives the parts of
/// keys, or the first one.
fn key_columns(names: &[String], key: Option<&str>, parser: &KeyParser) -> anyhow::Result<Vec<usize>> {
    match key {
        // A name may contain commas itself.
        Some(key) => match find(names, key) {
            Ok(column) => Ok(vec![column]),
            Err(error) if !key.contains(',') => Err(error),
            Err(_) => split(key).iter().map(|name| find(names, name)).collect(),
        },
        None => {
            let exported = parser.exported_columns();
            let exported: anyhow::Result<_> = exported.iter().map(|name| find(names, name)).collect();
            Ok(exported.unwrap_or_else(|_| vec![0]))
        }
    }
}
