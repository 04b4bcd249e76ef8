//! Rows of a batch as entries like those of a map.

use std::sync::Arc;

use anyhow::anyhow;
use arrow_array::RecordBatch;
use arrow_buffer::NullBuffer;
use arrow_schema::Fields as Columns;
use massmap::Schema;
use massmap::dynamic::SchemaMismatch;

use super::encode::encode;
use super::{BadCell, column_of};
use crate::input::columnar::column::values::Column;
use crate::input::columnar::plan::{Chosen, chosen_for};
use crate::input::entries::like::LikeColumns;
use crate::input::entries::types::ColumnSchema;
use crate::input::entries::{TypedEntry, typed};
use crate::input::error::Rejection;
use crate::input::json::error::Problem;
use crate::input::json::value::{Open, encode_text};
use crate::input::record::{Field, Record};
use crate::input::settings::InputSettings;
use crate::input::settings::column_rules::ColumnRules;
use crate::schemas::cells::{Part, parts, without_options};
use crate::schemas::{EntryPart, EntrySchemas};

/// Makes entries of the columns of an input.
pub(in crate::input::columnar) struct LikeRows {
    schemas: Arc<EntrySchemas>,
    key: LikePart,
    value: LikePart,
}

/// A key or a value.
struct LikePart {
    part: Part,
    columns: Vec<(Chosen, ColumnRules)>,
}

/// The columns of a batch that keys, or values, are made of.
pub(in crate::input::columnar) type PartColumns = Vec<(Column, Option<NullBuffer>)>;

impl LikeRows {
    /// Chooses the columns of an input.
    ///
    /// # Errors
    ///
    /// Fails if these are not the columns of such entries.
    pub(in crate::input::columnar) fn choose(
        schemas: &EntrySchemas,
        columns: &Columns,
        settings: &InputSettings,
    ) -> anyhow::Result<Self> {
        let names: Vec<_> = columns.iter().map(|column| column.name().clone()).collect();
        let LikeColumns { key, value, places } = LikeColumns::find(schemas, &names, true, &settings.fields)?;
        let [of_key, of_value] = places;
        let choose = |schema: &Schema, part: Part, places: Vec<usize>| -> anyhow::Result<LikePart> {
            let mut chosen_columns = Vec::with_capacity(places.len());
            for (schema, place) in parts(schema, part).into_iter().zip(places) {
                let name = names.get(place).cloned().unwrap_or_default();
                chosen_columns.push(chosen_for(without_options(schema), vec![name], columns)?);
            }
            Ok(LikePart {
                part,
                columns: chosen_columns,
            })
        };
        Ok(Self {
            key: choose(schemas.key().schema().as_schema(), key, of_key)?,
            value: choose(schemas.value().as_schema(), value, of_value)?,
            schemas: Arc::new(schemas.clone()),
        })
    }

    /// The columns of keys, and those of values.
    pub(in crate::input::columnar) fn described(&self) -> [Vec<ColumnSchema>; 2] {
        let described = |part: &LikePart, schema: &Schema| {
            let columns = part.columns.iter().zip(parts(schema, part.part));
            let columns = columns.map(|((column, _), schema)| ColumnSchema {
                name: column.path.join("."),
                column_type: schema.to_string(),
            });
            columns.collect()
        };
        [
            described(&self.key, self.schemas.key().schema().as_schema()),
            described(&self.value, self.schemas.value().as_schema()),
        ]
    }

    /// The paths of all columns.
    pub(in crate::input::columnar) fn paths(&self) -> impl Iterator<Item = &[String]> {
        let columns = self.key.columns.iter().chain(&self.value.columns);
        columns.map(|(column, _)| column.path.as_slice())
    }

    /// The columns of a batch that keys and values are made of.
    ///
    /// # Errors
    ///
    /// Fails at a value that has no place in maps.
    pub(in crate::input::columnar) fn columns_of(
        &self,
        batch: &RecordBatch,
    ) -> Result<[PartColumns; 2], BadCell> {
        let of = |part: &LikePart| {
            let columns = part.columns.iter();
            columns
                .map(|(column, rules)| column_of(batch, column, *rules))
                .collect::<Result<_, _>>()
        };
        Ok([of(&self.key)?, of(&self.value)?])
    }

