//! Keys as JSON.

use std::fmt;
use std::io::BufRead;

use massmap::dynamic::{Integer, Value};
use massmap_format::Schema;

use super::notation::{self, KeyNotation};
use crate::excerpt;
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::number::Number;
use crate::input::json::parser::{Kind, Parser};

/// Reads a key, or a part of one, that `schema` describes.
///
/// An integer may be a string of digits, and a byte array is a string: hexadecimal digits if these are `asked` for,
/// base64 otherwise.
///
/// # Errors
///
/// Fails if it is not JSON, or of another type. Whether an integer is in the range of its type, and an array as long as its type
/// demands, is checked later.
pub(super) fn read<R: BufRead>(
    json: &mut Parser<R>,
    schema: &Schema,
    asked: Option<KeyNotation>,
) -> Result<Value, JsonError> {
    let kind = json.kind()?;
    match (schema, kind) {
        (Schema::Option(_), Kind::Null) => {
            json.null()?;
            Ok(Value::Null)
        }
        (Schema::Option(inner), _) => read(json, inner, asked),
        (Schema::Bool, Kind::Bool) => Ok(json.boolean()?.into()),
        (Schema::String | Schema::Char, Kind::Text) => Ok(json.text()?.into()),
        (Schema::Integer(_), Kind::Number) => {
            let number = json.number()?;
            integer(&number)
                .map(Value::Integer)
                .ok_or_else(|| wrong(json, number, schema))
        }
        (Schema::Integer(_), Kind::Text) => {
            let text = json.text()?;
            match digits(&text) {
                Some(integer) => Ok(Value::Integer(integer)),
                None => Err(wrong(json, excerpt::quoted(&text), schema)),
            }
        }
        (Schema::Bytes(_), Kind::Text) => {
            let text = json.text()?;
            let (bytes, expected) = match asked {
                Some(KeyNotation::Hex) => (notation::from_hex(&text), "hexadecimal digits"),
                _ => (notation::from_base64(&text), "base64"),
            };
            bytes
                .map(Value::Bytes)
                .map_err(|_| wrong(json, excerpt::quoted(&text), &expected))
        }
        (Schema::Tuple(parts), Kind::Array) => {
            let (elements, length) = elements(json, |index| parts.get(index), asked)?;
            match length == parts.len() {
                true => Ok(Value::Array(elements)),
                false => {
                    let expected = schema.to_string();
                    Err(json.error(Problem::InvalidLength { length, expected }))
                }
            }
        }
        (Schema::Sequence(element, _), Kind::Array) => {
            let (elements, _) = elements(json, |_| Some(&**element), asked)?;
            Ok(Value::Array(elements))
        }
        _ => Err(json.invalid_type(schema)),
    }
}

/// Reads an array, of whose elements `schema` tells by their index. Those of which it does not are only counted.
fn elements<'s, R: BufRead>(
    json: &mut Parser<R>,
    schema: impl Fn(usize) -> Option<&'s Schema>,
    asked: Option<KeyNotation>,
) -> Result<(Vec<Value>, usize), JsonError> {
    let mut elements = Vec::new();
    let mut length = 0;
    json.enter()?;
    while json.next_element(length == 0)? {
        match schema(length) {
            Some(schema) => elements.push(read(json, schema, asked)?),
            None => json.skip()?,
        }
        length += 1;
    }
    Ok((elements, length))
}

fn integer(number: &Number) -> Option<Integer> {
    let unsigned = number.to_integer::<u128>().map(Integer::from);
    unsigned.or_else(|| number.to_integer::<i128>().map(Integer::from))
}

fn digits(text: &str) -> Option<Integer> {
    let unsigned = text.parse::<u128>().map(Integer::from);
    unsigned.or_else(|_| text.parse::<i128>().map(Integer::from)).ok()
}

fn wrong<R: BufRead>(json: &Parser<R>, found: impl fmt::Display, expected: &dyn fmt::Display) -> JsonError {
    json.error(Problem::InvalidType {
        found: found.to_string(),
        expected: expected.to_string(),
    })
}
