//! Rows as keys and values of schemas.

use massmap::Schema;

use super::columns::Columns;
use super::row_object::RowObject;
use super::rows::Row;
use crate::input::entries::like::LikeColumns;
use crate::input::entries::types::ColumnSchema;
use crate::input::json::error::{JsonError, Problem, locate};
use crate::input::json::typed::{read_cell, transcode_cell};
use crate::input::json::value::{Open, encode_text};
use crate::input::memory::OutOfMemory;
use crate::input::record::{Field, Fields, Record};
use crate::schemas::cells::{Part, parts};
use crate::schemas::columns::ChosenColumns;
use crate::schemas::{EntryPart, EntrySchemas};
use crate::types::encoded_json::EncodedJson;

/// Makes keys and values from the cells of a row.
pub(super) struct TypedRows {
    schemas: EntrySchemas,
    key: Part,
    value: Part,
    /// The columns of the key, and of the value.
    places: [Vec<usize>; 2],
    /// Makes the values if they are objects of all columns but those of the key.
    others: Option<RowObject>,
}

impl TypedRows {
    /// Entries of the columns that were chosen.
    ///
    /// # Errors
    ///
    /// Fails if there are too many columns for an object.
    pub(super) fn of_columns(schemas: EntrySchemas, columns: &Columns) -> anyhow::Result<Self> {
        let Columns { names, key, value } = columns;
        let part = |columns: &[usize]| Part::of(columns.len());
        let others = match value {
            Some(_) => None,
            None => Some(RowObject::new(names, key)?),
        };
        Ok(Self {
            schemas,
            key: part(key),
            value: value.as_deref().map_or(Part::Whole, part),
            places: [key.clone(), value.clone().unwrap_or_else(|| columns.others())],
            others,
        })
    }

    /// Entries like those of a map, for a table with the columns `names`, which are numbers unless `is_named`.
    ///
    /// # Errors
    ///
    /// Fails if these are not the columns of such entries.
    pub(super) fn like(
        schemas: &EntrySchemas,
        names: &[String],
        is_named: bool,
        fields: &Fields,
    ) -> anyhow::Result<Self> {
        let LikeColumns { key, value, places } = LikeColumns::find(schemas, names, is_named, fields)?;
        Ok(Self {
            schemas: schemas.clone(),
            key,
            value,
            places,
            others: None,
        })
    }

    /// What they are made as.
    pub(super) fn schemas(&self) -> &EntrySchemas {
        &self.schemas
    }

    /// The columns of keys and of values, among all columns of the table.
    pub(super) fn columns(&self, names: &[String]) -> [Vec<ColumnSchema>; 2] {
        let [of_key, of_value] = &self.places;
        let columns = |schemas: Vec<&Schema>, places: &[usize]| {
            let columns = schemas.into_iter().zip(places);
            let columns = columns.map(|(schema, place)| ColumnSchema {
                name: names.get(*place).cloned().unwrap_or_default(),
                column_type: schema.to_string(),
            });
            columns.collect()
        };
        let value = self.schemas.value().as_schema();
        let values = match (&self.others, self.has_json_cells()) {
            (None, _) => parts(value, self.value),
            (Some(_), true) => vec![value; of_value.len()],
            (Some(_), false) => vec![&Schema::String; of_value.len()],
        };
        let key = parts(self.schemas.key().schema().as_schema(), self.key);
        [columns(key, of_key), columns(values, of_value)]
    }

    /// Whether cells of chosen columns that may be anything are JSON.
    fn has_json_cells(&self) -> bool {
        self.schemas
            .columns()
            .is_none_or(|columns| columns.has_json_cells)
    }

    /// The record of a row, or the column that it cannot be made of.
    pub(super) fn record(&self, row: &Row) -> Result<Record<'static>, (usize, anyhow::Error)> {
        let [of_key, of_value] = &self.places;
        let key = self.schemas.key().schema().as_schema();
        Ok(Record {
            key: self.encode(EntryPart::Key, key, self.key, of_key, row)?,
            value: match &self.others {
                Some(object) => self.object(object, row)?,
                None => {
                    let value = self.schemas.value().as_schema();
                    self.encode(EntryPart::Value, value, self.value, of_value, row)?
                }
            },
        })
    }

    /// The object of all cells of a row but those of the key.
    fn object(&self, object: &RowObject, row: &Row) -> Result<Field<'static>, (usize, anyhow::Error)> {
        let cell = |place, out: &mut Vec<u8>| self.cell(EntryPart::Value, &Schema::Any, place, row, out);
        let out_of_memory = |place, error: OutOfMemory| (place, error.into());
        let object: EncodedJson = object.of_row(cell, out_of_memory)?;
        Ok(Field::Encoded(object.as_bytes().to_vec()))
    }

    /// A key or a value, from the cells at these places.
    fn encode(
        &self,
        entry_part: EntryPart,
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
            if let (Some(_), Some((name, _))) = (&open, names.and_then(|fields| fields.get(number))) {
                encode_text(name, &mut out).map_err(|problem| (*place, problem.into()))?;
            }
            self.cell(entry_part, schema, *place, row, &mut out)?;
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

    /// Appends the value of a cell to `out`.
    fn cell(
        &self,
        entry_part: EntryPart,
        schema: &Schema,
        place: usize,
        row: &Row,
        out: &mut Vec<u8>,
    ) -> Result<(), (usize, anyhow::Error)> {
        let cell = row.field(place).map_err(|error| (place, error.into()))?;
        let read = match (schema, self.schemas.columns()) {
            (Schema::Any, Some(ChosenColumns { has_json_cells, .. })) => match has_json_cells {
                // Unlike a value like those of a map, it may have its members in any order.
                true => transcode_cell(cell, out),
                false => return encode_text(cell, out).map_err(|problem| (place, problem.into())),
            },
            _ => read_cell(schema, cell, out),
        };
        read.map_err(|error| (place, explain(self.schemas.differs(entry_part), error)))
    }
}

/// What is wrong with a cell of a key or a value.
#[cold]
fn explain(differs: &'static str, error: JsonError) -> anyhow::Error {
    let (_, cause) = locate(error);
    match cause.downcast_ref() {
        Some(Problem::Mismatch(_)) => cause.context(differs),
        Some(problem) if problem.suggests_other_format() => cause.context("the cell is not JSON"),
        _ => cause,
    }
}
