//! From a field of a record to a key or value of the type that was asked for.

use std::fmt::Display;

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;
use serde_json::Value;

use super::record::Field;
use crate::keys::{Key, KeyTask, KeyType};
use crate::typed::Typed;

/// As much of a text as a message shows.
const LONGEST_EXCERPT: usize = 80;

/// A type of values.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// Anything
    Json,
    String,
    Bool,
    U64,
    I64,
    F64,
}

impl ValueType {
    /// What users call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::String => "string",
            Self::Bool => "bool",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

/// The key in a field.
///
/// # Errors
///
/// Fails if it is none of that type. Digits in a string are an integer: the keys of a JSON object can be nothing else.
pub(super) fn key(field: Field<'_>, key_type: KeyType) -> anyhow::Result<Typed> {
    let is_no = |shown: &dyn Display| is_no_key(shown, key_type);
    let parse = |text| key_type.run(Parse { text, key_type });
    match (field, key_type) {
        // Takes the string over.
        (Field::Json(Value::String(text)), KeyType::Text) => Ok(text.into()),
        (Field::Json(Value::String(text)), _) => parse(&text),
        (Field::Text(text), _) => parse(text),
        (Field::Json(Value::Number(number)), KeyType::Text) => {
            bail!("{}; --key-type can make keys integers", is_no(&number))
        }
        (Field::Json(Value::Number(number)), KeyType::U128 | KeyType::I128) if number.is_f64() => {
            bail!("{}; integers beyond 64 bits have to be strings", is_no(&number))
        }
        (Field::Json(key), _) => key_type
            .run(Decode(&key))
            .map_err(|_| anyhow!(is_no(&excerpt_of(&key)))),
    }
}

/// Takes a key from a text.
struct Parse<'a> {
    text: &'a str,
    key_type: KeyType,
}

impl KeyTask for Parse<'_> {
    type Output = anyhow::Result<Typed>;

    fn run<K: Key>(self) -> anyhow::Result<Typed> {
        let Self { text, key_type } = self;
        let key: K = text
            .parse()
            .with_context(|| is_no_key(&excerpt(text), key_type))?;
        Ok(key.into())
    }
}

/// Takes a key from some JSON.
struct Decode<'a>(&'a Value);

impl KeyTask for Decode<'_> {
    type Output = serde_json::Result<Typed>;

    fn run<K: Key>(self) -> serde_json::Result<Typed> {
        K::deserialize(self.0).map(K::into)
    }
}

fn is_no_key(shown: &dyn Display, key_type: KeyType) -> String {
    format!("the key {shown} is no {}", key_type.name())
}

/// The value in a field.
///
/// # Errors
///
/// Fails if it is none of that type.
pub(super) fn value(field: Field<'_>, value_type: ValueType) -> anyhow::Result<Typed> {
    match field {
        Field::Text(text) => value_of_text(text, value_type),
        Field::Json(value) => value_of_json(value, value_type),
    }
}

/// The value of a cell of a table.
fn value_of_text(text: &str, value_type: ValueType) -> anyhow::Result<Typed> {
    let is_no = || is_no_value(&excerpt(text), value_type);
    Ok(match value_type {
        ValueType::Json => Typed::Json(text.into()),
        ValueType::String => Typed::Text(text.into()),
        ValueType::Bool => text.parse::<bool>().with_context(is_no)?.into(),
        ValueType::U64 => text.parse::<u64>().with_context(is_no)?.into(),
        ValueType::I64 => text.parse::<i64>().with_context(is_no)?.into(),
        ValueType::F64 => {
            let number: f64 = text.parse().with_context(is_no)?;
            // `inf` is what it says, while 1e999 became infinite for want of range.
            ensure!(
                number.is_finite() || !text.contains(|character: char| character.is_ascii_digit()),
                "{}: number out of range",
                is_no()
            );
            number.into()
        }
    })
}

/// The value that some JSON is, which must be of that type: a string of digits is no number.
fn value_of_json(value: Value, value_type: ValueType) -> anyhow::Result<Typed> {
    let typed = match value_type {
        ValueType::Json => return Ok(value.into()),
        ValueType::String => match value {
            Value::String(text) => return Ok(text.into()),
            _ => None,
        },
        ValueType::Bool => value.as_bool().map(Typed::from),
        ValueType::U64 => value.as_u64().map(Typed::from),
        ValueType::I64 => value.as_i64().map(Typed::from),
        ValueType::F64 => value.as_f64().map(Typed::from),
    };
    typed.ok_or_else(|| anyhow!(is_no_value(&excerpt_of(&value), value_type)))
}

fn is_no_value(shown: &dyn Display, value_type: ValueType) -> String {
    format!("the value {shown} is no {}", value_type.name())
}

