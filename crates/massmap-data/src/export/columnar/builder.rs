//! Making columns of encoded values.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, NullBuilder, PrimitiveBuilder, StringBuilder,
};
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{ArrayRef, ListArray, MapArray, StructArray};
use arrow_buffer::{NullBuffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{ArrowError, DataType};
use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, Token, Tokens};
use massmap::format::Walker;

use super::fields::{are_names, data_type, is_nullable};
use super::scalars::{LONGEST, append, check_length, digits, is_text, too_long};
use crate::export::error::Refusal;
use crate::export::text::json::{Keys, write_json};
use crate::export::text::parts::split;
use crate::schemas::cells::without_options;

/// The most bytes that parts of missing values may take in the elements of one value.
const MOST_FILLED: usize = 64 << 20;

/// Makes a column of values of a schema.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    /// What values are that are not null.
    schema: Schema,
    /// Whether encoded values may be null.
    is_nullable: bool,
    values: Values,
    /// Whether values can be had back from their JSON, where they are JSON.
    is_exact: bool,
}

#[derive(Debug)]
enum Values {
    Null(NullBuilder),
    Bool(BooleanBuilder),
    U8(PrimitiveBuilder<UInt8Type>),
    U16(PrimitiveBuilder<UInt16Type>),
    U32(PrimitiveBuilder<UInt32Type>),
    U64(PrimitiveBuilder<UInt64Type>),
    I8(PrimitiveBuilder<Int8Type>),
    I16(PrimitiveBuilder<Int16Type>),
    I32(PrimitiveBuilder<Int32Type>),
    I64(PrimitiveBuilder<Int64Type>),
    F32(PrimitiveBuilder<Float32Type>),
    F64(PrimitiveBuilder<Float64Type>),
    Bytes(BinaryBuilder),
    FixedBytes(FixedSizeBinaryBuilder),
    /// Strings, and what has no type of its own.
    Text(StringBuilder),
    Json(StringBuilder),
    List(Nested),
    Map(Nested),
    Struct(Nested),
}

/// Values that consist of others.
#[derive(Debug)]
struct Nested {
    data_type: DataType,
    /// Of the elements, of keys and values, or of the fields.
    inner: Vec<ColumnBuilder>,
    /// Where the elements of each value end.
    ends: Vec<i32>,
    valid: NullBufferBuilder,
}

impl ColumnBuilder {
    /// For values of this schema.
    pub(crate) fn new(schema: &Schema, is_exact: bool) -> Self {
        let inner_schema = without_options(schema);
        let inner = |schemas: Vec<&Schema>| Nested {
            data_type: data_type(inner_schema),
            inner: schemas
                .into_iter()
                .map(|schema| Self::new(schema, is_exact))
                .collect(),
            ends: vec![0],
            valid: NullBufferBuilder::new(0),
        };
        let values = match (inner_schema, data_type(inner_schema)) {
            (Schema::Sequence(element, _), _) => Values::List(inner(vec![element])),
            (Schema::Map(key, value), DataType::Map(..)) => Values::Map(inner(vec![key, value])),
            (Schema::Tuple(elements), DataType::Struct(_)) => {
                Values::Struct(inner(elements.iter().collect()))
            }
            (Schema::Struct { fields, .. }, DataType::Struct(_)) => {
                Values::Struct(inner(fields.iter().map(|(_, field)| field).collect()))
            }
            (_, DataType::Null) => Values::Null(NullBuilder::new()),
            (_, DataType::Boolean) => Values::Bool(BooleanBuilder::new()),
            (_, DataType::UInt8) => Values::U8(PrimitiveBuilder::new()),
            (_, DataType::UInt16) => Values::U16(PrimitiveBuilder::new()),
            (_, DataType::UInt32) => Values::U32(PrimitiveBuilder::new()),
            (_, DataType::UInt64) => Values::U64(PrimitiveBuilder::new()),
            (_, DataType::Int8) => Values::I8(PrimitiveBuilder::new()),
            (_, DataType::Int16) => Values::I16(PrimitiveBuilder::new()),
            (_, DataType::Int32) => Values::I32(PrimitiveBuilder::new()),
            (_, DataType::Int64) => Values::I64(PrimitiveBuilder::new()),
            (_, DataType::Float32) => Values::F32(PrimitiveBuilder::new()),
            (_, DataType::Float64) => Values::F64(PrimitiveBuilder::new()),
            (_, DataType::Binary) => Values::Bytes(BinaryBuilder::new()),
            (_, DataType::FixedSizeBinary(width)) => Values::FixedBytes(FixedSizeBinaryBuilder::new(width)),
            (Schema::String | Schema::Char | Schema::Integer(_), _) => Values::Text(StringBuilder::new()),
            (Schema::Enum(variants), _) if are_names(variants) => Values::Text(StringBuilder::new()),
            _ => Values::Json(StringBuilder::new()),
        };
        Self {
            schema: inner_schema.clone(),
            is_nullable: is_nullable(schema),
            values,
            is_exact,
        }
    }

