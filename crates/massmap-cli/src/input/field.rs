//! From a field of a record to a key or value of the type that was asked for.

use std::fmt::Display;

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;
use serde::Serialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as AnyError;
use serde_json::Value;

use super::record::Field;
use crate::keys::{Key, KeyType};

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
            Self::String => String::NAME,
            Self::Bool => bool::NAME,
            Self::U64 => u64::NAME,
            Self::I64 => i64::NAME,
            Self::F64 => f64::NAME,
        }
    }
}

/// A type that a value may have.
pub(crate) trait FieldValue: Serialize + Send + Sized + 'static {
    /// What users call it.
    const NAME: &'static str;

    /// The value of a cell of a table.
    fn from_text(text: &str) -> anyhow::Result<Self>;

    /// The value that some JSON is, which must be of this type: a string of digits is no number.
    fn from_json(value: Value) -> anyhow::Result<Self>;
}

/// The key in a field.
///
/// # Errors
///
/// Fails if it is none of that type. Digits in a string are an integer: the keys of a JSON object can be nothing else.
pub(super) fn key<K: Key>(field: Field<'_>, key_type: KeyType) -> anyhow::Result<K> {
    let is_no = |shown: &dyn Display| format!("the key {shown} is no {}", key_type.name());
    let parse = |text: &str| text.parse().with_context(|| is_no(&excerpt(text)));
    match (field, key_type) {
        // Takes the string over.
        (Field::Json(Value::String(text)), KeyType::Text) => Ok(K::deserialize(
            IntoDeserializer::<AnyError>::into_deserializer(text),
        )?),
        (Field::Json(Value::String(text)), _) => parse(&text),
        (Field::Text(text), _) => parse(text),
        (Field::Json(Value::Number(number)), KeyType::Text) => {
            bail!("{}; --key-type can make keys integers", is_no(&number))
        }
        (Field::Json(Value::Number(number)), KeyType::U128 | KeyType::I128) if number.is_f64() => {
            bail!("{}; integers beyond 64 bits have to be strings", is_no(&number))
        }
        (Field::Json(key), _) => K::deserialize(&key).map_err(|_| anyhow!(is_no(&excerpt_of(&key)))),
    }
}

/// The value in a field.
///
/// # Errors
///
/// Fails if it is none of that type.
pub(super) fn value<V: FieldValue>(field: Field<'_>) -> anyhow::Result<V> {
    match field {
        Field::Text(text) => V::from_text(text),
        Field::Json(value) => V::from_json(value),
    }
}

impl FieldValue for Value {
    const NAME: &'static str = "json";

    fn from_text(text: &str) -> anyhow::Result<Self> {
        Ok(Self::String(text.to_owned()))
    }

    fn from_json(value: Value) -> anyhow::Result<Self> {
        Ok(value)
    }
}

impl FieldValue for String {
    const NAME: &'static str = "string";

    fn from_text(text: &str) -> anyhow::Result<Self> {
        Ok(text.to_owned())
    }

    fn from_json(value: Value) -> anyhow::Result<Self> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(is_no::<Self>(&excerpt_of(&other))),
        }
    }
}

/// Types whose `FromStr` and whose accessor of a [`Value`] agree.
macro_rules! parsed_values {
    ($($value:ident $accessor:ident)*) => {$(
        impl FieldValue for $value {
            const NAME: &'static str = stringify!($value);

            fn from_text(text: &str) -> anyhow::Result<Self> {
                text.parse().with_context(|| is_no::<Self>(&excerpt(text)))
            }

            fn from_json(value: Value) -> anyhow::Result<Self> {
                value.$accessor().ok_or_else(|| is_no::<Self>(&excerpt_of(&value)))
            }
        }
    )*};
}

parsed_values! { bool as_bool u64 as_u64 i64 as_i64 }

impl FieldValue for f64 {
    const NAME: &'static str = "f64";

    fn from_text(text: &str) -> anyhow::Result<Self> {
        let number: Self = text.parse().with_context(|| is_no::<Self>(&excerpt(text)))?;
        // `inf` is what it says, while 1e999 became infinite for want of range.
        ensure!(
            number.is_finite() || !text.contains(|character: char| character.is_ascii_digit()),
            "{}: number out of range",
            is_no::<Self>(&excerpt(text))
        );
        Ok(number)
    }

    fn from_json(value: Value) -> anyhow::Result<Self> {
        value.as_f64().ok_or_else(|| is_no::<Self>(&excerpt_of(&value)))
    }
}

