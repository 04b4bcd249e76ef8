//! Serializing the value of a row as the Rust type of its column is serialized.

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTupleStruct};
use serde::{Serialize, Serializer};

use super::values::{Column, at, json_at};

/// What structs are called. Serializers show it in messages.
const NAME: &str = "a row";

/// The value of a row.
#[derive(Debug, Clone, Copy)]
pub(in crate::input::columnar) struct Cell<'a> {
    pub(in crate::input::columnar) column: &'a Column,
    pub(in crate::input::columnar) row: usize,
}

impl<'a> Cell<'a> {
    fn of(self, column: &'a Column) -> Self {
        Self { column, ..self }
    }
}

impl Serialize for Cell<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { column, row } = *self;
        match column {
            Column::Null => serializer.serialize_none(),
            Column::Bool(values) => serializer.serialize_bool(values.value(row)),
            Column::I8(values) => serializer.serialize_i8(at(values, row)),
            Column::I16(values) => serializer.serialize_i16(at(values, row)),
            Column::I32(values) => serializer.serialize_i32(at(values, row)),
            Column::I64(values) => serializer.serialize_i64(at(values, row)),
            Column::I128(values) => serializer.serialize_i128(at(values, row)),
            Column::U8(values) => serializer.serialize_u8(at(values, row)),
            Column::U16(values) => serializer.serialize_u16(at(values, row)),
            Column::U32(values) => serializer.serialize_u32(at(values, row)),
            Column::U64(values) => serializer.serialize_u64(at(values, row)),
            Column::U128(values) => serializer.serialize_u128(at(values, row)),
            Column::F32(values) => serializer.serialize_f32(at(values, row)),
            Column::F64(values) => serializer.serialize_f64(at(values, row)),
            Column::Text(values) => serializer.serialize_str(values.value(row)),
            Column::LargeText(values) => serializer.serialize_str(values.value(row)),
            Column::TextView(values) => serializer.serialize_str(values.value(row)),
            Column::Bytes(values) => serializer.serialize_bytes(values.value(row)),
            Column::LargeBytes(values) => serializer.serialize_bytes(values.value(row)),
            Column::BytesView(values) => serializer.serialize_bytes(values.value(row)),
            Column::FixedBytes(values) => serializer.serialize_bytes(values.value(row)),
            Column::Json(values) => match json_at(values, row) {
                Some(value) => value.serialize(serializer),
                None => serializer.serialize_unit(),
            },
            Column::Indexed { indexes, values } => Cell {
                column: values,
                row: at(indexes, row),
            }
            .serialize(serializer),
            Column::List { ranges, element } => {
                let rows = ranges.of(row);
                let mut elements = serializer.serialize_seq(Some(rows.len()))?;
                for row in rows {
                    elements.serialize_element(&Cell { column: element, row })?;
                }
                elements.end()
            }
            Column::Map { ranges, key, value } => {
                let rows = ranges.of(row);
                let mut entries = serializer.serialize_map(Some(rows.len()))?;
                for row in rows {
                    entries.serialize_entry(&Cell { column: key, row }, &Cell { column: value, row })?;
                }
                entries.end()
            }
            Column::Struct(fields) => {
                let mut structure = serializer.serialize_struct(NAME, fields.len())?;
                for (name, field) in fields {
                    structure.serialize_field(name, &self.of(field))?;
                }
                structure.end()
            }
            Column::Tuple(elements) => {
                // Not `serialize_tuple`: tuples of more than 16 elements are taken for arrays.
                let mut tuple = serializer.serialize_tuple_struct(NAME, elements.len())?;
                for element in elements {
                    tuple.serialize_field(&self.of(element))?;
                }
                tuple.end()
            }
            Column::Optional { valid, inner } => match Column::is_valid(valid.as_ref(), row) {
                true => serializer.serialize_some(&self.of(inner)),
                false => serializer.serialize_none(),
            },
        }
    }
}
