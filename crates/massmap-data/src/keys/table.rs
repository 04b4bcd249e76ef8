//! Keys in columns of tables.

use std::io::BufRead;

use anyhow::anyhow;
use massmap::dynamic::Value;

use super::sink::{Sink, wrong};
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::memory::copy;
use crate::input::table::columns::{self, find};
use crate::input::table::dialect::Dialect;
use crate::input::table::rows::{Row, RowError, Rows};

/// An open table, whose columns are known.
pub(super) struct KeyTable<R> {
    rows: Rows<R>,
    /// Names of all columns, or their numbers.
    names: Vec<String>,
    /// The indices of those of the key.
    key: Vec<usize>,
    /// The first row: the header, or one with a key; `None` for an empty table.
    first: Option<Row>,
    has_header: bool,
}

impl<R: BufRead> KeyTable<R> {
    /// Reads the first row and finds the columns `key`; the first one if none is given. Rows are kept with their keys if
    /// `keeps_rows`.
    ///
    /// # Errors
    ///
    /// Fails if the first row cannot be read, or a column is missing.
    pub(super) fn open(
        text: R,
        dialect: Dialect,
        has_header: bool,
        key: &[String],
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
        if !there && has_header {
            return Err(anyhow!("there is no header; --no-header reads tables without one").into());
        }
        let at = |cause| LocatedError {
            place: Place {
                line: Some(row.line),
                ..Place::default()
            },
            cause,
        };
        if row.len() > columns::LIMIT {
            let (count, limit) = (row.len(), columns::LIMIT);
            return Err(at(anyhow!(
                "there are {count} columns; a table may have up to {limit}"
            )));
        }
        let name = |index: usize| match has_header {
            true => Ok(copy(row.field(index)?)?),
            false => Ok((index + 1).to_string()),
        };
        let names: Result<Vec<_>, RowError> = (0..row.len()).map(name).collect();
        let names = names.map_err(|error| row_error(error, &row, None))?;
        let found: Result<Vec<_>, _> = key.iter().map(|name| find(&names, name)).collect();
        let mut found = found.map_err(at)?;
        if found.is_empty() {
            found.push(0);
        }
        rows.keep_fields(names.len());
        Ok(Self {
            rows,
            names,
            key: found,
            first: there.then_some(row),
            has_header,
        })
    }

    /// Names of all columns, or their numbers.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of the header, if there is one and rows are kept.
    pub(super) fn header(&self) -> &[u8] {
        let header = self.first.as_ref().filter(|_| self.has_header);
        header.map_or(&[], Row::text)
    }

    /// Passes the key of each row to `sink`.
    pub(super) fn read(mut self, sink: &Sink<'_>) -> Result<(), Stop> {
        let mut records = 0u64;
        let mut row = match self.first.take() {
            Some(first) => {
                if !self.has_header {
                    records = 1;
                    self.pass_on(&first, records, sink)?;
                }
                first
            }
            None => Row::default(),
        };
        loop {
            match self.rows.read(&mut row) {
                Ok(true) => {
                    records += 1;
                    self.pass_on(&row, records, sink)?;
                }
                Ok(false) => return Ok(()),
                Err(error) => return Err(Stop::Failed(row_error(error, &row, Some(records + 1)))),
            }
        }
    }

    fn pass_on(&self, row: &Row, record: u64, sink: &Sink<'_>) -> Result<(), Stop> {
        let place = Place {
            line: Some(row.line),
            record: Some(record),
            ..Place::default()
        };
        if row.len() != self.names.len() {
            let (has, expected) = (row.len(), self.names.len());
            let cause = anyhow!("the number of fields is {has}, not {expected} as in the first line");
            return Err(wrong(&place, None, cause));
        }
        let name = |index: usize| self.names.get(index).map(String::as_str);
        let part = |(part, index): (usize, usize)| {
            let parse = |text| match self.key.len() {
                1 => sink.parser.parse(text),
                count => sink.parser.parse_part(part, count, text),
            };
            let text = row.field(index).map_err(anyhow::Error::from);
            text.and_then(parse)
                .map_err(|cause| wrong(&place, name(index), cause))
        };
        let mut parts = self.key.iter().copied().enumerate().map(part);
        let (key, field) = match (&*self.key, parts.next()) {
            ([index], Some(key)) => (key?, name(*index)),
            (_, first) => {
                let parts: Result<_, _> = first.into_iter().chain(parts).collect();
                (Value::Array(parts?), None)
            }
        };
        sink.take(&key, row.text(), &place, field)
    }
}

fn row_error(error: RowError, row: &Row, record: Option<u64>) -> LocatedError {
    LocatedError {
        place: Place {
            line: Some(error.line().unwrap_or(row.line)),
            record,
            ..Place::default()
        },
        cause: error.into(),
    }
}
