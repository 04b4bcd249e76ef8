use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::*;

fn encoded(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec_named(value).unwrap()
}

fn shown_as(value: &[u8], value_type: ValueType, notation: Notation) -> Result<String, String> {
    let mut out = Vec::new();
    let checked = check(value, value_type).map_err(|error| error.to_string());
    let written = write(value, value_type, notation, &mut out).map_err(|error| error.to_string());
    assert_eq!(checked, written);
    written.map(|()| String::from_utf8(out).unwrap())
}

fn shown(value: &[u8]) -> Result<String, String> {
    shown_as(value, ValueType::Other, Notation::Line)
}

#[test]
fn doubles_and_floats_are_read_back_the_same() {
    for double in [
        181.666_666_666_666_66,
        0.1,
        -0.0,
        5e-324,
        f64::MAX,
        1e16,
        1.0,
        9_007_199_254_740_993.0,
    ] {
        let text = shown(&encoded(&double)).unwrap();
        assert_eq!(text.parse::<f64>().unwrap().to_bits(), double.to_bits(), "{text}");
        assert_eq!(text, json!(double).to_string());
    }
    for float in [0.1f32, f32::MIN_POSITIVE, f32::MAX, -0.0, 16_777_217.0, 1.0e-45] {
        let text = shown(&encoded(&float)).unwrap();
        assert_eq!(text.parse::<f32>().unwrap().to_bits(), float.to_bits(), "{text}");
        assert_eq!(text.parse::<f64>().unwrap(), f64::from(float), "{text}");
    }
}

#[test]
fn what_is_not_finite_is_shown_as_it_can_be_typed_in() {
    for (double, float, text) in [
        (f64::NAN.copysign(1.0), f32::NAN.copysign(1.0), "NaN"),
        (f64::NAN.copysign(-1.0), f32::NAN.copysign(-1.0), "-NaN"),
        (f64::INFINITY, f32::INFINITY, "inf"),
        (f64::NEG_INFINITY, f32::NEG_INFINITY, "-inf"),
    ] {
        let in_quotes = format!("\"{text}\"");
        assert_eq!(shown(&encoded(&double)), Ok(in_quotes.clone()));
        assert_eq!(shown(&encoded(&[double])), Ok(format!("[{in_quotes}]")));
        assert_eq!(shown(&encoded(&float)), Ok(in_quotes));
        assert_eq!(
            shown_as(&encoded(&double), ValueType::Other, Notation::Debug),
            Ok(format!("Number({text})"))
        );
        assert_eq!(not_finite(text).unwrap().to_bits(), double.to_bits());
    }
    for text in ["", "nan", "Inf", "infinity", "+inf", "1", "1e999"] {
        assert_eq!(not_finite(text), None, "{text}");
    }
}

#[test]
fn integers_of_128_bits_are_shown_where_the_file_names_their_type() {
    let (least, greatest) = (encoded(&i128::MIN), encoded(&u128::MAX));
    assert_eq!(
        shown_as(&least, ValueType::of("i128"), Notation::Line),
        Ok(i128::MIN.to_string())
    );
    assert_eq!(
        shown_as(&greatest, ValueType::of("u128"), Notation::Debug),
        Ok(format!("Number({})", u128::MAX))
    );
    for (value, value_type, byte) in [
        (greatest, "serde_json::value::Value", 0),
        (encoded(&[u128::MAX]), "u128", 1),
    ] {
        assert_eq!(
            shown_as(&value, ValueType::of(value_type), Notation::Line),
            Err(format!(
                "JSON has nothing like a byte array of 16 bytes, which is at byte {byte} of it"
            ))
        );
    }
}

#[test]
fn what_json_does_not_have_is_an_error_that_says_where() {
    for (bytes, message) in [
        (
            &b"\x92\x01\xc4\x02ab"[..],
            "JSON has nothing like a byte array of 2 bytes, which is at byte 2 of it",
        ),
        (
            b"\xd4\x01a",
            "JSON has nothing like an extension of 3 bytes, which is at byte 0 of it",
        ),
        (
            b"\x81\x07\x08",
            "keys are strings in JSON, and an integer is one at byte 1 of it",
        ),
        (
            b"\x81\x90\x08",
            "keys are strings in JSON, and an array is one at byte 1 of it",
        ),
        (b"\x91\xa1\xff", "the string at byte 1 of it is no UTF-8"),
        (b"\x81\xa1\xff\x01", "the string at byte 1 of it is no UTF-8"),
        (b"\x92\x01", "at byte 2 of it is no MessagePack"),
        (b"\xc1", "at byte 0 of it is no MessagePack"),
        (b"", "at byte 0 of it is no MessagePack"),
        (b"\x01\x02\x03", "2 bytes follow it"),
    ] {
        assert_eq!(shown(bytes), Err(message.to_owned()), "{bytes:02x?}");
    }
}

#[test]
fn values_are_shown_as_deep_as_they_are_stored() {
    let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(shown(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        shown(&nested(MAX_DEPTH + 1)),
        Err(format!("it nests deeper than {MAX_DEPTH}"))
    );
}

#[test]
fn members_are_shown_in_their_order_even_if_keys_repeat() {
    assert_eq!(
        shown(b"\x83\xa1b\x01\xa1a\x02\xa1b\x80").as_deref(),
        Ok(r#"{"b":1,"a":2,"b":{}}"#)
    );
}

#[test]
fn nothing_that_is_shown_can_steer_the_terminal() {
    let harmful = "\u{1b}[2K\u{7f}\u{9b}\u{202e}\u{2066}";
    let value = encoded(&json!({ harmful: [harmful] }));
    for notation in [Notation::Line, Notation::Pretty { depth: 3 }, Notation::Debug] {
        let shown = shown_as(&value, ValueType::Other, notation).unwrap();
        assert!(
            shown
                .replace('\n', "")
                .chars()
                .all(|it| (' '..='~').contains(&it)),
            "{shown:?}"
        );
    }
}

fn value() -> impl Strategy<Value = Value> {
    let double = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("JSON has no others", |it| it.is_finite());
    // None that is escaped here and not in serde_json.
    let text = "[a-zé🦀\"\\\\\n\u{1}/ ]{0,6}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        double.prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn values_are_shown_as_serde_json_shows_them(value in value()) {
        let bytes = encoded(&value);
        let shown = |notation| shown_as(&bytes, ValueType::Other, notation);
        prop_assert_eq!(shown(Notation::Line), Ok(value.to_string()));
        prop_assert_eq!(shown(Notation::Debug), Ok(format!("{value:?}")));
        let pretty = Notation::Pretty { depth: 0 };
        prop_assert_eq!(shown(pretty), Ok(serde_json::to_string_pretty(&value).unwrap()));
        let within = serde_json::to_string_pretty(&[&value]).unwrap();
        prop_assert_eq!(format!("[\n  {}\n]", shown(Notation::Pretty { depth: 1 }).unwrap()), within);
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        _ = shown(&bytes);
    }
}
