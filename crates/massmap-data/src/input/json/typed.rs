//! Reads JSON as values of a schema, the other way round than they are [exported](crate::entry_writer).
//!
//! Values are appended to a buffer as MessagePack. Members of an object keep their order, unless they are the fields of a struct.

mod object;
mod text;

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use massmap::dynamic::{SchemaMismatch, SchemaStep};
use massmap::{IntegerType, Schema, Variant};

use super::error::{JsonError, Problem};
use super::parser::{Kind, Parser};
use super::value::{LONGEST_SCALAR, NIL, Open, boolean, encode_number, encode_text};
use crate::input::memory::{append, reserve};
use crate::non_finite;

pub(in crate::input) use object::ObjectReader;
pub(in crate::input) use text::{read_cell, read_name};

/// How deep arrays and objects may nest: deeper than values of files do, which as JSON may have another level for each map.
pub(in crate::input) const DEEPEST: usize = 256;

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "writing to a vector cannot fail";

impl<R: BufRead> Parser<R> {
    /// Reads a value of a schema and appends its encoding to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON, or no value of the schema.
    pub(in crate::input) fn typed(&mut self, schema: &Schema, out: &mut Vec<u8>) -> Result<(), JsonError> {
        // For a header or a number; what is longer reserves its own memory.
        reserve(out, 2 * LONGEST_SCALAR).map_err(|error| self.error(error.into()))?;
        match (schema, self.kind()?) {
            (Schema::Unit | Schema::Option(_) | Schema::Any, Kind::Null) => {
                self.null()?;
                out.push(NIL);
                Ok(())
            }
            (Schema::Option(inner), _) => self.typed(inner, out),
            (Schema::Bool | Schema::Any, Kind::Bool) => {
                let value = self.boolean()?;
                out.push(boolean(value));
                Ok(())
            }
            (Schema::Any, Kind::Number) => {
                let number = self.number()?;
                encode_number(&number, out).map_err(|problem| self.error(problem))
            }
            (Schema::Integer(_) | Schema::F32 | Schema::F64, Kind::Number) => {
                let read = encode_number_text(schema, self.number_text()?, out);
                read.map_err(|problem| self.error(problem))
            }
            (Schema::F32 | Schema::F64, Kind::Text) => {
                let text = self.text()?;
                let read = match non_finite::parse(&text) {
                    Some(_) => encode_number_text(schema, &text, out),
                    None => Err(text::mismatch(schema, &text)),
                };
                read.map_err(|problem| self.error(problem))
            }
            (Schema::String | Schema::Any, Kind::Text) => {
                let open = Open::new(out);
                self.string(out)?;
                open.close_text(out).map_err(|problem| self.error(problem))
            }
            (Schema::Char | Schema::Bytes(_) | Schema::Enum(_), Kind::Text) => {
                let text = self.text()?;
                text::encode(schema, &text, out).map_err(|problem| self.error(problem))
            }
            (Schema::Enum(variants), Kind::Object) => self.variant(schema, variants, out),
            (Schema::Any, Kind::Array) => self.sequence(schema, schema, None, out),
            (Schema::Sequence(element, length), Kind::Array) => self.sequence(schema, element, *length, out),
            (Schema::Tuple(elements), Kind::Array) => self.tuple(schema, elements, out),
            (Schema::Map(key, value), Kind::Array) => self.pairs(schema, [key, value], out),
            (Schema::Any | Schema::Map(..) | Schema::Struct { .. }, Kind::Object) => {
                let mut object = ObjectReader::begin(schema, out);
                let mut name = Vec::new();
                let mut first = true;
                self.enter()?;
                while self.next_key(first, &mut name)? {
                    first = false;
                    let text = str::from_utf8(&name).expect("keys are checked to be UTF-8");
                    object.member(self, text, out)?;
                    name.clear();
                }
                object.end(out).map_err(|problem| self.error(problem))
            }
            _ => Err(self.mismatch(schema)),
        }
    }

    /// An array whose elements have the schema `element`.
    fn sequence(
        &mut self,
        schema: &Schema,
        element: &Schema,
        expected: Option<u32>,
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        self.enter()?;
        let open = Open::new(out);
        let mut length = 0;
        while self.next_element(length == 0)? {
            self.typed(element, out)
                .map_err(|error| error.within(|| SchemaStep::Element(length as u64)))?;
            length += 1;
        }
        if expected.is_some_and(|expected| expected as usize != length) {
            return Err(self.error(wrong_length(schema, length)));
        }
        open.close_array(length, out)
            .map_err(|problem| self.error(problem))
    }

    fn tuple(&mut self, schema: &Schema, elements: &[Schema], out: &mut Vec<u8>) -> Result<(), JsonError> {
        self.enter()?;
        let open = Open::new(out);
        let mut length = 0;
        while self.next_element(length == 0)? {
            match elements.get(length) {
                Some(element) => self
                    .typed(element, out)
                    .map_err(|error| error.within(|| SchemaStep::Element(length as u64)))?,
                None => self.skip()?,
            }
            length += 1;
        }
        if length != elements.len() {
            return Err(self.error(wrong_length(schema, length)));
        }
        open.close_array(length, out)
            .map_err(|problem| self.error(problem))
    }

