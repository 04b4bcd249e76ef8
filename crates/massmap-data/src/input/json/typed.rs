//! Reads JSON as values of a schema, the other way round than they are [exported](crate::entry_writer).
//!
//! Values are appended to a buffer as MessagePack. Members of an object keep their order, unless they are the fields of a struct.

mod object;
mod scalar;
mod text;

use std::io::BufRead;

use massmap::dynamic::{SchemaMismatch, SchemaStep, StaticSchema};
use massmap::{Schema, Variant};

use super::error::{JsonError, Problem, locate};
use super::parser::{Kind, Parser};
use super::value::{LONGEST_SCALAR, NIL, Open, boolean, encode_number, encode_text};
use crate::input::memory::reserve;
use crate::non_finite;

pub(in crate::input) use object::ObjectReader;
pub(in crate::input) use scalar::DEEPEST;
pub(crate) use text::read_cell;
pub(in crate::input) use text::{read_name, transcode_cell};

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "writing to a vector cannot fail";

/// Encodes the value of a schema that a JSON text stands for.
///
/// # Errors
///
/// Fails if it is not JSON, or no value of the schema.
pub fn parse(text: &str, schema: &StaticSchema) -> anyhow::Result<Vec<u8>> {
    let mut json = Parser::new(text.as_bytes());
    let mut encoded = Vec::new();
    json.set_deepest(DEEPEST);
    let read = json
        .typed(schema.as_schema(), &mut encoded)
        .and_then(|()| json.end());
    read.map_err(|error| locate(error).1)?;
    Ok(encoded)
}

impl<R: BufRead> Parser<R> {
    /// Reads a value of a schema and appends its encoding to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON, or no value of the schema.
    pub(crate) fn typed(&mut self, schema: &Schema, out: &mut Vec<u8>) -> Result<(), JsonError> {
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
                let read = scalar::encode_number(schema, self.number_text()?, out);
                read.map_err(|problem| self.error(problem))
            }
            (Schema::F32 | Schema::F64, Kind::Text) => {
                let text = self.text()?;
                let read = match non_finite::parse(&text) {
                    Some(_) => scalar::encode_number(schema, &text, out),
                    None => Err(scalar::mismatch(schema, &text)),
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
                scalar::encode(schema, &text, out).map_err(|problem| self.error(problem))
            }
            (Schema::Enum(variants), Kind::Object) => self.variant(schema, variants, out),
            (Schema::Any, Kind::Array) => self.sequence(schema, schema, None, out),
            (Schema::Sequence(element, length), Kind::Array) => self.sequence(schema, element, *length, out),
            (Schema::Tuple(elements), Kind::Array) => self.tuple(schema, elements, out),
            (Schema::Map(key, value), Kind::Array) => self.pairs(schema, [key, value], out),
            (Schema::Any | Schema::Map(..) | Schema::Struct { .. }, Kind::Object) => {
                let mut object = ObjectReader::begin(schema, out);
                self.each_member(|json, name| object.member(json, name, out))?;
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
        let variant = scalar::find(schema, variants, name).map_err(|problem| self.error(problem))?;
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
