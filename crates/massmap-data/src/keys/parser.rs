//! Keys from texts.

use std::io::BufRead;

use anyhow::{Context, bail, ensure};
use massmap::dynamic::{Key, KeySchema, StaticSchema, Type};
use massmap_format::{IntegerType, Schema};
use rmp::encode;

use super::notation::{self, KeyNotation};
use crate::excerpt;
use crate::input::json::error::{JsonError, Problem, locate};
use crate::input::json::parser::{Kind, Parser};
use crate::input::json::typed::read_cell;
use crate::input::json::value::encode_text;
use crate::input::memory::{OutOfMemory, append, reserve};
use crate::schemas::cells::EntryColumns;

/// Turns texts into the encoded keys of a map.
#[derive(Debug, Clone)]
pub struct KeyParser {
    key_type: Type,
    schema: StaticSchema,
    /// What messages call the type.
    type_name: String,
    asked: Option<KeyNotation>,
}

impl KeyParser {
    /// A parser of keys of the type `key_type`, which messages call `type_name`, in the notation that is asked for or in the usual one
    /// of the type. `schema` says more of them, if it is known.
    ///
    /// # Errors
    ///
    /// Fails if keys of the type can be hashed only by the program that has it.
    pub fn new(
        key_type: &Type,
        schema: Option<&KeySchema>,
        type_name: &str,
        asked: Option<KeyNotation>,
    ) -> anyhow::Result<Self> {
        key_type.check_is_known()?;
        let schema = match schema {
            // A length that all keys have in common may be that of their type or not. One of another length is just missing.
            Some(schema) => Some(without_lengths(schema.schema().as_schema())),
            None => key_type.schema(),
        };
        Ok(Self {
            key_type: key_type.clone(),
            schema: StaticSchema::new(schema.unwrap_or(Schema::Any)),
            type_name: type_name.to_owned(),
            asked,
        })
    }

    /// The columns that an [export](crate::entry_writer) has for keys.
    pub(super) fn exported_columns(&self) -> Vec<String> {
        let columns = EntryColumns::of(self.schema.as_schema(), &Schema::Never);
        columns.split().0.to_vec()
    }

    /// What keys are.
    #[must_use]
    pub fn schema(&self) -> &StaticSchema {
        &self.schema
    }

    /// Whether the notation is asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// What messages call the type.
    pub(super) fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The notation of whole keys.
    ///
    /// # Errors
    ///
    /// Fails if the one that is asked for does not fit the type.
    pub fn notation(&self) -> anyhow::Result<KeyNotation> {
        KeyNotation::of(self.schema.as_schema(), self.asked)
    }

    /// Whether keys are structs, whose parts have names.
    pub(super) fn is_struct(&self) -> bool {
        matches!(self.schema.as_schema(), Schema::Struct { .. })
    }

    /// Appends the encoding of a key to `out` that has these encoded parts: one alone, or those of a tuple.
    pub(super) fn put_together(parts: &[Vec<u8>], out: &mut Vec<u8>) -> Result<(), OutOfMemory> {
        if parts.len() != 1 {
            // Writing to memory cannot fail, and there are as many as in a type.
            _ = encode::write_array_len(out, u32::try_from(parts.len()).unwrap_or(u32::MAX));
        }
        parts.iter().try_for_each(|part| append(out, part))
    }

    /// Whether null is a key.
    pub(super) fn has_null(&self) -> bool {
        matches!(self.schema.as_schema(), Schema::Option(_))
    }

    /// What the part with this index is, of `count` that keys are put together from.
    pub(super) fn part(&self, index: usize, count: usize) -> &Schema {
        match self.schema.as_schema() {
            Schema::Tuple(parts) if count > 1 => parts.get(index).unwrap_or(&Schema::Never),
            Schema::Struct { fields, .. } if count > 1 => {
                fields.get(index).map_or(&Schema::Never, |(_, field)| field)
            }
            schema => schema,
        }
    }

    /// Checks that keys can be put together from so many parts.
    ///
    /// # Errors
    ///
    /// Fails if they have another number of parts, or these cannot be written as is asked for.
    pub(super) fn check_parts(&self, count: usize) -> anyhow::Result<()> {
        let parts = match self.schema.as_schema() {
            Schema::Tuple(parts) => parts.len(),
            Schema::Struct { fields, .. } => fields.len(),
            _ => 1,
        };
        match (count, parts) {
            (1, _) => self.notation().map(drop),
            (_, 1) => bail!("keys of type {} have no parts; give one column", self.type_name),
            _ => {
                ensure!(
                    parts == count,
                    "keys of type {} have {parts} parts, but {count} columns are given",
                    self.type_name
                );
                (0..count)
                    .try_for_each(|index| KeyNotation::of(self.part(index, count), self.asked).map(drop))
            }
        }
    }

    /// Appends the encoding of the key that a text stands for to `out`.
    ///
    /// # Errors
    ///
    /// Fails if the text is not one of the type, in the notation.
    pub fn parse(&self, text: &str, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let start = out.len();
        parse(text, self.schema.as_schema(), self.notation()?, out).with_context(|| {
            format!(
                "the key {} is not of type {}",
                excerpt::quoted(text),
                self.type_name
            )
        })?;
        self.check(out.get(start..).unwrap_or_default())
    }