fn is_no<V: FieldValue>(shown: &dyn Display) -> anyhow::Error {
    anyhow!("the value {shown} is no {}", V::NAME)
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

    fn json_key<K: Key>(json: Value, key_type: KeyType) -> Result<K, String> {
        key(Field::Json(json), key_type).map_err(|error| format!("{error:#}"))
    }

    fn text_key<K: Key>(text: &str, key_type: KeyType) -> Result<K, String> {
        key(Field::Text(text), key_type).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn an_integer_key_is_a_number_or_a_string_of_digits() {
        assert_eq!(json_key(json!(7), KeyType::U8), Ok(7u8));
        assert_eq!(json_key(json!("7"), KeyType::U8), Ok(7u8));
        assert_eq!(text_key("7", KeyType::U8), Ok(7u8));
        assert_eq!(json_key(json!(-128), KeyType::I8), Ok(-128i8));
        assert_eq!(json_key(json!(u64::MAX), KeyType::U64), Ok(u64::MAX));
        assert_eq!(json_key(json!(i64::MIN), KeyType::I64), Ok(i64::MIN));
        assert_eq!(json_key(json!(u64::MAX), KeyType::U128), Ok(u128::from(u64::MAX)));
        assert_eq!(json_key(json!(-1), KeyType::I128), Ok(-1i128));
        assert_eq!(
            json_key(json!(u128::MAX.to_string()), KeyType::U128),
            Ok(u128::MAX)
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
            assert_eq!(json_key::<u8>(key, KeyType::U8), Err(message.to_owned()));
        }
        let beyond: Value = serde_json::from_str("100000000000000000000").unwrap();
        let message = json_key::<u128>(beyond, KeyType::U128).unwrap_err();
        assert!(
            message.ends_with(" is no u128; integers beyond 64 bits have to be strings"),
            "{message}"
        );
    }

    #[test]
    fn a_key_that_is_a_string_is_taken_as_it_is() {
        assert_eq!(
            json_key(json!(" a\n"), KeyType::Text),
            Ok::<String, _>(" a\n".to_owned())
        );
        assert_eq!(text_key("", KeyType::Text), Ok::<String, _>(String::new()));
        assert_eq!(
            json_key::<String>(json!(7), KeyType::Text),
            Err("the key 7 is no string; --key-type can make keys integers".to_owned())
        );
    }

    #[test]
    fn a_value_is_of_its_type_or_an_error() {
        fn text<V: FieldValue>(text: &str) -> Result<V, String> {
            value(Field::Text(text)).map_err(|error| format!("{error:#}"))
        }
        fn json<V: FieldValue>(json: Value) -> Result<V, String> {
            value(Field::Json(json)).map_err(|error| format!("{error:#}"))
        }
        assert_eq!(text("1"), Ok(json!("1")));
        assert_eq!(text("1"), Ok("1".to_owned()));
        assert_eq!(text("1"), Ok(1u64));
        assert_eq!(text("-1"), Ok(-1i64));
        assert_eq!(text("1"), Ok(1f64));
        assert_eq!(text("-inf"), Ok(f64::NEG_INFINITY));
        assert_eq!(text("true"), Ok(true));
        assert_eq!(json(json!([1])), Ok(json!([1])));
        assert_eq!(json(json!("a")), Ok("a".to_owned()));
        assert_eq!(json(json!(1)), Ok(1u64));
        assert_eq!(json(json!(-1)), Ok(-1i64));
        assert_eq!(json(json!(1)), Ok(1f64));
        assert_eq!(json(json!(true)), Ok(true));

        assert_eq!(
            text::<u64>("-1"),
            Err(r#"the value "-1" is no u64: invalid digit found in string"#.to_owned())
        );
        assert_eq!(
            text::<f64>("-1e999"),
            Err(r#"the value "-1e999" is no f64: number out of range"#.to_owned())
        );
        assert!(text::<f64>("").is_err() && text::<bool>("yes").is_err());
        assert_eq!(
            json::<u64>(json!("1")),
            Err(r#"the value "1" is no u64"#.to_owned())
        );
        assert_eq!(
            json::<String>(json!(null)),
            Err("the value null is no string".to_owned())
        );
        assert_eq!(
            json::<bool>(json!([1])),
            Err("the value […] is no bool".to_owned())
        );
    }

    #[test]
    fn a_message_shows_no_more_than_the_beginning_of_a_long_text() {
        assert_eq!(excerpt(&"é".repeat(80)), format!("{:?}", "é".repeat(80)));
        assert_eq!(excerpt(&"é".repeat(81)), format!("{:?}…", "é".repeat(80)));
    }
}
