//! The rows of a table that are records.

use std::io::BufRead;

use anyhow::anyhow;

use super::columns;
use super::rows::{Row, RowError, Rows};
use crate::input::error::{LocatedError, Place, Stop};

/// Reads the rows of an open table, except for the header.
pub(crate) struct Records<R> {
    rows: Rows<R>,
    /// Number of columns.
    columns: usize,
    /// The first of them, if it was read to open the table.
    first: Option<Row>,
    /// Number of those that were read.
    count: u64,
}

impl<R: BufRead> Records<R> {
    /// Those of a table with this many columns, behind the first row, which is `first` unless it is a header.
    pub(crate) fn new(mut rows: Rows<R>, columns: usize, first: Option<Row>) -> Self {
        rows.keep_fields(columns);
        Self {
            rows,
            columns,
            first,
            count: 0,
        }
    }

    /// Reads the next one. Returns its number, from 1, or `None` at the end of the table.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or does not have all columns and no more.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Option<u64>, Stop> {
        let number = self.count + 1;
        match self.first.take() {
            Some(first) => *row = first,
            None => match self.rows.read(row) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(Stop::Failed(row_error(error, row, Some(number)))),
            },
        }
        self.count = number;
        if row.len() != self.columns {
            let (has, expected) = (row.len(), self.columns);
            let cause = anyhow!("the number of fields is {has}, not {expected} as in the first line");
            let place = Place {
                record: Some(number),
                ..place_of(row)
            };
            return Err(Stop::Failed(LocatedError { place, cause }));
        }
        Ok(Some(number))
    }
}

/// Checks the first row of a table, which is empty unless one `is_there`.
///
/// # Errors
///
/// Fails if there is no header where there must be one, or if there are too many columns.
pub(crate) fn check_first(row: &Row, is_there: bool, has_header: bool) -> Result<(), LocatedError> {
    if !is_there && has_header {
        return Err(anyhow!("there is no header; --no-header reads tables without one").into());
    }
    let (count, limit) = (row.len(), columns::LIMIT);
    match count > limit {
        true => Err(LocatedError {
            place: place_of(row),
            cause: anyhow!("there are {count} columns; a table may have up to {limit}"),
        }),
        false => Ok(()),
    }
}

/// The line of a row.
pub(crate) fn place_of(row: &Row) -> Place {
    Place {
        line: Some(row.line),
        ..Place::default()
    }
}

/// The error of a row, which is this record unless it is a header.
pub(crate) fn row_error(error: RowError, row: &Row, record: Option<u64>) -> LocatedError {
    LocatedError {
        place: Place {
            line: Some(error.line().unwrap_or(row.line)),
            record,
            ..Place::default()
        },
        cause: error.into(),
    }
}
