use super::*;
use crate::input::json::parser::Parser;
use crate::types::encoded_json::EncodedJson;

fn parsed(json: &str) -> JsonValue {
    Parser::new(json.as_bytes()).value().unwrap()
}

fn encoded(json: &str) -> EncodedJson {
    parsed(json).encode().unwrap()
}

fn json_key(json: &str, key_type: KeyType) -> Result<DynamicValue, String> {
    key(Field::Json(parsed(json)), key_type).map_err(|error| format!("{error:#}"))
}

fn text_key(text: &str, key_type: KeyType) -> Result<DynamicValue, String> {
    key(Field::Text(text), key_type).map_err(|error| format!("{error:#}"))
}

#[test]
fn integer_keys_are_numbers_or_strings_of_digits() {
    assert_eq!(json_key("7", KeyType::U8), Ok(DynamicValue::Unsigned(7)));
    assert_eq!(json_key(r#""7""#, KeyType::U8), Ok(DynamicValue::Unsigned(7)));
    assert_eq!(text_key("7", KeyType::U8), Ok(DynamicValue::Unsigned(7)));
    assert_eq!(json_key("-128", KeyType::I8), Ok(DynamicValue::Signed(-128)));
    assert_eq!(
        json_key(&u64::MAX.to_string(), KeyType::U64),
        Ok(DynamicValue::Unsigned(u64::MAX.into()))
    );
    assert_eq!(
        json_key(&i64::MIN.to_string(), KeyType::I64),
        Ok(DynamicValue::Signed(i64::MIN.into()))
    );
    assert_eq!(
        json_key(&u64::MAX.to_string(), KeyType::U128),
        Ok(DynamicValue::Unsigned(u64::MAX.into()))
    );
    assert_eq!(json_key("-1", KeyType::I128), Ok(DynamicValue::Signed(-1)));
    assert_eq!(
        json_key(&format!("\"{}\"", u128::MAX), KeyType::U128),
        Ok(DynamicValue::Unsigned(u128::MAX))
    );
}

#[test]
fn keys_that_are_not_integers_of_their_type_are_errors() {
    for (key, message) in [
        ("256", "the key 256 is not of type u8"),
        ("-1", "the key -1 is not of type u8"),
        ("1.5", "the key 1.5 is not of type u8"),
        ("1.0", "the key 1.0 is not of type u8"),
        (
            r#""256""#,
            r#"the key "256" is not of type u8: number too large to fit in target type"#,
        ),
        (
            r#"" 1""#,
            r#"the key " 1" is not of type u8: invalid digit found in string"#,
        ),
        (
            r#""""#,
            r#"the key "" is not of type u8: cannot parse integer from empty string"#,
        ),
    ] {
        assert_eq!(json_key(key, KeyType::U8), Err(message.to_owned()));
    }
    for (key, key_type) in [
        ("340282366920938463463374607431768211456", KeyType::U128),
        ("-170141183460469231731687303715884105729", KeyType::I128),
        ("18446744073709551616", KeyType::U64),
    ] {
        let message = format!("the key {key} is not of type {}", key_type.name());
        assert_eq!(json_key(key, key_type), Err(message));
    }
}

#[test]
fn string_keys_are_taken_unchanged() {
    assert_eq!(
        json_key(r#"" a\n""#, KeyType::Text),
        Ok(DynamicValue::Text(" a\n".to_owned()))
    );
    assert_eq!(text_key("", KeyType::Text), Ok(DynamicValue::Text(String::new())));
    assert_eq!(
        json_key("7", KeyType::Text),
        Err("the key 7 is not of type string; --key-type can make keys integers".to_owned())
    );
}

#[test]
fn values_of_another_type_are_errors() {
    let text =
        |text: &str, value_type| value(Field::Text(text), value_type).map_err(|error| format!("{error:#}"));
    let json = |json: &str, value_type| {
        value(Field::Json(parsed(json)), value_type).map_err(|error| format!("{error:#}"))
    };
    assert_eq!(
        text("1", ValueType::Json),
        Ok(DynamicValue::Json(encoded(r#""1""#)))
    );
    assert_eq!(
        text("1", ValueType::String),
        Ok(DynamicValue::Text("1".to_owned()))
    );
    assert_eq!(text("1", ValueType::U64), Ok(DynamicValue::Unsigned(1)));
    assert_eq!(text("-1", ValueType::I64), Ok(DynamicValue::Signed(-1)));
    assert_eq!(text("1", ValueType::F64), Ok(DynamicValue::Float(1.0)));
    assert_eq!(
        text("-inf", ValueType::F64),
        Ok(DynamicValue::Float(f64::NEG_INFINITY))
    );
    assert_eq!(text("true", ValueType::Bool), Ok(DynamicValue::Bool(true)));
    assert_eq!(
        json("[1]", ValueType::Json),
        Ok(DynamicValue::Json(encoded("[1]")))
    );
    assert_eq!(
        json(r#""a""#, ValueType::String),
        Ok(DynamicValue::Text("a".to_owned()))
    );
    assert_eq!(json("1", ValueType::U64), Ok(DynamicValue::Unsigned(1)));
    assert_eq!(json("-1", ValueType::I64), Ok(DynamicValue::Signed(-1)));
    assert_eq!(json("1", ValueType::F64), Ok(DynamicValue::Float(1.0)));
    assert_eq!(json("true", ValueType::Bool), Ok(DynamicValue::Bool(true)));

    assert_eq!(
        text("-1", ValueType::U64),
        Err(r#"the value "-1" is not of type u64: invalid digit found in string"#.to_owned())
    );
    assert_eq!(
        text("-1e999", ValueType::F64),
        Err(r#"the value "-1e999" is not of type f64: number out of range"#.to_owned())
    );
    assert!(text("", ValueType::F64).is_err() && text("yes", ValueType::Bool).is_err());
    assert_eq!(
        json(r#""1""#, ValueType::U64),
        Err(r#"the value "1" is not of type u64"#.to_owned())
    );
    assert_eq!(
        json("null", ValueType::String),
        Err("the value null is not of type string".to_owned())
    );
    assert_eq!(
        json("[1]", ValueType::Bool),
        Err("the value […] is not of type bool".to_owned())
    );
}

#[test]
fn integers_of_128_bits_are_exact() {
    let number = |text: &str| Field::Json(parsed(text));
    for text in [u128::MAX.to_string(), "18446744073709551616".to_owned()] {
        let expected = DynamicValue::Unsigned(text.parse().unwrap());
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
        let expected = DynamicValue::Signed(text.parse().unwrap());
        assert_eq!(key(number(&text), KeyType::I128).unwrap(), expected);
        assert_eq!(value(number(&text), ValueType::I128).unwrap(), expected);
        assert_eq!(value(Field::Text(&text), ValueType::I128).unwrap(), expected);
    }
}

#[test]
fn doubles_are_rounded_to_the_nearest_in_every_notation() {
    for (text, double) in [
        // In the notation of JavaScript.
        ("1152921504606847000", (1u64 << 60) as f64),
        ("100000000000000000000", 1e20),
        ("-100000000000000000000", -1e20),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("181.66666666666666", 181.666_666_666_666_66),
        ("-0", -0.0),
    ] {
        for field in [Field::Json(parsed(text)), Field::Text(text)] {
            match value(field, ValueType::F64) {
                Ok(DynamicValue::Float(found)) => {
                    assert_eq!(found.to_bits(), f64::to_bits(double), "{text}")
                }
                other => panic!("{text} {other:?}"),
            }
        }
    }
    let huge = "9".repeat(400);
    assert!(value(Field::Json(parsed(&huge)), ValueType::F64).is_err());
    assert!(value(Field::Text(&huge), ValueType::F64).is_err());
}

#[test]
fn non_finite_floats_are_typed_in_as_they_are_shown() {
    for (text, bits) in [
        ("inf", f64::INFINITY.to_bits()),
        ("-inf", f64::NEG_INFINITY.to_bits()),
        ("NaN", 0x7ff8 << 48),
        ("-NaN", 0xfff8 << 48),
    ] {
        let json = parsed(&format!("\"{text}\""));
        for field in [Field::Json(json), Field::Text(text)] {
            match value(field, ValueType::F64) {
                Ok(DynamicValue::Float(found)) => assert_eq!(found.to_bits(), bits, "{text}"),
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
