//! From a field of a record to a key or value of the type that was asked for.

use std::fmt::Display;

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;

use crate::input::json::number::Number;
use crate::input::json::value::JsonValue;
use crate::input::memory::copied;
use crate::input::record::Field;
use crate::output::excerpt;
use crate::output::show::not_finite;
use crate::types::dynamic::Typed;
use crate::types::key::{Key, KeyTask, KeyType};
use crate::types::messagepack::{Token, Tokens};

/// A type of values.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// Anything
    Json,
    String,
    Bool,
    U64,
    U128,
    I64,
    I128,
    F64,
}

impl ValueType {
    /// What users call it.
    pub(in crate::input) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::String => "string",
            Self::Bool => "bool",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::F64 => "f64",
        }
    }
}

/// The key in a field.
///
/// # Errors
///
/// Fails if it is none of that type. Digits in a string are an integer: the keys of a JSON object can be nothing else.
pub(in crate::input) fn key(field: Field<'_>, key_type: KeyType) -> anyhow::Result<Typed> {
    let is_no = |shown: &dyn Display| is_no_key(shown, key_type);
    let parse = |text| key_type.run(Parse { text, key_type });
    match (field, key_type) {
        // Takes the string over.
        (Field::Json(JsonValue::Text(text)), KeyType::Text) => Ok(text.into()),
        (Field::Json(JsonValue::Text(text)), _) => parse(&text),
        (Field::Text(text), KeyType::Text) => Ok(Typed::Text(copied(text)?)),
        (Field::Text(text), _) => parse(text),
        (Field::Json(JsonValue::Number(number)), KeyType::Text) => {
            bail!("{}; --key-type can make keys integers", is_no(&number))
        }
        (Field::Json(JsonValue::Number(number)), _) => {
            let key = key_type.run(Integer(&number));
            key.ok_or_else(|| anyhow!(is_no(&number)))
        }
        (Field::Json(key), _) => bail!(is_no(&excerpt_of(&key))),
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
            .with_context(|| is_no_key(&excerpt::quoted(text), key_type))?;
        Ok(key.into())
    }
}

/// Takes a key from a number; there is none if the type does not have it.
struct Integer<'a>(&'a Number);

impl KeyTask for Integer<'_> {
    type Output = Option<Typed>;

    fn run<K: Key>(self) -> Option<Typed> {
        let unsigned = self.0.to_integer::<u128>().map(Typed::from);
        let signed = self.0.to_integer::<i128>().map(Typed::from);
        let keys = [unsigned, signed].into_iter().flatten();
        keys.filter_map(K::from_typed).next().map(K::into)
    }
}

fn is_no_key(shown: &dyn Display, key_type: KeyType) -> String {
    format!("the key {shown} is no {}", key_type.name())
}

/// The value in a field.
///
/// # Errors
///
/// Fails if it is none of that type, or none that can be kept exactly.
pub(in crate::input) fn value(field: Field<'_>, value_type: ValueType) -> anyhow::Result<Typed> {
    match field {
        Field::Text(text) => value_of_text(text, value_type),
        Field::Json(value) => value_of_json(value, value_type),
    }
}

