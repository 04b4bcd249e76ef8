//! The types of columns.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use massmap::{IntegerType, Schema, Variant};

/// The longest bytes in a column of bytes of fixed size. In such a column, those that are missing take as much room.
const WIDEST: i32 = 256;

/// The column of values with this schema. `may_lack` is whether some are missing.
pub(crate) fn field(name: &str, schema: &Schema, may_lack: bool) -> Field {
    Field::new(name, data_type(schema), may_lack || is_nullable(schema))
}

/// Whether values of a schema may be null.
pub(super) fn is_nullable(schema: &Schema) -> bool {
    matches!(schema, Schema::Option(_) | Schema::Unit | Schema::Never)
}

/// What values of a schema are in a column.
pub(super) fn data_type(schema: &Schema) -> DataType {
    match schema {
        Schema::Never | Schema::Unit => DataType::Null,
        Schema::Bool => DataType::Boolean,
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => DataType::UInt8,
            IntegerType::U16 => DataType::UInt16,
            IntegerType::U32 => DataType::UInt32,
            IntegerType::U64 => DataType::UInt64,
            IntegerType::I8 => DataType::Int8,
            IntegerType::I16 => DataType::Int16,
            IntegerType::I32 => DataType::Int32,
            IntegerType::I64 => DataType::Int64,
            IntegerType::U128 | IntegerType::I128 => DataType::Utf8,
        },
        Schema::F32 => DataType::Float32,
        Schema::F64 => DataType::Float64,
        Schema::Bytes(length) => match length.and_then(|length| i32::try_from(length).ok()) {
            Some(length @ 1..=WIDEST) => DataType::FixedSizeBinary(length),
            _ => DataType::Binary,
        },
        Schema::Option(inner) => data_type(inner),
        Schema::Sequence(element, _) => DataType::List(Arc::new(field("element", element, false))),
        Schema::Map(key, value) if !is_nullable(key) => {
            let entries = Fields::from(vec![field("key", key, false), field("value", value, false)]);
            let entries = Field::new("entries", DataType::Struct(entries), false);
            DataType::Map(Arc::new(entries), false)
        }
        Schema::Tuple(elements) if !elements.is_empty() => {
            let elements = elements.iter().enumerate();
            DataType::Struct(
                elements
                    .map(|(index, element)| field(&index.to_string(), element, false))
                    .collect(),
            )
        }
        Schema::Struct { fields, .. } if !fields.is_empty() => DataType::Struct(
            fields
                .iter()
                .map(|(name, inner)| field(name, inner, false))
                .collect(),
        ),
        Schema::Char
        | Schema::String
        | Schema::Enum(_)
        // Keys of maps are never null in columns.
        | Schema::Map(..)
        | Schema::Tuple(_)
        | Schema::Struct { .. }
        | Schema::Any => DataType::Utf8,
    }
}

/// Whether values are the names of variants alone.
pub(super) fn are_names(variants: &[Variant]) -> bool {
    variants.iter().all(|variant| variant.content.is_none())
}
