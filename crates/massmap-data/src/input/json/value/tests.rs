use std::io::BufReader;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn transcode(json: &str) -> Result<Vec<u8>, String> {
    let mut parser = Parser::new(BufReader::with_capacity(7, json.as_bytes()));
    // Behind other bytes, like the part of a record.
    let mut out = b"before".to_vec();
    let transcoded = parser.transcode(&mut out).and_then(|()| parser.end());
    transcoded.map_err(|error| error.into_parts().1.to_string())?;
    Ok(out.strip_prefix(b"before").unwrap().to_vec())
}

#[track_caller]
fn check(value: &Value) {
    let expected = rmp_serde::to_vec(value).unwrap();
    for json in [value.to_string(), serde_json::to_string_pretty(value).unwrap()] {
        assert_eq!(transcode(&json).as_deref(), Ok(&expected[..]));
        let encoded = Parser::new(json.as_bytes()).value().unwrap().encode().unwrap();
        assert_eq!(encoded.as_bytes(), expected);
        // The serializer of the builder writes the same.
        assert_eq!(rmp_serde::to_vec(&encoded).unwrap(), expected);
        assert_eq!(rmp_serde::to_vec_named(&encoded).unwrap(), expected);
    }
}

#[test]
fn lengths_of_every_size_are_encoded_as_by_rmp_serde() {
    for length in [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        check(&json!("x".repeat(length)));
        check(&Value::from(vec![7; length]));
        let members = (0..length).map(|n| (format!("{n:05}"), json!(n)));
        check(&Value::Object(members.collect()));
        check(&json!({ "x".repeat(length): { "y".repeat(length): [length] } }));
    }
}

#[test]
fn members_are_sorted_by_key_bytes_at_every_depth() {
    let json = r#"{"b": {"z": [{"10": 1, "1": {}, "": 2}], "a": null}, "é": 1, "B": 2, "aa": "x", "a": [], "\u0000": 0}"#;
    let expected: Value = serde_json::from_str(json).unwrap();
    assert_eq!(transcode(json), Ok(rmp_serde::to_vec(&expected).unwrap()));
}

#[test]
fn duplicate_members_are_refused_at_every_depth() {
    let members: Vec<_> = (0..300).map(|n| format!("\"{n}\": {n}")).collect();
    for (json, key) in [
        (r#"{"q": 1, "q": 2}"#.to_owned(), "q"),
        (r#"{"q": 1, "q": 1}"#.to_owned(), "q"),
        (r#"[0, {"a": {"c": 1, "b": 2, "c": [3]}}]"#.to_owned(), "c"),
        (r#"{"q": 1, "\u0071": 2}"#.to_owned(), "q"),
        (r#"{"": {}, "b": {}, "": {}}"#.to_owned(), ""),
        (format!("{{{}, \"17\": null}}", members.join(",")), "17"),
    ] {
        assert_eq!(
            transcode(&json),
            Err(format!(
                "an object has two members {key:?}, but a value can keep only one; remove or rename one"
            )),
            "{json}"
        );
    }
    // Members of different objects are not duplicates.
    assert!(transcode(r#"{"q": {"q": 1}, "r": [{"q": 1}, {"q": 2}]}"#).is_ok());
}

#[test]
fn integers_beyond_64_bits_are_refused_at_every_depth() {
    let long = "7".repeat(78);
    for number in ["18446744073709551616", "-9223372036854775809", &long] {
        for json in [
            number.to_owned(),
            format!("[{number}]"),
            format!("{{\"a\": [1, {{\"b\": {number}}}]}}"),
        ] {
            let message = transcode(&json).unwrap_err();
            assert!(
                message.starts_with(&format!("the integer {number} has more than 64 bits")),
                "{message}"
            );
        }
        // Numbers with a fraction are floats.
        assert!(transcode(&format!("{number}.0")).is_ok());
    }
    assert_eq!(
        transcode("18446744073709551615"),
        Ok(rmp_serde::to_vec(&u64::MAX).unwrap())
    );
    assert_eq!(
        transcode("-9223372036854775808"),
        Ok(rmp_serde::to_vec(&i64::MIN).unwrap())
    );
}

#[test]
fn minus_zero_keeps_its_sign() {
    for json in ["-0", "-0.0", "-0e0"] {
        assert_eq!(transcode(json), Ok(rmp_serde::to_vec(&-0.0f64).unwrap()));
    }
}

fn value() -> impl Strategy<Value = Value> {
    let double = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("JSON numbers are finite", |it| it.is_finite());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        double.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The value as JSON, with the members of objects in reverse order.
fn backwards(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(backwards).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let members = members.iter().rev();
            let members: Vec<_> = members
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), backwards(value)))
                .collect();
            format!("{{{}}}", members.join(" , "))
        }
        scalar => scalar.to_string(),
    }
}

proptest! {
    #[test]
    fn every_value_has_the_bytes_that_rmp_serde_writes(value in value()) {
        check(&value);
        prop_assert_eq!(transcode(&backwards(&value)), Ok(rmp_serde::to_vec(&value).unwrap()));
    }
}