/// The value of a cell of a table.
fn value_of_text(text: &str, value_type: ValueType) -> anyhow::Result<Typed> {
    let is_no = || is_no_value(&excerpt::quoted(text), value_type);
    Ok(match value_type {
        ValueType::Json => JsonValue::Text(copied(text)?).encode()?.into(),
        ValueType::String => Typed::Text(copied(text)?),
        ValueType::Bool => text.parse::<bool>().with_context(is_no)?.into(),
        ValueType::U64 => text.parse::<u64>().with_context(is_no)?.into(),
        ValueType::U128 => text.parse::<u128>().with_context(is_no)?.into(),
        ValueType::I64 => text.parse::<i64>().with_context(is_no)?.into(),
        ValueType::I128 => text.parse::<i128>().with_context(is_no)?.into(),
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
fn value_of_json(value: JsonValue, value_type: ValueType) -> anyhow::Result<Typed> {
    let value = match (value_type, value) {
        (ValueType::Json, value) => return Ok(value.encode()?.into()),
        // Takes the string over.
        (ValueType::String, JsonValue::Text(text)) => return Ok(text.into()),
        (_, other) => other,
    };
    let typed = match (value_type, &value) {
        (ValueType::Bool, JsonValue::Bool(value)) => Some((*value).into()),
        (ValueType::U64, JsonValue::Number(number)) => number.to_integer::<u64>().map(Typed::from),
        (ValueType::U128, JsonValue::Number(number)) => number.to_integer::<u128>().map(Typed::from),
        (ValueType::I64, JsonValue::Number(number)) => number.to_integer::<i64>().map(Typed::from),
        (ValueType::I128, JsonValue::Number(number)) => number.to_integer::<i128>().map(Typed::from),
        (ValueType::F64, JsonValue::Number(number)) => number.to_f64().map(Typed::from),
        // JSON has no other way to write it, and this is how it is shown.
        (ValueType::F64, JsonValue::Text(text)) => not_finite(text).map(Typed::from),
        _ => None,
    };
    typed.ok_or_else(|| anyhow!(is_no_value(&excerpt_of(&value), value_type)))
}

fn is_no_value(shown: &dyn Display, value_type: ValueType) -> String {
    format!("the value {shown} is no {}", value_type.name())
}

/// Some JSON for a message.
fn excerpt_of(value: &JsonValue) -> String {
    match value {
        JsonValue::Null => "null".to_owned(),
        JsonValue::Bool(value) => value.to_string(),
        JsonValue::Number(number) => number.to_string(),
        JsonValue::Text(text) => excerpt::quoted(text),
        // Its elements may be any number.
        JsonValue::Compound(encoded) => match Tokens::new(encoded.as_bytes()).next() {
            Ok(Token::Array(_)) => "[…]".to_owned(),
            _ => "{…}".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::json::parser::Parser;
    use crate::types::encoded_json::Encoded;

    fn parsed(json: &str) -> JsonValue {
        Parser::new(json.as_bytes()).value().unwrap()
    }

    fn encoded(json: &str) -> Encoded {
        parsed(json).encode().unwrap()
    }

    fn json_key(json: &str, key_type: KeyType) -> Result<Typed, String> {
        key(Field::Json(parsed(json)), key_type).map_err(|error| format!("{error:#}"))
    }

    fn text_key(text: &str, key_type: KeyType) -> Result<Typed, String> {
        key(Field::Text(text), key_type).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn an_integer_key_is_a_number_or_a_string_of_digits() {
        assert_eq!(json_key("7", KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(json_key(r#""7""#, KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(text_key("7", KeyType::U8), Ok(Typed::Unsigned(7)));
        assert_eq!(json_key("-128", KeyType::I8), Ok(Typed::Signed(-128)));
        assert_eq!(
            json_key(&u64::MAX.to_string(), KeyType::U64),
            Ok(Typed::Unsigned(u64::MAX.into()))
        );
        assert_eq!(
            json_key(&i64::MIN.to_string(), KeyType::I64),
            Ok(Typed::Signed(i64::MIN.into()))
        );
        assert_eq!(
            json_key(&u64::MAX.to_string(), KeyType::U128),
            Ok(Typed::Unsigned(u64::MAX.into()))
        );
        assert_eq!(json_key("-1", KeyType::I128), Ok(Typed::Signed(-1)));
        assert_eq!(
            json_key(&format!("\"{}\"", u128::MAX), KeyType::U128),
            Ok(Typed::Unsigned(u128::MAX))
        );
    }

    #[test]
    fn a_key_that_is_no_such_integer_is_an_error() {
        for (key, message) in [
            ("256", "the key 256 is no u8"),
            ("-1", "the key -1 is no u8"),
            ("1.5", "the key 1.5 is no u8"),
            ("1.0", "the key 1.0 is no u8"),
            (
                r#""256""#,
                r#"the key "256" is no u8: number too large to fit in target type"#,
            ),
            (
                r#"" 1""#,
                r#"the key " 1" is no u8: invalid digit found in string"#,
            ),
            (
                r#""""#,
                r#"the key "" is no u8: cannot parse integer from empty string"#,
            ),
        ] {
            assert_eq!(json_key(key, KeyType::U8), Err(message.to_owned()));
        }
        for (key, key_type) in [
            ("340282366920938463463374607431768211456", KeyType::U128),
            ("-170141183460469231731687303715884105729", KeyType::I128),
            ("18446744073709551616", KeyType::U64),
        ] {
            let message = format!("the key {key} is no {}", key_type.name());
            assert_eq!(json_key(key, key_type), Err(message));
        }
    }

    #[test]
    fn a_key_that_is_a_string_is_taken_as_it_is() {
        assert_eq!(
            json_key(r#"" a\n""#, KeyType::Text),
            Ok(Typed::Text(" a\n".to_owned()))
        );
        assert_eq!(text_key("", KeyType::Text), Ok(Typed::Text(String::new())));
        assert_eq!(
            json_key("7", KeyType::Text),
            Err("the key 7 is no string; --key-type can make keys integers".to_owned())
        );
    }

    #[test]
    fn a_value_is_of_its_type_or_an_error() {
        let text = |text: &str, value_type| {
            value(Field::Text(text), value_type).map_err(|error| format!("{error:#}"))
        };
        let json = |json: &str, value_type| {
            value(Field::Json(parsed(json)), value_type).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(text("1", ValueType::Json), Ok(Typed::Json(encoded(r#""1""#))));
        assert_eq!(text("1", ValueType::String), Ok(Typed::Text("1".to_owned())));
        assert_eq!(text("1", ValueType::U64), Ok(Typed::Unsigned(1)));
        assert_eq!(text("-1", ValueType::I64), Ok(Typed::Signed(-1)));
        assert_eq!(text("1", ValueType::F64), Ok(Typed::Float(1.0)));
        assert_eq!(text("-inf", ValueType::F64), Ok(Typed::Float(f64::NEG_INFINITY)));
        assert_eq!(text("true", ValueType::Bool), Ok(Typed::Bool(true)));
        assert_eq!(json("[1]", ValueType::Json), Ok(Typed::Json(encoded("[1]"))));
        assert_eq!(json(r#""a""#, ValueType::String), Ok(Typed::Text("a".to_owned())));
        assert_eq!(json("1", ValueType::U64), Ok(Typed::Unsigned(1)));
        assert_eq!(json("-1", ValueType::I64), Ok(Typed::Signed(-1)));
        assert_eq!(json("1", ValueType::F64), Ok(Typed::Float(1.0)));
        assert_eq!(json("true", ValueType::Bool), Ok(Typed::Bool(true)));

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
            json(r#""1""#, ValueType::U64),
            Err(r#"the value "1" is no u64"#.to_owned())
        );
        assert_eq!(
            json("null", ValueType::String),
            Err("the value null is no string".to_owned())
        );
        assert_eq!(
            json("[1]", ValueType::Bool),
            Err("the value […] is no bool".to_owned())
        );
    }

    #[test]
    fn integers_of_128_bits_are_exact_where_the_type_has_them() {
        let number = |text: &str| Field::Json(parsed(text));
        for text in [u128::MAX.to_string(), "18446744073709551616".to_owned()] {
            let expected = Typed::Unsigned(text.parse().unwrap());
            assert_eq!(key(number(&text), KeyType::U128).unwrap(), expected);
            assert_eq!(value(number(&text), ValueType::U128).unwrap(), expected);
            assert_eq!(value(Field::Text(&text), ValueType::U128).unwrap(), expected);
            let message = value(number(&text), ValueType::Json).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("the integer {text} has more than 64 bits")),
                "{message}"
            );
            assert!(value(number(&text), ValueType::U64).is_err());
        }
        for text in [i128::MIN.to_string(), "-9223372036854775809".to_owned()] {
            let expected = Typed::Signed(text.parse().unwrap());
            assert_eq!(key(number(&text), KeyType::I128).unwrap(), expected);
            assert_eq!(value(number(&text), ValueType::I128).unwrap(), expected);
            assert_eq!(value(Field::Text(&text), ValueType::I128).unwrap(), expected);
        }
    }

    #[test]
    fn a_double_is_the_nearest_one_however_it_is_written() {
        for (text, double) in [
            // As JavaScript prints them.
            ("1152921504606847000", (1u64 << 60) as f64),
            ("100000000000000000000", 1e20),
            ("-100000000000000000000", -1e20),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("181.66666666666666", 181.666_666_666_666_66),
            ("-0", -0.0),
        ] {
            for field in [Field::Json(parsed(text)), Field::Text(text)] {
                match value(field, ValueType::F64) {
                    Ok(Typed::Float(found)) => assert_eq!(found.to_bits(), f64::to_bits(double), "{text}"),
                    other => panic!("{text} {other:?}"),
                }
            }
        }
        let huge = "9".repeat(400);
        assert!(value(Field::Json(parsed(&huge)), ValueType::F64).is_err());
        assert!(value(Field::Text(&huge), ValueType::F64).is_err());
    }

    #[test]
    fn what_is_not_finite_is_typed_in_as_it_is_shown() {
        for (text, bits) in [
            ("inf", f64::INFINITY.to_bits()),
            ("-inf", f64::NEG_INFINITY.to_bits()),
            ("NaN", 0x7ff8 << 48),
            ("-NaN", 0xfff8 << 48),
        ] {
            let json = parsed(&format!("\"{text}\""));
            for field in [Field::Json(json), Field::Text(text)] {
                match value(field, ValueType::F64) {
                    Ok(Typed::Float(found)) => assert_eq!(found.to_bits(), bits, "{text}"),
                    other => panic!("{text} {other:?}"),
                }
            }
        }
        for text in [r#""1.5""#, r#""""#, r#""infinity""#] {
            assert!(
                value(Field::Json(parsed(text)), ValueType::F64).is_err(),
                "{text}"
            );
        }
    }
}