    /// A map as an array of `[key, value]`.
    fn pairs(
        &mut self,
        schema: &Schema,
        [key, value]: [&Schema; 2],
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        self.enter()?;
        let mut object = ObjectReader::begin(schema, out);
        let mut number = 0;
        while self.next_element(number == 0)? {
            if self.kind()? != Kind::Array {
                let mismatch = self.mismatch(&Schema::Tuple(vec![key.clone(), value.clone()]));
                return Err(mismatch.within(|| SchemaStep::Element(number)));
            }
            self.enter()?;
            let mut length = 0;
            let start = out.len();
            while self.next_element(length == 0)? {
                match length {
                    0 => {
                        self.typed(key, out)
                            .map_err(|error| error.within(|| SchemaStep::Key(number)))?;
                        object.begin_value(start, out);
                    }
                    1 => self
                        .typed(value, out)
                        .map_err(|error| error.within(|| SchemaStep::Value(number)))?,
                    _ => self.skip()?,
                }
                length += 1;
            }
            if length != 2 {
                let pair = Schema::Tuple(vec![key.clone(), value.clone()]);
                let error = self.error(wrong_length(&pair, length));
                return Err(error.within(|| SchemaStep::Element(number)));
            }
            number += 1;
        }
        object.end(out).map_err(|problem| self.error(problem))
    }

    /// A variant with content: an object with its name.
    fn variant(&mut self, schema: &Schema, variants: &[Variant], out: &mut Vec<u8>) -> Result<(), JsonError> {
        self.enter()?;
        let mut name = Vec::new();
        if !self.next_key(true, &mut name)? {
            return Err(self.error(SchemaMismatch::new(schema, "an empty object").into()));
        }
        let name = str::from_utf8(&name).expect("keys are checked to be UTF-8");
        let variant = text::find(schema, variants, name).map_err(|problem| self.error(problem))?;
        let Some(content) = &variant.content else {
            let mismatch = SchemaMismatch::new(schema, "a variant with content that it does not have");
            return Err(self.error(mismatch.into()));
        };
        rmp::encode::write_map_len(out, 1).expect(INFALLIBLE);
        encode_text(name, out).map_err(|problem| self.error(problem))?;
        self.typed(content, out)
            .map_err(|error| error.within(|| SchemaStep::name(name)))?;
        match self.next_key(false, &mut Vec::new())? {
            false => Ok(()),
            true => Err(self.error(SchemaMismatch::new(schema, "an object with several members").into())),
        }
    }
}

/// A length in words.
fn wrong_length(schema: &Schema, length: usize) -> Problem {
    let s = if length == 1 { "" } else { "s" };
    SchemaMismatch::new(schema, format_args!("an array of {length} element{s}")).into()
}

/// Appends the encoding of the number of a schema whose text this is.
fn encode_number_text(schema: &Schema, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    reserve(out, 2 * LONGEST_SCALAR)?;
    let mismatch = || text::mismatch(schema, text);
    macro_rules! integer {
        ($type:ty, $write:ident) => {{
            let value: $type = text.parse().map_err(|_| mismatch())?;
            _ = rmp::encode::$write(out, value.into()).expect(INFALLIBLE);
        }};
        ($type:ty) => {{
            let value: $type = text.parse().map_err(|_| mismatch())?;
            rmp::encode::write_bin(out, &value.to_be_bytes()).expect(INFALLIBLE);
        }};
    }
    // What is too large for a float rounds to infinity, whose own text is another one.
    let is_exact = |is_finite| is_finite || non_finite::parse(text).is_some();
    match schema {
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => integer!(u8, write_uint),
            IntegerType::U16 => integer!(u16, write_uint),
            IntegerType::U32 => integer!(u32, write_uint),
            IntegerType::U64 => integer!(u64, write_uint),
            IntegerType::I8 => integer!(i8, write_sint),
            IntegerType::I16 => integer!(i16, write_sint),
            IntegerType::I32 => integer!(i32, write_sint),
            IntegerType::I64 => integer!(i64, write_sint),
            IntegerType::U128 => integer!(u128),
            IntegerType::I128 => integer!(i128),
        },
        Schema::F32 => match text.parse::<f32>() {
            Ok(value) if is_exact(value.is_finite()) => {
                rmp::encode::write_f32(out, value).expect(INFALLIBLE);
            }
            _ => return Err(mismatch()),
        },
        Schema::F64 => match text.parse::<f64>() {
            Ok(value) if is_exact(value.is_finite()) => {
                rmp::encode::write_f64(out, value).expect(INFALLIBLE);
            }
            _ => return Err(mismatch()),
        },
        _ => return Err(mismatch()),
    }
    Ok(())
}

/// Appends the bytes whose base64 this is.
fn encode_base64(
    schema: &Schema,
    expected: Option<u32>,
    text: &str,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let wrong = |found: &dyn std::fmt::Display| {
        let expected = format_args!("base64 of {schema}");
        Err(SchemaMismatch::instead_of(expected, found).into())
    };
    let bytes = match STANDARD.decode(text) {
        Ok(bytes) => bytes,
        Err(error) => return wrong(&format_args!("{} ({error})", crate::excerpt::quoted(text))),
    };
    if expected.is_some_and(|expected| expected as usize != bytes.len()) {
        return wrong(&format_args!("that of {} bytes", bytes.len()));
    }
    let length = u32::try_from(bytes.len()).map_err(|_| Problem::TooLarge)?;
    reserve(out, LONGEST_SCALAR)?;
    rmp::encode::write_bin_len(out, length).expect(INFALLIBLE);
    Ok(append(out, &bytes)?)
}