/// A text for a message, in quotes.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// Some JSON for a message.
fn excerpt_of(value: &Value) -> String {
    match value {
        Value::String(text) => excerpt(text),
        // Its elements may be any number.
        Value::Array(_) => "[…]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        short => short.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json_key(json: Value, key_type: KeyType) -> Result<Typed, String> {
        key(Field::Json(json), key_type).map_err(|error| format!("{error:#}"))
    }

    fn text_key(text: &str, key_type: KeyType) -> Result<Typed, String> {
        key(Field::Text(text), key_type).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn an_integer_key_is_a_number_or_a_string_of_digits() {
        assert_eq!(json_key(json!(7), KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(json_key(json!("7"), KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(text_key("7", KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(json_key(json!(-128), KeyType::I8), Ok(Typed::Signed(-128)));
        assert_eq!(
            json_key(json!(u64::MAX), KeyType::U64),
            Ok(Typed::Unsigned(u64::MAX.into()))
        );
        assert_eq!(
            json_key(json!(i64::MIN), KeyType::I64),
            Ok(Typed::Signed(i64::MIN.into()))
        );
        assert_eq!(
            json_key(json!(u64::MAX), KeyType::U128),
            Ok(Typed::Unsigned(u64::MAX.into()))
        );
        assert_eq!(json_key(json!(-1), KeyType::I128), Ok(Typed::Signed(-1)));
        assert_eq!(
            json_key(json!(u128::MAX.to_string()), KeyType::U128),
            Ok(Typed::Unsigned(u128::MAX))
        );
    }

    #[test]
    fn a_key_that_is_no_such_integer_is_an_error() {
        for (key, message) in [
            (json!(256), "the key 256 is no u8"),
            (json!(-1), "the key -1 is no u8"),
            (json!(1.5), "the key 1.5 is no u8"),
            (json!(1.0), "the key 1.0 is no u8"),
            (
                json!("256"),
                r#"the key "256" is no u8: number too large to fit in target type"#,
            ),
            (
                json!(" 1"),
                r#"the key " 1" is no u8: invalid digit found in string"#,
            ),
            (
                json!(""),
                r#"the key "" is no u8: cannot parse integer from empty string"#,
            ),
        ] {
            assert_eq!(json_key(key, KeyType::U8), Err(message.to_owned()));
        }
        let beyond: Value = serde_json::from_str("100000000000000000000").unwrap();
        let message = json_key(beyond, KeyType::U128).unwrap_err();
        assert!(
            message.ends_with(" is no u128; integers beyond 64 bits have to be strings"),
            "{message}"
        );
    }

    #[test]
    fn a_key_that_is_a_string_is_taken_as_it_is() {
        assert_eq!(
            json_key(json!(" a\n"), KeyType::Text),
            Ok(Typed::Text(" a\n".to_owned()))
        );
        assert_eq!(text_key("", KeyType::Text), Ok(Typed::Text(String::new())));
        assert_eq!(
            json_key(json!(7), KeyType::Text),
            Err("the key 7 is no string; --key-type can make keys integers".to_owned())
        );
    }

    #[test]
    fn a_value_is_of_its_type_or_an_error() {
        let text = |text: &str, value_type| {
            value(Field::Text(text), value_type).map_err(|error| format!("{error:#}"))
        };
        let json = |json: Value, value_type| {
            value(Field::Json(json), value_type).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(text("1", ValueType::Json), Ok(Typed::Json(json!("1"))));
        assert_eq!(text("1", ValueType::String), Ok(Typed::Text("1".to_owned())));
        assert_eq!(text("1", ValueType::U64), Ok(Typed::Unsigned(1)));
        assert_eq!(text("-1", ValueType::I64), Ok(Typed::Signed(-1)));
        assert_eq!(text("1", ValueType::F64), Ok(Typed::Float(1.0)));
        assert_eq!(text("-inf", ValueType::F64), Ok(Typed::Float(f64::NEG_INFINITY)));
        assert_eq!(text("true", ValueType::Bool), Ok(Typed::Bool(true)));
        assert_eq!(json(json!([1]), ValueType::Json), Ok(Typed::Json(json!([1]))));
        assert_eq!(
            json(json!("a"), ValueType::String),
            Ok(Typed::Text("a".to_owned()))
        );
        assert_eq!(json(json!(1), ValueType::U64), Ok(Typed::Unsigned(1)));
        assert_eq!(json(json!(-1), ValueType::I64), Ok(Typed::Signed(-1)));
        assert_eq!(json(json!(1), ValueType::F64), Ok(Typed::Float(1.0)));
        assert_eq!(json(json!(true), ValueType::Bool), Ok(Typed::Bool(true)));

        assert_eq!(
            text("-1", ValueType::U64),
            Err(r#"the value "-1" is no u64: invalid digit found in string"#.to_owned())
        );
        assert_eq!(
            text("-1e999", ValueType::F64),
            Err(r#"the value "-1e999" is no f64: number out of range"#.to_owned())
        );
        assert!(text("", ValueType::F64).is_err() && text("yes", ValueType::Bool).is_err());
        assert_eq!(
            json(json!("1"), ValueType::U64),
            Err(r#"the value "1" is no u64"#.to_owned())
        );
        assert_eq!(
            json(json!(null), ValueType::String),
            Err("the value null is no string".to_owned())
        );
        assert_eq!(
            json(json!([1]), ValueType::Bool),
            Err("the value […] is no bool".to_owned())
        );
    }

    #[test]
    fn a_message_shows_no_more_than_the_beginning_of_a_long_text() {
        assert_eq!(excerpt(&"é".repeat(80)), format!("{:?}", "é".repeat(80)));
        assert_eq!(excerpt(&"é".repeat(81)), format!("{:?}…", "é".repeat(80)));
    }
}
