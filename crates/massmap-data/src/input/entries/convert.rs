//! Converts the fields of a record to a key and a value of the requested types.

use std::fmt::Display;

use anyhow::{Context, anyhow, bail, ensure};
use massmap::dynamic::{Token, Tokens};

use crate::excerpt;
use crate::input::json::number::Number;
use crate::input::json::value::JsonValue;
use crate::input::memory::copy;
use crate::input::record::Field;
use crate::types::dynamic::DynamicValue;
use crate::types::key::{Key, KeyTask, KeyType};
use crate::types::non_finite;
use crate::types::value::ValueType;

/// Converts a field to a key.
///
/// # Errors
///
/// Fails if it is not of this type. An integer may be a string of digits, since the keys of JSON objects are strings.
pub(in crate::input) fn key(field: Field<'_>, key_type: KeyType) -> anyhow::Result<DynamicValue> {
    let wrong_type = |shown: &dyn Display| wrong_key_type(shown, key_type);
    let parse = |text| key_type.run(Parse { text, key_type });
    match (field, key_type) {
        // Not copied.
        (Field::Json(JsonValue::Text(text)), KeyType::Text) => Ok(text.into()),
        (Field::Json(JsonValue::Text(text)), _) => parse(&text),
        (Field::Text(text), KeyType::Text) => Ok(DynamicValue::Text(copy(text)?)),
        (Field::Text(text), _) => parse(text),
        (Field::Json(JsonValue::Number(number)), KeyType::Text) => {
            bail!("{}; --key-type can make keys integers", wrong_type(&number))
        }
        (Field::Json(JsonValue::Number(number)), _) => {
            let key = key_type.run(Integer(&number));
            key.ok_or_else(|| anyhow!(wrong_type(&number)))
        }
        (Field::Json(key), _) => bail!(wrong_type(&excerpt_of(&key))),
        (Field::Encoded(_), _) => bail!("the key has been read by a schema"),
    }
}

/// Parses a key.
struct Parse<'a> {
    text: &'a str,
    key_type: KeyType,
}

impl KeyTask for Parse<'_> {
    type Output = anyhow::Result<DynamicValue>;

    fn run<K: Key>(self) -> anyhow::Result<DynamicValue> {
        let Self { text, key_type } = self;
        let key: K = text
            .parse()
            .with_context(|| wrong_key_type(&excerpt::quoted(text), key_type))?;
        Ok(key.into())
    }
}

/// Converts a number to a key; `None` if it is out of range for the type.
struct Integer<'a>(&'a Number);

impl KeyTask for Integer<'_> {
    type Output = Option<DynamicValue>;

    fn run<K: Key>(self) -> Option<DynamicValue> {
        let unsigned = self.0.to_integer::<u128>().map(DynamicValue::from);
        let signed = self.0.to_integer::<i128>().map(DynamicValue::from);
        let keys = [unsigned, signed].into_iter().flatten();
        keys.filter_map(K::from_dynamic).next().map(K::into)
    }
}

fn wrong_key_type(shown: &dyn Display, key_type: KeyType) -> String {
    format!("the key {shown} is not of type {}", key_type.name())
}

/// Converts a field to a value.
///
/// # Errors
///
/// Fails if it is not of this type, or cannot be kept exactly.
pub(in crate::input) fn value(field: Field<'_>, value_type: ValueType) -> anyhow::Result<DynamicValue> {
    match field {
        Field::Text(text) => value_of_text(text, value_type),
        Field::Json(value) => value_of_json(value, value_type),
        Field::Encoded(_) => bail!("the value has been read by a schema"),
    }
}

/// Converts a cell of a table to a value.
fn value_of_text(text: &str, value_type: ValueType) -> anyhow::Result<DynamicValue> {
    let wrong_type = || wrong_value_type(&excerpt::quoted(text), value_type);
    Ok(match value_type {
        ValueType::Json => JsonValue::Text(copy(text)?).encode()?.into(),
        ValueType::String => DynamicValue::Text(copy(text)?),
        ValueType::Bool => text.parse::<bool>().with_context(wrong_type)?.into(),
        ValueType::U64 => text.parse::<u64>().with_context(wrong_type)?.into(),
        ValueType::U128 => text.parse::<u128>().with_context(wrong_type)?.into(),
        ValueType::I64 => text.parse::<i64>().with_context(wrong_type)?.into(),
        ValueType::I128 => text.parse::<i128>().with_context(wrong_type)?.into(),
        ValueType::F64 => {
            let number: f64 = text.parse().with_context(wrong_type)?;
            // `inf` is meant to be infinite, 1e999 is out of range.
            ensure!(
                number.is_finite() || !text.contains(|character: char| character.is_ascii_digit()),
                "{}: number out of range",
                wrong_type()
            );
            number.into()
        }
    })
}

/// Converts a JSON value to a value of this type. Unlike for keys, a string of digits is not a number.
fn value_of_json(value: JsonValue, value_type: ValueType) -> anyhow::Result<DynamicValue> {
    let value = match (value_type, value) {
        (ValueType::Json, value) => return Ok(value.encode()?.into()),
        // Not copied.
        (ValueType::String, JsonValue::Text(text)) => return Ok(text.into()),
        (_, other) => other,
    };
    let typed = match (value_type, &value) {
        (ValueType::Bool, JsonValue::Bool(value)) => Some((*value).into()),
        (ValueType::U64, JsonValue::Number(number)) => number.to_integer::<u64>().map(DynamicValue::from),
        (ValueType::U128, JsonValue::Number(number)) => number.to_integer::<u128>().map(DynamicValue::from),
        (ValueType::I64, JsonValue::Number(number)) => number.to_integer::<i64>().map(DynamicValue::from),
        (ValueType::I128, JsonValue::Number(number)) => number.to_integer::<i128>().map(DynamicValue::from),
        (ValueType::F64, JsonValue::Number(number)) => number.to_f64().map(DynamicValue::from),
        // JSON numbers cannot express these; `get` shows them as the same strings.
        (ValueType::F64, JsonValue::Text(text)) => non_finite::parse(text).map(DynamicValue::from),
        _ => None,
    };
    typed.ok_or_else(|| anyhow!(wrong_value_type(&excerpt_of(&value), value_type)))
}

fn wrong_value_type(shown: &dyn Display, value_type: ValueType) -> String {
    format!("the value {shown} is not of type {}", value_type.name())
}

/// A JSON value for a message.
fn excerpt_of(value: &JsonValue) -> String {
    match value {
        JsonValue::Null => "null".to_owned(),
        JsonValue::Bool(value) => value.to_string(),
        JsonValue::Number(number) => number.to_string(),
        JsonValue::Text(text) => excerpt::quoted(text),
        // Its elements may be too many to show.
        JsonValue::Compound(encoded) => match Tokens::new(encoded.as_bytes()).next_token() {
            Ok(Token::Array(_)) => "[…]".to_owned(),
            _ => "{…}".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