    /// How many bytes a value takes that is missing.
    pub(crate) fn empty_bytes(&self) -> usize {
        match &self.values {
            Values::Null(_) => 0,
            Values::Bool(_) | Values::U8(_) | Values::I8(_) => 1,
            Values::U16(_) | Values::I16(_) => 2,
            Values::U32(_) | Values::I32(_) | Values::F32(_) => 4,
            Values::U64(_) | Values::I64(_) | Values::F64(_) => 8,
            Values::FixedBytes(_) => match data_type(&self.schema) {
                DataType::FixedSizeBinary(width) => usize::try_from(width).unwrap_or_default(),
                _ => 0,
            },
            // An offset.
            Values::Bytes(_) | Values::Text(_) | Values::Json(_) | Values::List(_) | Values::Map(_) => 4,
            Values::Struct(nested) => nested.inner.iter().map(Self::empty_bytes).sum(),
        }
    }

    /// Appends a value that is missing.
    pub(crate) fn append_null(&mut self) {
        match &mut self.values {
            Values::Null(values) => values.append_null(),
            Values::Bool(values) => values.append_null(),
            Values::U8(values) => values.append_null(),
            Values::U16(values) => values.append_null(),
            Values::U32(values) => values.append_null(),
            Values::U64(values) => values.append_null(),
            Values::I8(values) => values.append_null(),
            Values::I16(values) => values.append_null(),
            Values::I32(values) => values.append_null(),
            Values::I64(values) => values.append_null(),
            Values::F32(values) => values.append_null(),
            Values::F64(values) => values.append_null(),
            Values::Bytes(values) => values.append_null(),
            Values::FixedBytes(values) => values.append_null(),
            Values::Text(values) | Values::Json(values) => values.append_null(),
            Values::List(nested) | Values::Map(nested) => {
                let end = nested.ends.last().copied().unwrap_or_default();
                nested.ends.push(end);
                nested.valid.append_null();
            }
            Values::Struct(nested) => {
                nested.inner.iter_mut().for_each(Self::append_null);
                nested.valid.append_null();
            }
        }
    }