    /// The entry of a row, and how many bytes of memory it takes.
    ///
    /// # Errors
    ///
    /// Fails if it is not like those of the map, or is longer than `max_record` bytes.
    pub(in crate::input::columnar) fn entry(
        &self,
        [keys, values]: &[PartColumns; 2],
        row: usize,
        max_record: u64,
    ) -> Result<(TypedEntry, usize), BadCell> {
        let key_schema = self.schemas.key().schema().as_schema();
        let key = self.key.encode(key_schema, keys, row);
        let key = key.map_err(|bad| bad.explained(self.schemas.differs(EntryPart::Key)))?;
        let value = self.value.encode(self.schemas.value().as_schema(), values, row);
        let value = value.map_err(|bad| bad.explained(self.schemas.differs(EntryPart::Value)))?;
        if (key.len() + value.len()) as u64 > max_record {
            return Err(BadCell {
                row,
                column: None,
                cause: anyhow!(
                    "the record is longer than {max_record} bytes; --max-record allows longer ones"
                ),
            });
        }
        let record = Record {
            key: Field::Encoded(key),
            value: Field::Encoded(value),
        };
        typed::entry(record, &self.schemas).map_err(|rejection| {
            let (cause, part) = match rejection {
                Rejection::Key(cause) => (cause, &self.key),
                Rejection::Value(cause) => (cause, &self.value),
                Rejection::Cancelled => (anyhow!("nobody takes it"), &self.key),
            };
            BadCell {
                row,
                column: match part.columns.as_slice() {
                    [(column, _)] => Some(column.path.join(".")),
                    _ => None,
                },
                cause,
            }
        })
    }
}

/// A value that is not like those of the map.
struct Unlike {
    row: usize,
    column: String,
    problem: Problem,
}

impl Unlike {
    #[cold]
    fn explained(self, differs: &'static str) -> BadCell {
        let Self { row, column, problem } = self;
        let is_mismatch = matches!(problem, Problem::Mismatch(_));
        let suggests_json = problem.suggests_other_format();
        let cause = anyhow::Error::new(problem);
        BadCell {
            row,
            column: Some(column),
            cause: match (is_mismatch, suggests_json) {
                (true, _) => cause.context(differs),
                (false, true) => cause.context("the text is not JSON"),
                (false, false) => cause,
            },
        }
    }
}

impl LikePart {
    /// The encoding of a key or a value.
    fn encode(&self, schema: &Schema, columns: &PartColumns, row: usize) -> Result<Vec<u8>, Unlike> {
        let mut out = Vec::new();
        let names = match schema {
            Schema::Struct { fields, is_map: true } => Some(fields),
            _ => None,
        };
        let name = |number: usize| self.columns.get(number).map(|(column, _)| column.path.join("."));
        let unlike = |number: usize, problem| Unlike {
            row,
            column: name(number).unwrap_or_default(),
            problem,
        };
        let open = match self.part {
            Part::Whole => None,
            Part::Split(_) => Some(Open::new(&mut out)),
        };
        for (number, (schema, (column, valid))) in
            parts(schema, self.part).into_iter().zip(columns).enumerate()
        {
            if let (Some(_), Some((name, _))) = (&open, names.and_then(|fields| fields.get(number))) {
                encode_text(name, &mut out).map_err(|problem| unlike(number, problem))?;
            }
            let encoded = match Column::is_valid(valid.as_ref(), row) {
                true => encode(schema, column, row, &mut out),
                false => Err(SchemaMismatch::new(schema, "null").into()),
            };
            encoded.map_err(|problem| unlike(number, problem))?;
        }
        let closed = match (open, names) {
            (None, _) => Ok(()),
            (Some(open), None) => open.close_array(columns.len(), &mut out),
            (Some(open), Some(_)) => open.close_map(columns.len(), &mut out),
        };
        closed.map_err(|problem| unlike(0, problem))?;
        Ok(out)
    }
}
