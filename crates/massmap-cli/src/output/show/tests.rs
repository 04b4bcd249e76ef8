use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::*;

fn encoded(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec_named(value).unwrap()
}

fn shown_as(value: &[u8], encoding: ValueEncoding, notation: Notation) -> Result<String, String> {
    let mut out = Vec::new();
    let checked = check(value, encoding).map_err(|error| error.to_string());
    let written = write(value, encoding, notation, &mut out).map_err(|error| error.to_string());
    assert_eq!(checked, written);
    written.map(|()| String::from_utf8(out).unwrap())
}

fn shown(value: &[u8]) -> Result<String, String> {
    shown_as(value, ValueEncoding::SelfDescribing, Notation::Line)
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
fn non_finite_floats_are_shown_as_they_are_typed_in() {
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
            shown_as(&encoded(&double), ValueEncoding::SelfDescribing, Notation::Debug),
            Ok(format!("Number({text})"))
        );
        assert_eq!(non_finite::parse(text).unwrap().to_bits(), double.to_bits());
    }
    for text in ["", "nan", "Inf", "infinity", "+inf", "1", "1e999"] {
        assert_eq!(non_finite::parse(text), None, "{text}");
    }
}

#[test]
fn integers_of_128_bits_are_shown_if_the_file_names_their_type() {
    let (least, greatest) = (encoded(&i128::MIN), encoded(&u128::MAX));
    assert_eq!(
        shown_as(&least, ValueEncoding::of("i128"), Notation::Line),
        Ok(i128::MIN.to_string())
    );
    assert_eq!(
        shown_as(&greatest, ValueEncoding::of("u128"), Notation::Debug),
        Ok(format!("Number({})", u128::MAX))
    );
    for (value, value_type, byte) in [
        (greatest, "serde_json::value::Value", 0),
        (encoded(&[u128::MAX]), "u128", 1),
    ] {
        assert_eq!(
            shown_as(&value, ValueEncoding::of(value_type), Notation::Line),
            Err(format!(
                "a byte array of 16 bytes at byte {byte} has no JSON form"
            ))
        );
    }
}

#[test]
fn errors_name_the_position_of_what_json_does_not_have() {
    for (bytes, message) in [
        (
            &b"\x92\x01\xc4\x02ab"[..],
            "a byte array of 2 bytes at byte 2 has no JSON form",
        ),
        (b"\xd4\x01a", "an extension of 3 bytes at byte 0 has no JSON form"),
        (
            b"\x81\x07\x08",
            "keys are strings in JSON, but an integer is a key at byte 1",
        ),
        (
            b"\x81\x90\x08",
            "keys are strings in JSON, but an array is a key at byte 1",
        ),
        (b"\x91\xa1\xff", "the string at byte 1 is not UTF-8"),
        (b"\x81\xa1\xff\x01", "the string at byte 1 is not UTF-8"),
        (b"\x92\x01", "invalid MessagePack at byte 2"),
        (b"\xc1", "invalid MessagePack at byte 0"),
        (b"", "invalid MessagePack at byte 0"),
        (b"\x01\x02\x03", "2 bytes follow it"),
    ] {
        assert_eq!(shown(bytes), Err(message.to_owned()), "{bytes:02x?}");
    }
}

#[test]
fn values_of_every_depth_that_files_may_have_are_shown() {
    let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(shown(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        shown(&nested(MAX_DEPTH + 1)),
        Err(format!("it is nested deeper than {MAX_DEPTH} levels"))
    );
}

#[test]
fn members_keep_their_order_even_if_keys_repeat() {
    assert_eq!(
        shown(b"\x83\xa1b\x01\xa1a\x02\xa1b\x80").as_deref(),
        Ok(r#"{"b":1,"a":2,"b":{}}"#)
    );
}

#[test]
fn shown_values_cannot_control_the_terminal() {
    let harmful = "\u{1b}[2K\u{7f}\u{9b}\u{202e}\u{2066}";
    let value = encoded(&json!({ harmful: [harmful] }));
    for notation in [Notation::Line, Notation::Pretty { depth: 3 }, Notation::Debug] {
        let shown = shown_as(&value, ValueEncoding::SelfDescribing, notation).unwrap();
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
        .prop_filter("JSON numbers are finite", |it| it.is_finite());
    // Only characters that serde_json escapes in the same way.
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
        let shown = |notation| shown_as(&bytes, ValueEncoding::SelfDescribing, notation);
        prop_assert_eq!(shown(Notation::Line), Ok(value.to_string()));
        prop_assert_eq!(shown(Notation::Debug), Ok(format!("{value:?}")));
        let pretty = Notation::Pretty { depth: 0 };
        prop_assert_eq!(shown(pretty), Ok(serde_json::to_string_pretty(&value).unwrap()));
        let within = serde_json::to_string_pretty(&[&value]).unwrap();
        prop_assert_eq!(format!("[\n  {}\n]", shown(Notation::Pretty { depth: 1 }).unwrap()), within);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        _ = shown(&bytes);
    }
}