    /// Appends an encoded value.
    ///
    /// # Errors
    ///
    /// Fails if it is not what the schema says, or is too long. The column is of no use then.
    pub(crate) fn append(&mut self, encoded: &[u8]) -> Result<(), Refusal> {
        let Self {
            schema,
            is_nullable,
            values,
            is_exact,
        } = self;
        if encoded.len() > LONGEST {
            return Err(too_long());
        }
        let mut tokens = Tokens::new(encoded);
        let token = tokens.next_token()?;
        let wrong = || Refusal::from(SchemaMismatch::new(schema, token));
        match (&mut *values, token) {
            (Values::Json(values), _) if *schema == Schema::Any || token != Token::Nil => {
                let mut text = Vec::new();
                write_json(schema, encoded, *is_exact, &mut text)?;
                let text = str::from_utf8(&text).map_err(|_| wrong())?;
                check_length(values.values_slice(), text.len())?;
                values.append_value(text);
                return Ok(());
            }
            (_, Token::Nil) if *is_nullable => {
                self.append_null();
                return Ok(tokens.finish()?);
            }
            (Values::List(nested), Token::Array(length)) => {
                let [element] = nested.inner.as_mut_slice() else {
                    return Err(wrong());
                };
                let mut walker = walker(encoded, &tokens);
                check_filled(length, element)?;
                for _ in 0..length {
                    element.append(walker.value()?)?;
                }
                walker.finish()?;
                nested.end(length);
                return Ok(());
            }
            (Values::Map(nested), Token::Map(length)) => {
                let [key, value] = nested.inner.as_mut_slice() else {
                    return Err(wrong());
                };
                let mut walker = walker(encoded, &tokens);
                check_filled(length, value)?;
                let mut keys = Keys::default();
                for _ in 0..length {
                    let encoded = walker.value()?;
                    keys.add(encoded);
                    key.append(encoded)?;
                    value.append(walker.value()?)?;
                }
                walker.finish()?;
                if *is_exact {
                    keys.check()?;
                }
                nested.end(length);
                return Ok(());
            }
            (Values::Struct(nested), _) => {
                let parts: Vec<_> = nested.inner.iter().map(|column| &column.schema).collect();
                let parts = split(schema, &parts, encoded)?;
                for (column, part) in nested.inner.iter_mut().zip(parts) {
                    column.append(part)?;
                }
                nested.valid.append_non_null();
                return Ok(());
            }
            (Values::Bool(values), Token::Bool(value)) => values.append_value(value),
            (Values::U8(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::U16(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::U32(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::U64(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::I8(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::I16(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::I32(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::I64(values), token) => append(values, token).ok_or_else(wrong)?,
            (Values::F32(values), Token::Float(value)) => values.append_value(value),
            (Values::F64(values), Token::Double(value)) => values.append_value(value),
            (Values::Bytes(values), Token::Bytes(bytes)) => {
                check_length(values.values_slice(), bytes.len())?;
                values.append_value(bytes);
            }
            (Values::FixedBytes(values), Token::Bytes(bytes)) => {
                values.append_value(bytes).map_err(|_| wrong())?
            }
            (Values::Text(values), Token::Text(text)) => {
                let text = str::from_utf8(text).map_err(|_| wrong())?;
                if !is_text(schema, text) {
                    return Err(wrong());
                }
                check_length(values.values_slice(), text.len())?;
                values.append_value(text);
            }
            (Values::Text(values), token) => values.append_value(digits(schema, token).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        }
        Ok(tokens.finish()?)
    }

    /// The column of the values so far. Begins another one.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match &mut self.values {
            Values::Null(values) => Arc::new(values.finish()),
            Values::Bool(values) => Arc::new(values.finish()),
            Values::U8(values) => Arc::new(values.finish()),
            Values::U16(values) => Arc::new(values.finish()),
            Values::U32(values) => Arc::new(values.finish()),
            Values::U64(values) => Arc::new(values.finish()),
            Values::I8(values) => Arc::new(values.finish()),
            Values::I16(values) => Arc::new(values.finish()),
            Values::I32(values) => Arc::new(values.finish()),
            Values::I64(values) => Arc::new(values.finish()),
            Values::F32(values) => Arc::new(values.finish()),
            Values::F64(values) => Arc::new(values.finish()),
            Values::Bytes(values) => Arc::new(values.finish()),
            Values::FixedBytes(values) => Arc::new(values.finish()),
            Values::Text(values) | Values::Json(values) => Arc::new(values.finish()),
            Values::List(nested) => {
                let valid = nested.valid.finish();
                let offsets = nested.offsets();
                let elements = nested.columns()?.pop();
                match (&nested.data_type, elements) {
                    (DataType::List(field), Some(elements)) => {
                        Arc::new(ListArray::try_new(Arc::clone(field), offsets, elements, valid)?)
                    }
                    _ => return Err(not_nested()),
                }
            }
            Values::Map(nested) => {
                let valid = nested.valid.finish();
                let offsets = nested.offsets();
                let columns = nested.columns()?;
                match &nested.data_type {
                    DataType::Map(field, _) => {
                        let entries = structure(field.data_type(), columns, None)?;
                        Arc::new(MapArray::try_new(
                            Arc::clone(field),
                            offsets,
                            entries,
                            valid,
                            false,
                        )?)
                    }
                    _ => return Err(not_nested()),
                }
            }
            Values::Struct(nested) => {
                let valid = nested.valid.finish();
                let columns = nested.columns()?;
                Arc::new(structure(&nested.data_type, columns, valid)?)
            }
        })
    }
}

impl Nested {
    /// Ends a value of so many more elements.
    fn end(&mut self, length: u32) {
        let end = self.ends.last().copied().unwrap_or_default();
        // A batch has fewer bytes than 32-bit offsets reach.
        self.ends.push(end.saturating_add_unsigned(length));
        self.valid.append_non_null();
    }

    fn offsets(&mut self) -> OffsetBuffer<i32> {
        OffsetBuffer::new(std::mem::replace(&mut self.ends, vec![0]).into())
    }

    fn columns(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.inner.iter_mut().map(ColumnBuilder::finish).collect()
    }
}

fn structure(
    data_type: &DataType,
    columns: Vec<ArrayRef>,
    valid: Option<NullBuffer>,
) -> Result<StructArray, ArrowError> {
    match data_type {
        DataType::Struct(fields) => StructArray::try_new(fields.clone(), columns, valid),
        _ => Err(not_nested()),
    }
}

/// Checks that elements take memory in proportion to what they hold, although missing ones have parts, too.
fn check_filled(length: u32, elements: &ColumnBuilder) -> Result<(), Refusal> {
    let is_filled = matches!(elements.values, Values::Struct(_) | Values::FixedBytes(_));
    let bytes = elements.empty_bytes().saturating_mul(length as usize);
    match is_filled && bytes > MOST_FILLED {
        true => Err(too_long()),
        false => Ok(()),
    }
}

fn not_nested() -> ArrowError {
    ArrowError::SchemaError("a column of parts has none".to_owned())
}

/// What follows the first token of a value.
fn walker<'a>(encoded: &'a [u8], tokens: &Tokens<'a>) -> Walker<'a> {
    Walker::new(encoded.get(tokens.position()..).unwrap_or_default())
}
