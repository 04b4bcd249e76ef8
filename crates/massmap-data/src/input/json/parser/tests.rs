use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind, Read};

use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;
use crate::input::json::value::JsonValue;

/// The value that the whole of `json` is, read through a buffer of `capacity` bytes.
fn parse_through(json: &[u8], capacity: usize) -> Result<JsonValue, JsonError> {
    let mut parser = Parser::new(BufReader::with_capacity(capacity, json));
    let value = parser.value()?;
    parser.end()?;
    Ok(value)
}

fn parse(json: impl AsRef<[u8]>) -> Result<JsonValue, String> {
    let json = json.as_ref();
    let [at_once, piecemeal] = [1 << 16, 1].map(|capacity| {
        let parsed = parse_through(json, capacity);
        parsed.map_err(|error| error.to_string())
    });
    assert_eq!(at_once, piecemeal);
    at_once
}

/// Skips the value that the whole of `json` is.
fn skip(json: &str) -> Result<(), String> {
    let mut parser = Parser::new(BufReader::with_capacity(1, json.as_bytes()));
    let skipped = parser.skip().and_then(|()| parser.end());
    skipped.map_err(|error| error.to_string())
}

#[test]
fn strings_may_contain_every_escape() {
    for (json, text) in [
        (r#""""#, ""),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u0000\u00e9\u20AC\ud83e\udd80""#, "\0é€🦀"),
        ("\"é€🦀\u{7f}\u{80}\"", "é€🦀\u{7f}\u{80}"),
    ] {
        assert_eq!(parse(json), Ok(JsonValue::Text(text.to_owned())), "{json}");
    }
}

#[test]
fn errors_are_worded_as_in_serde_json() {
    let deep = "[".repeat(128);
    for json in [
        "",
        " \n\t\r",
        "n",
        "nul",
        "nulx",
        "trux",
        "fals",
        "x",
        "[",
        "[1",
        "[1 2",
        "[1,]",
        "[1}",
        "[1,",
        "{",
        "{\"a\"",
        "{\"a\" 1",
        "{\"a\":",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1 2",
        "{\"a\":1,}",
        "{\"a\":1]",
        "{a",
        "{1:2}",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12",
        "\"\\u12g4\"",
        "\"\u{1f}\"",
        "1 2",
        "[] []",
        "1e400",
        "-1e999",
        "{\"a\":\n\n  [1,\n 2 3]}",
        &deep,
    ] {
        let ours = parse(json).unwrap_err();
        let theirs = serde_json::from_str::<Value>(json).unwrap_err().to_string();
        let without_column = |message: &str| {
            let (cause, _) = message.split_once(" column ").unwrap();
            cause.to_owned()
        };
        assert_eq!(without_column(&ours), without_column(&theirs), "{json:?}");
    }
}

#[test]
fn errors_name_line_and_column() {
    for (json, place) in [
        ("[1,\n  x]", "line 2 column 3"),
        ("\n\n  [1 \n 2]", "line 4 column 2"),
        ("{\"é\": nul}", "line 1 column 11"),
        ("[\n", "line 2 column 0"),
    ] {
        let message = parse(json).unwrap_err();
        assert!(message.ends_with(&format!(" at {place}")), "{message}");
    }
}

#[test]
fn invalid_unicode_is_an_error() {
    for json in [
        &b"\"\xff\""[..],
        b"\"\xc3\"",
        b"\"a\xed\xa0\x80\"",
        b"[\"\xf4\x90\x80\x80\"]",
        b"{\"\xff\": 1}",
    ] {
        let message = parse(json).unwrap_err();
        assert!(message.starts_with("invalid unicode code point at "), "{message}");
        let mut parser = Parser::new(json);
        assert!(parser.skip().is_err(), "{json:?}");
    }
    for json in [
        r#""\ud800""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\ud800\ud800""#,
        r#""\udc00""#,
    ] {
        let message = parse(json).unwrap_err();
        assert!(
            message.starts_with("lone surrogate in hex escape at "),
            "{message}"
        );
        assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
    }
}

#[test]
fn the_limit_of_nesting_is_that_of_serde_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| {
            let inner = if open == "[" { "" } else { "1" };
            open.repeat(depth) + inner + &close.repeat(depth)
        };
        for depth in [127, 128, 100_000] {
            let json = nested(depth);
            let theirs = serde_json::from_str::<Value>(&json).is_ok();
            assert_eq!(parse(&json).is_ok(), theirs, "{depth}");
            assert_eq!(skip(&json).is_ok(), theirs, "{depth}");
        }
    }
}

#[test]
fn read_errors_are_reported_and_interruptions_are_retried() {
    /// Returns `[`, then is interrupted, then fails.
    struct Broken(u8);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => (&b"["[..]).read(buffer),
                2 => Err(ErrorKind::Interrupted.into()),
                _ => Err(std::io::Error::other("broken")),
            }
        }
    }
    let error = Parser::new(BufReader::new(Broken(0))).value().unwrap_err();
    let (position, problem) = error.into_parts();
    assert!(matches!(problem, Problem::Unreadable(_)), "{problem}");
    assert_eq!((position.line, position.column), (1, 1));
}

#[test]
fn long_strings_are_skipped_in_parts() {
    let long = "é".repeat(1 << 17);
    for json in [format!("\"{long}\""), format!("\"x{long}\"")] {
        assert_eq!(skip(&json), Ok(()));
        assert!(skip(&json[..json.len() - 1]).is_err());
    }
}

/// The value that serde_json reads, but with exact floats: the standard library parses these, since serde_json may read a float
/// as its neighbour.
fn exact(json: &RawValue) -> Value {
    let text = json.get();
    match text.as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<Box<RawValue>> = serde_json::from_str(text).expect("a part of valid JSON");
            elements.iter().map(|element| exact(element)).collect()
        }
        Some(b'{') => {
            let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).expect("likewise");
            members
                .iter()
                .map(|(name, member)| (name.clone(), exact(member)))
                .collect()
        }
        _ => match serde_json::from_str(text).expect("likewise") {
            Value::Number(number) if number.is_f64() => text.parse::<f64>().expect("a number").into(),
            value => value,
        },
    }
}

/// Texts that are JSON or nearly so.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = [
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "\"a\"",
        "\"b\"",
        "1",
        "-0",
        "2.5",
        "1e3",
        "01",
        "null",
        "true",
        "false",
        " ",
        "\n",
        "\"\\u0061\"",
        "\"\\",
        "x",
        "18446744073709551616",
        "é",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_serde_json_reads_is_read_unless_it_cannot_be_kept_exactly(json in nearly_json()) {
        let theirs = serde_json::from_str::<Value>(&json);
        let theirs = theirs.map(|_| exact(serde_json::from_str(&json).expect("it is JSON")));
        if theirs.is_ok() {
            prop_assert_eq!(skip(&json), Ok(()));
        }
        match parse_through(json.as_bytes(), 3) {
            Ok(value) => {
                let theirs = theirs.unwrap();
                // A number alone keeps its text until its type is known.
                match value.encode() {
                    Ok(encoded) => prop_assert_eq!(encoded.as_bytes(), rmp_serde::to_vec(&theirs).unwrap()),
                    Err(_) => prop_assert!(theirs.is_f64()),
                }
            }
            Err(error) => match error.into_parts().1 {
                // Found before other errors.
                Problem::DuplicateMember { .. } | Problem::IntegerTooLong { .. } => {}
                _ => prop_assert!(theirs.is_err(), "{json}"),
            },
        }
    }
}
