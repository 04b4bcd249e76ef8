//! Rows as keys and values of schemas.

use anyhow::{bail, ensure};
use massmap::Schema;

use super::rows::Row;
use crate::excerpt;
use crate::input::entries::types::ColumnSchema;
use crate::input::json::error::{JsonError, Problem, locate};
use crate::input::json::typed::read_cell;
use crate::input::json::value::{Open, encode_text};
use crate::input::record::{Field, Fields, Record};
use crate::schemas::EntrySchemas;
use crate::schemas::cells::{EntryColumns, Part, parts};

/// Makes keys and values from the cells of a row.
pub(super) struct TypedRows {
    schemas: EntrySchemas,
    key: Part,
    value: Part,
    /// The columns of the key, and of the value.
    places: [Vec<usize>; 2],
}

impl TypedRows {
    /// For a table with the columns `names`, which are numbers unless `is_named`.
    ///
    /// # Errors
    ///
    /// Fails if these are not the columns of such entries.
    pub(super) fn new(
        schemas: &EntrySchemas,
        names: &[String],
        is_named: bool,
        fields: &Fields,
    ) -> anyhow::Result<Self> {
        let columns = EntryColumns::of(schemas.key().schema().as_schema(), schemas.value().as_schema());
        let EntryColumns {
            names: expected,
            key,
            value,
        } = &columns;
        let (of_key, of_value) = columns.split();
        for (part, names, field, option) in [
            (key, of_key, &fields.key, "--key"),
            (value, of_value, &fields.value, "--value"),
        ] {
            ensure!(
                *part == Part::Whole || field.is_none(),
                "{option} names one column, but as in the map they are {}: leave it out",
                list(names)
            );
        }
        let places = match is_named || fields.are_named() {
            true => find(names, &columns, [fields.key.as_deref(), fields.value.as_deref()])?,
            false => {
                ensure!(
                    names.len() == expected.len(),
                    "it has {} columns, not the {} of such entries: {}",
                    names.len(),
                    expected.len(),
                    list(expected)
                );
                let end = expected.len();
                [(0..key.count()).collect(), (key.count()..end).collect()]
            }
        };
        let is_used = |index: &usize| places.iter().any(|places| places.contains(index));
        let unused = (0..names.len()).filter(|index| !is_used(index));
        let unused: Vec<_> = unused.filter_map(|index| names.get(index)).collect();
        ensure!(
            unused.is_empty() || fields.are_named(),
            "it has the columns {} besides those of such entries: {}",
            excerpt::list(unused.into_iter().map(String::as_str)),
            list(expected)
        );
        Ok(Self {
            schemas: schemas.clone(),
            key: *key,
            value: *value,
            places,
        })
    }

    /// The columns of keys and of values, among all columns of the table.
    pub(super) fn columns(&self, names: &[String]) -> [Vec<ColumnSchema>; 2] {
        let [of_key, of_value] = &self.places;
        let columns = |schema, part, places: &[usize]| {
            let columns = parts(schema, part).into_iter().zip(places);
            let columns = columns.map(|(schema, place)| ColumnSchema {
                name: names.get(*place).cloned().unwrap_or_default(),
                column_type: schema.to_string(),
            });
            columns.collect()
        };
        [
            columns(self.schemas.key().schema().as_schema(), self.key, of_key),
            columns(self.schemas.value().as_schema(), self.value, of_value),
        ]
    }

    /// The record of a row, or the column that it cannot be made of.
    pub(super) fn record(&self, row: &Row) -> Result<Record<'static>, (usize, anyhow::Error)> {
        let [of_key, of_value] = &self.places;
        let key = self.schemas.key().schema().as_schema();
        Ok(Record {
            key: encode("key", key, self.key, of_key, row)?,
            value: encode(
                "value",
                self.schemas.value().as_schema(),
                self.value,
                of_value,
                row,
            )?,
        })
    }
}

/// The columns of keys and of values. Of a single column, the user may have chosen another name.
fn find(
    names: &[String],
    columns: &EntryColumns,
    [key, value]: [Option<&str>; 2],
) -> anyhow::Result<[Vec<usize>; 2]> {
    let (of_key, of_value) = columns.split();
    let has = |name: &str| names.iter().any(|column| column == name);
    let keys = match key {
        Some(name) => vec![place(names, name)?],
        None if columns.key == Part::Whole && !of_key.iter().all(|name| has(name)) => vec![0],
        None => places(names, of_key)?,
    };
    let values = match value {
        Some(name) => vec![place(names, name)?],
        None if columns.value == Part::Whole && !of_value.iter().all(|name| has(name)) => {
            let others: Vec<_> = (0..names.len()).filter(|index| !keys.contains(index)).collect();
            match others.as_slice() {
                [_] => others,
                _ => places(names, of_value)?,
            }
        }
        None => places(names, of_value)?,
    };
    Ok([keys, values])
}

fn places(names: &[String], wanted: &[String]) -> anyhow::Result<Vec<usize>> {
    wanted.iter().map(|name| place(names, name)).collect()
}

/// The place of the only column with this name.
fn place(names: &[String], name: &str) -> anyhow::Result<usize> {
    let mut alike = (0..).zip(names).filter(|(_, column)| *column == name);
    let shown = || excerpt::quoted(name);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => bail!("there is no column {} among {}", shown(), list(names)),
        (Some(_), Some(_)) => bail!("there are two columns {}", shown()),
    }
}

/// A key or a value, from the cells at these places.
fn encode(
    name: &str,
    schema: &Schema,
    part: Part,
    places: &[usize],
    row: &Row,
) -> Result<Field<'static>, (usize, anyhow::Error)> {
    let mut out = Vec::new();
    let names = match schema {
        Schema::Struct { fields, is_map: true } => Some(fields),
        _ => None,
    };
    let open = match part {
        Part::Whole => None,
        Part::Split(_) => Some(Open::new(&mut out)),
    };
    for (number, (schema, place)) in parts(schema, part).into_iter().zip(places).enumerate() {
        let at = |cause: anyhow::Error| (*place, cause);
        if let (Some(_), Some((name, _))) = (&open, names.and_then(|fields| fields.get(number))) {
            encode_text(name, &mut out).map_err(|problem| at(problem.into()))?;
        }
        let cell = row.field(*place).map_err(|error| at(error.into()))?;
        read_cell(schema, cell, &mut out).map_err(|error| at(explain(name, error)))?;
    }
    let closed = match (open, names) {
        (None, _) => Ok(()),
        (Some(open), None) => open.close_array(places.len(), &mut out),
        (Some(open), Some(_)) => open.close_map(places.len(), &mut out),
    };
    match closed {
        Ok(()) => Ok(Field::Encoded(out)),
        Err(problem) => Err((places.first().copied().unwrap_or_default(), problem.into())),
    }
}

/// What is wrong with a cell of a key or a value.
#[cold]
fn explain(name: &str, error: JsonError) -> anyhow::Error {
    let (_, cause) = locate(error);
    match cause.downcast_ref() {
        Some(Problem::Mismatch(_)) => cause.context(format!("the {name} is not like those of the map")),
        Some(problem) if problem.suggests_other_format() => cause.context("the cell is not JSON"),
        _ => cause,
    }
}

fn list(names: &[String]) -> String {
    excerpt::list(names.iter().map(String::as_str))
}
