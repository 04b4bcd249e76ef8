//! CSV and TSV: tables of which one column is the key, and another, or all others, the value.

use std::collections::HashSet;
use std::io::BufRead;

use anyhow::{anyhow, bail};
use serde_json::{Map, Value};

use super::error::{Fault, Halt, Place};
use super::field::ValueType;
use super::record::{Field, Fields, Record, Sink};
use super::rows::{Row, Rows};

/// How tables are read.
#[derive(Debug, Clone)]
pub(super) struct TableOptions {
    pub(super) fields: Fields,
    /// Whether the first row names the columns. Otherwise they have numbers, from 1.
    pub(super) header: bool,
    /// Whether a cell that is (part of) a value is JSON. Otherwise it is a text.
    pub(super) json_cells: bool,
}

/// What the values of a table are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One cell.
    Cell,
    /// An object of several cells.
    Object,
}

impl Shape {
    /// Checks that such values go with the type of values and with those of the `first` table. Sets it if there is none.
    pub(super) fn check(self, first: &mut Option<Self>, value_type: ValueType) -> Result<(), Fault> {
        let problem = if self == Self::Object && value_type != ValueType::Json {
            let name = value_type.name();
            anyhow!("values of type {name} come from one column: choose it with --value")
        } else if *first.get_or_insert(self) != self {
            anyhow!(
                "it has two columns where other inputs have more, or the reverse: choose one with --value"
            )
        } else {
            return Ok(());
        };
        Err(problem.into())
    }
}

/// A table of which the columns are known.
pub(super) struct Table<R> {
    rows: Rows<R>,
    json_cells: bool,
    /// Names, or numbers.
    columns: Vec<String>,
    key: usize,
    /// `None` for all but the key.
    value: Option<usize>,
    /// The first row, if it is no header; none if the table is empty.
    first: Option<Row>,
}

impl<R: BufRead> Table<R> {
    /// Reads the first row.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, and if key and value are not certain.
    pub(super) fn open(text: R, delimiter: u8, options: &TableOptions) -> Result<Self, Fault> {
        let mut rows = Rows::new(text, delimiter);
        let mut row = Row::default();
        let at = |row: &Row, record, cause| Fault {
            place: Place {
                line: Some(row.line),
                record,
                ..Place::default()
            },
            cause,
        };
        let first_record = (!options.header).then_some(1);
        let there = rows
            .read(&mut row)
            .map_err(|error| at(&row, first_record, error.into()))?;
        if !there && options.header {
            return Err(anyhow!("there is no header; a table without one takes --no-header").into());
        }
        let columns = match options.header {
            true => (0..row.len())
                .map(|index| row.field(index).map(str::to_owned))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| at(&row, None, error.into()))?,
            false => (1..=row.len()).map(|number| number.to_string()).collect(),
        };
        let (key, value) = match there {
            true => choose(&columns, options).map_err(|cause| at(&row, None, cause))?,
            false => (0, None),
        };
        Ok(Self {
            rows,
            json_cells: options.json_cells,
            columns,
            key,
            value,
            first: (there && !options.header).then_some(row),
        })
    }

    /// What its values are made of. Of an empty table without a header that is unknown.
    pub(super) fn shape(&self) -> Option<Shape> {
        match (self.columns.is_empty(), self.value) {
            (true, _) => None,
            (_, Some(_)) => Some(Shape::Cell),
            (_, None) => Some(Shape::Object),
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
                    return Err(self.fault(row.line, records + 1, None, error.into()));
                }
            }
        }
    }

    fn hand_on(&self, row: &Row, record: u64, sink: &mut Sink<'_>) -> Result<(), Halt> {
        if row.len() != self.columns.len() {
            let (has, expected) = (row.len(), self.columns.len());
            let cause = anyhow!("the number of fields is {has}, not {expected} as in the first line");
            return Err(self.fault(row.line, record, None, cause));
        }
        let text = |index| {
            row.field(index)
                .map_err(|error| self.fault(row.line, record, Some(index), error.into()))
        };
        let json = |index| {
            let text = text(index)?;
            match self.json_cells {
                false => Ok(Value::from(text)),
                true => serde_json::from_str(text).map_err(|error| {
                    let (_, cause) = super::json::explain(error);
                    self.fault(
                        row.line,
                        record,
                        Some(index),
                        cause.context("the cell is no JSON"),
                    )
                }),
            }
        };
        let value = match self.value {
            Some(index) if self.json_cells => Field::Json(json(index)?),
            Some(index) => Field::Text(text(index)?),
            None => {
                let mut object = Map::new();
                for (index, column) in self.columns.iter().enumerate() {
                    if index != self.key {
                        object.insert(column.clone(), json(index)?);
                    }
                }
                Field::Json(Value::Object(object))
            }
        };
        let record_of_row = Record {
            key: Field::Text(text(self.key)?),
            value,
        };
        sink(record_of_row).map_err(|refusal| {
            let place = Place {
                line: Some(row.line),
                record: Some(record),
                ..Place::default()
            };
            let value = self.value.and_then(|value| self.column(value));
            refusal.at(place, self.column(self.key), value)
        })
    }

    fn column(&self, index: usize) -> Option<&str> {
        self.columns.get(index).map(String::as_str)
    }

    fn fault(&self, line: u64, record: u64, column: Option<usize>, cause: anyhow::Error) -> Halt {
        let place = Place {
            line: Some(line),
            record: Some(record),
            field: column.and_then(|index| self.column(index)).map(str::to_owned),
            ..Place::default()
        };
        Halt::Faulty(Fault { place, cause })
    }
}

/// Which columns are key and value.
fn choose(columns: &[String], options: &TableOptions) -> anyhow::Result<(usize, Option<usize>)> {
    let find = |name: &str| {
        let mut alike = (0..).zip(columns).filter(|(_, column)| *column == name);
        match (alike.next(), alike.next()) {
            (Some((index, _)), None) => Ok(index),
            (None, _) => bail!("there is no column {name:?} among {}", list(columns)),
            (Some(_), Some(_)) => bail!("there are two columns {name:?}"),
        }
    };
    let key = options.fields.key.as_deref().map_or(Ok(0), find)?;
    match &options.fields.value {
        Some(value) => match find(value)? {
            index if index == key => bail!("{value:?} is both key and value"),
            index => Ok((key, Some(index))),
        },
        None if columns.len() < 2 => bail!(
            "there is one column only, {}; is the delimiter another?",
            list(columns)
        ),
        None if columns.len() == 2 => Ok((key, Some(1 - key))),
        None => {
            let mut names = HashSet::new();
            let mut others = (0..).zip(columns).filter(|(index, _)| *index != key);
            match others.find(|(_, column)| !names.insert(*column)) {
                Some((_, twice)) => bail!("there are two columns {twice:?}; choose the value with --value"),
                None => Ok((key, None)),
            }
        }
    }
}

/// The names of columns, as many as a message bears.
fn list(columns: &[String]) -> String {
    const SHOWN: usize = 10;
    let names: Vec<_> = columns
        .iter()
        .take(SHOWN)
        .map(|name| format!("{name:?}"))
        .collect();
    let more = if columns.len() > SHOWN { ", …" } else { "" };
    names.join(", ") + more
}
