//! Keys from texts.

use std::error::Error;
use std::io::BufRead;
use std::str::FromStr;

use anyhow::{Context, anyhow, bail, ensure};
use massmap::dynamic::{Type, Value};
use massmap_format::{IntegerType, Schema};

use super::json;
use super::notation::{self, KeyNotation};
use crate::excerpt;
use crate::input::json::error::{JsonError, locate};
use crate::input::json::parser::Parser;
use crate::input::memory::{append, copy};

/// Turns texts into the keys of a map.
#[derive(Debug, Clone)]
pub struct KeyParser {
    key_type: Type,
    schema: Schema,
    /// What messages call the type.
    type_name: String,
    asked: Option<KeyNotation>,
}

impl KeyParser {
    /// A parser of keys of the type `key_type`, which messages call `type_name`, in the notation that is asked for or in the usual one
    /// of the type.
    ///
    /// # Errors
    ///
    /// Fails if keys of the type can be hashed only by the program that has it.
    pub fn new(key_type: &Type, type_name: &str, asked: Option<KeyNotation>) -> anyhow::Result<Self> {
        key_type.check_is_known()?;
        let schema = key_type.schema();
        Ok(Self {
            key_type: key_type.clone(),
            schema: schema.ok_or_else(|| anyhow!("keys of type {type_name:?} have no text"))?,
            type_name: type_name.to_owned(),
            asked,
        })
    }

    /// The type of the keys.
    #[must_use]
    pub fn key_type(&self) -> &Type {
        &self.key_type
    }

    /// Reads a key in a JSON text.
    pub(super) fn read<R: BufRead>(&self, json: &mut Parser<R>) -> Result<Value, JsonError> {
        json::read(json, &self.schema, self.asked)
    }

    /// Reads the part with this index, of `count` that keys are put together from, in a JSON text.
    pub(super) fn read_part<R: BufRead>(
        &self,
        index: usize,
        count: usize,
        json: &mut Parser<R>,
    ) -> Result<Value, JsonError> {
        json::read(json, self.part(index, count), self.asked)
    }

    /// What the part with this index is, of `count` that keys are put together from.
    fn part(&self, index: usize, count: usize) -> &Schema {
        match &self.schema {
            Schema::Tuple(parts) if count > 1 => parts.get(index).unwrap_or(&self.schema),
            schema => schema,
        }
    }

    /// The notation of whole keys.
    ///
    /// # Errors
    ///
    /// Fails if the one that is asked for does not fit the type.
    pub fn notation(&self) -> anyhow::Result<KeyNotation> {
        KeyNotation::of(&self.schema, self.asked)
    }

    /// Parses a key.
    ///
    /// # Errors
    ///
    /// Fails if the text is not one of the type, in the notation.
    pub fn parse(&self, text: &str) -> anyhow::Result<Value> {
        parse(text, &self.schema, self.notation()?).with_context(|| {
            format!(
                "the key {} is not of type {}",
                excerpt::quoted(text),
                self.type_name
            )
        })
    }

    /// Parses the part with this index, of `count` that keys are put together from.
    ///
    /// # Errors
    ///
    /// Fails if the text is not of the type of its part.
    pub(super) fn parse_part(&self, index: usize, count: usize, text: &str) -> anyhow::Result<Value> {
        let part = self.part(index, count);
        parse(text, part, KeyNotation::of(part, self.asked)?)
            .with_context(|| format!("{} is not of type {part:.80}", excerpt::quoted(text)))
    }

    /// Checks that keys can be put together from so many texts.
    pub(super) fn check_parts(&self, count: usize) -> anyhow::Result<()> {
        match &self.schema {
            _ if count == 1 => self.notation().map(drop),
            Schema::Tuple(parts) => {
                ensure!(
                    parts.len() == count,
                    "keys of type {} have {} parts, but {count} columns are given",
                    self.type_name,
                    parts.len()
                );
                parts
                    .iter()
                    .try_for_each(|part| KeyNotation::of(part, self.asked).map(drop))
            }
            _ => bail!("keys of type {} have no parts; give one column", self.type_name),
        }
    }

    /// Appends the encoding of a key to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is not of the type.
    pub(super) fn encode(&self, key: &Value, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let key = self.key_type.key(key)?;
        Ok(append(out, key.as_bytes())?)
    }
}

/// Parses a key, or a part of one, that `schema` describes.
fn parse(text: &str, schema: &Schema, notation: KeyNotation) -> anyhow::Result<Value> {
    let bytes = match notation {
        KeyNotation::Json => {
            let mut json = Parser::new(text.as_bytes());
            let key = json::read(&mut json, schema, None).and_then(|key| json.end().map(|()| key));
            return key.map_err(|error| locate(error).1);
        }
        KeyNotation::Text => return parse_text(text, schema),
        KeyNotation::Hex => notation::from_hex(text)?,
        KeyNotation::Base64 => notation::from_base64(text)?,
    };
    match schema {
        Schema::String => {
            let text = String::from_utf8(bytes).context("strings are UTF-8, and the bytes are not")?;
            Ok(Value::String(text))
        }
        _ => Ok(Value::Bytes(bytes)),
    }
}

fn parse_text(text: &str, schema: &Schema) -> anyhow::Result<Value> {
    fn integer<T: FromStr<Err: Error + Send + Sync + 'static> + Into<Value>>(
        text: &str,
    ) -> anyhow::Result<Value> {
        Ok(text.parse::<T>()?.into())
    }
    match schema {
        Schema::String => Ok(Value::String(copy(text)?)),
        Schema::Char => Ok(text.parse::<char>()?.into()),
        Schema::Bool => Ok(text.parse::<bool>()?.into()),
        Schema::Integer(IntegerType::U8) => integer::<u8>(text),
        Schema::Integer(IntegerType::U16) => integer::<u16>(text),
        Schema::Integer(IntegerType::U32) => integer::<u32>(text),
        Schema::Integer(IntegerType::U64) => integer::<u64>(text),
        Schema::Integer(IntegerType::U128) => integer::<u128>(text),
        Schema::Integer(IntegerType::I8) => integer::<i8>(text),
        Schema::Integer(IntegerType::I16) => integer::<i16>(text),
        Schema::Integer(IntegerType::I32) => integer::<i32>(text),
        Schema::Integer(IntegerType::I64) => integer::<i64>(text),
        Schema::Integer(IntegerType::I128) => integer::<i128>(text),
        _ => Ok(Value::Bytes(copy(text)?.into_bytes())),
    }
}

#[cfg(test)]
mod tests;