    /// Appends the encoding of the part with this index, of `count` that keys are put together from, that a cell of a table stands for.
    ///
    /// # Errors
    ///
    /// Fails if the text is not of the type of its part.
    pub(super) fn parse_cell(
        &self,
        index: usize,
        count: usize,
        text: &str,
        out: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let part = self.part(index, count);
        let parsed = match (self.asked, KeyNotation::of(part, self.asked)?) {
            // A missing optional value is an empty cell, and one that is there its text.
            (None, KeyNotation::Json) => read_cell(part, text, out).map_err(|error| locate(error).1),
            (_, notation) => parse(text, part, notation, out),
        };
        parsed.with_context(|| match count {
            1 => format!(
                "the key {} is not of type {}",
                excerpt::quoted(text),
                self.type_name
            ),
            _ => format!("{} is not of type {part:.80}", excerpt::quoted(text)),
        })
    }

    /// Reads the part with this index, of `count` that keys are put together from, in a JSON text, and appends its encoding to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is of another type.
    pub(super) fn read_part<R: BufRead>(
        &self,
        index: usize,
        count: usize,
        json: &mut Parser<R>,
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        let part = self.part(index, count);
        let kind = json.kind()?;
        match (part, kind, self.asked) {
            // In the notation that is asked for.
            (_, Kind::Text, Some(notation)) if notation != KeyNotation::Json => {
                let text = json.text()?;
                parse(&text, part, notation, out)
            }
            // A number may be a string of digits, as where keys are names of members.
            (Schema::Integer(_), Kind::Text, _) => {
                let text = json.text()?;
                parse_text(&text, part, out)
            }
            (
                Schema::Struct {
                    fields,
                    is_map: false,
                },
                Kind::Array,
                _,
            ) => {
                let parts = fields.iter().map(|(_, field)| field.clone()).collect();
                return json.typed(&Schema::Tuple(parts), out);
            }
            _ => return json.typed(part, out),
        }
        .map_err(|error| json.error(Problem::NotAKey(error)))
    }

    /// Checks what the schema does not say.
    ///
    /// # Errors
    ///
    /// Fails if an encoded key is none of the type.
    pub(super) fn check(&self, encoded: &[u8]) -> anyhow::Result<()> {
        self.key_type.key(Key::encoded(encoded))?;
        Ok(())
    }
}

/// What keys are of any length.
fn without_lengths(schema: &Schema) -> Schema {
    match schema {
        Schema::Bytes(_) => Schema::Bytes(None),
        Schema::Sequence(element, _) => Schema::Sequence(Box::new(without_lengths(element)), None),
        Schema::Option(inner) => Schema::Option(Box::new(without_lengths(inner))),
        Schema::Tuple(elements) => Schema::Tuple(elements.iter().map(without_lengths).collect()),
        Schema::Struct { fields, is_map } => Schema::Struct {
            fields: fields
                .iter()
                .map(|(name, field)| (name.clone(), without_lengths(field)))
                .collect(),
            is_map: *is_map,
        },
        other => other.clone(),
    }
}

/// Appends the encoding of a key, or of a part of one, that `schema` describes.
fn parse(text: &str, schema: &Schema, notation: KeyNotation, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let bytes = match notation {
        KeyNotation::Json => {
            let mut json = Parser::new(text.as_bytes());
            let read = match (schema, json.kind()) {
                (Schema::Integer(_), Ok(Kind::Text)) => {
                    json.text().map(|text| Some(parse_text(&text, schema, out)))
                }
                _ => json.typed(schema, out).map(|()| None),
            };
            let read = read.and_then(|parsed| json.end().map(|()| parsed));
            return read.map_err(|error| locate(error).1)?.unwrap_or(Ok(()));
        }
        KeyNotation::Text => return parse_text(text, schema, out),
        KeyNotation::Hex => notation::from_hex(text)?,
        KeyNotation::Base64 => notation::from_base64(text)?,
    };
    match schema {
        Schema::String => {
            let text = str::from_utf8(&bytes).context("strings are UTF-8, and the bytes are not")?;
            Ok(encode_text(text, out)?)
        }
        _ => encode_bytes(&bytes, schema, out),
    }
}

/// Appends the encoding of the key that a text is.
fn parse_text(text: &str, schema: &Schema, out: &mut Vec<u8>) -> anyhow::Result<()> {
    macro_rules! integer {
        ($type:ty, $write:ident) => {{
            let value: $type = text.parse()?;
            encode::$write(out, value.into())?;
        }};
        ($type:ty) => {{
            let value: $type = text.parse()?;
            encode::write_bin(out, &value.to_be_bytes())?;
        }};
    }
    match schema {
        Schema::String => encode_text(text, out)?,
        Schema::Char => {
            text.parse::<char>()?;
            encode_text(text, out)?;
        }
        Schema::Bool => encode::write_bool(out, text.parse()?)?,
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => integer!(u8, write_uint),
            IntegerType::U16 => integer!(u16, write_uint),
            IntegerType::U32 => integer!(u32, write_uint),
            IntegerType::U64 => integer!(u64, write_uint),
            IntegerType::U128 => integer!(u128),
            IntegerType::I8 => integer!(i8, write_sint),
            IntegerType::I16 => integer!(i16, write_sint),
            IntegerType::I32 => integer!(i32, write_sint),
            IntegerType::I64 => integer!(i64, write_sint),
            IntegerType::I128 => integer!(i128),
        },
        _ => encode_bytes(text.as_bytes(), schema, out)?,
    }
    Ok(())
}

/// Appends the encoding of the byte array, or the sequence of bytes, that a key is.
fn encode_bytes(bytes: &[u8], schema: &Schema, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let length = u32::try_from(bytes.len()).context("it is longer than 4 GiB")?;
    match schema {
        Schema::Sequence(..) => {
            encode::write_array_len(out, length)?;
            reserve(out, bytes.len().saturating_mul(2))?;
            for byte in bytes {
                encode::write_uint(out, (*byte).into())?;
            }
        }
        _ => {
            encode::write_bin_len(out, length)?;
            append(out, bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
