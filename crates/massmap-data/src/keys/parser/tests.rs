use massmap::dynamic::{Key, Value};

use super::*;

fn parser(type_name: &str, notation: Option<KeyNotation>) -> KeyParser {
    KeyParser::new(&Type::parse(type_name), None, type_name, notation).unwrap()
}

/// The encoding of the key that a text stands for.
fn encode(type_name: &str, notation: Option<KeyNotation>, text: &str) -> Result<Vec<u8>, String> {
    let parser = parser(type_name, notation);
    let mut encoded = Vec::new();
    let outcome = parser.parse(text, &mut encoded);
    outcome.map(|()| encoded).map_err(|error| format!("{error:#}"))
}

/// The encoding of a key.
fn encoded(type_name: &str, key: impl Into<Value>) -> Vec<u8> {
    let key: Value = key.into();
    Type::parse(type_name)
        .key(Key::from(&key))
        .unwrap()
        .as_bytes()
        .to_vec()
}

#[track_caller]
fn check(type_name: &str, notation: Option<KeyNotation>, text: &str, key: impl Into<Value>) {
    assert_eq!(
        encode(type_name, notation, text),
        Ok(encoded(type_name, key)),
        "{text:?}"
    );
}

#[test]
fn scalars_are_what_their_text_says() {
    for text in [
        "",
        "a",
        "\0",
        "a\nb\r\n",
        "\"quoted\"",
        "\u{feff}",
        &"é".repeat(1 << 19),
    ] {
        check("string", None, text, text);
    }
    macro_rules! integers {
        ($($type:ident)*) => {$(
            for number in [$type::MIN, 0, 1, $type::MAX] {
                check(stringify!($type), None, &number.to_string(), number);
                check(stringify!($type), Some(KeyNotation::Json), &number.to_string(), number);
                check(stringify!($type), Some(KeyNotation::Json), &format!("\"{number}\""), number);
            }
        )*};
    }
    integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }
    check("bool", None, "true", true);
    check("bool", Some(KeyNotation::Json), " false ", false);
    check("char", None, "é", 'é');
    check("char", None, "\0", '\0');
    check("char", Some(KeyNotation::Json), r#""\u0000""#, '\0');
}

#[test]
fn strings_and_bytes_have_other_notations() {
    let json = Some(KeyNotation::Json);
    let (hex, base64) = (Some(KeyNotation::Hex), Some(KeyNotation::Base64));
    check("string", json, r#""a\u0000\n\ud83e\udd80""#, "a\0\n\u{1f980}");
    check("string", hex, "6100c3a9", "a\0é");
    check("string", base64, "YQDDqQ==", "a\0é");
    let bytes = || Value::Bytes(b"\x00\xffa".to_vec());
    check("bytes", None, "AP9h", bytes());
    check(
        "bytes",
        Some(KeyNotation::Text),
        "abc",
        Value::Bytes(b"abc".to_vec()),
    );
    check("bytes", hex, "00ff61", bytes());
    check("bytes", json, r#""AP9h""#, bytes());
    for type_name in ["[u8]", "[u8; 3]"] {
        check(type_name, None, "[0, 255, 97]", bytes());
        check(type_name, hex, "00ff61", bytes());
        check(type_name, base64, "AP9h", bytes());
    }
}

#[test]
fn compound_keys_are_json() {
    let pair = "(u32, string)";
    check(pair, None, r#"[7, "seven"]"#, (7, "seven"));
    check(pair, None, r#"[7, ""]"#, (7, ""));
    check("optional string", None, "null", Value::Null);
    check("optional string", None, r#""null""#, "null");
    check("optional i8", None, "-1", -1);
    check(
        "[(bool, char)]",
        None,
        r#"[[true, "x"], [false, "\\"]]"#,
        vec![(true, 'x'), (false, '\\')],
    );
    check("[string; 2]", None, r#"["a", "b"]"#, ["a", "b"]);
    check("[u64]", None, "[]", Vec::<u64>::new());
    let wide = format!("[{}, [{}]]", u128::MAX, i128::MIN);
    check(
        "(u128, [i128])",
        None,
        &wide,
        Value::Array(vec![u128::MAX.into(), vec![i128::MIN].into()]),
    );
}

#[test]
fn texts_that_are_no_keys_are_errors() {
    let json = Some(KeyNotation::Json);
    for (type_name, notation, text, message) in [
        (
            "u8",
            None,
            "256",
            "the key \"256\" is not of type u8: number too large to fit in target type",
        ),
        (
            "u8",
            None,
            "-1",
            "the key \"-1\" is not of type u8: invalid digit found in string",
        ),
        (
            "u8",
            None,
            "",
            "the key \"\" is not of type u8: cannot parse integer from empty string",
        ),
        (
            "u8",
            None,
            " 1",
            "the key \" 1\" is not of type u8: invalid digit found in string",
        ),
        (
            "u8",
            json,
            "256",
            "the key \"256\" is not of type u8: it is 256, not u8",
        ),
        (
            "u8",
            json,
            "1.5",
            "the key \"1.5\" is not of type u8: it is 1.5, not u8",
        ),
        (
            "u8",
            json,
            "\"x\"",
            "the key \"\\\"x\\\"\" is not of type u8: invalid digit found in string",
        ),
        (
            "bool",
            None,
            "yes",
            "the key \"yes\" is not of type bool: provided string was not `true` or `false`",
        ),
        (
            "char",
            None,
            "ab",
            "the key \"ab\" is not of type char: too many characters in string",
        ),
        (
            "char",
            None,
            "",
            "the key \"\" is not of type char: cannot parse char from empty string",
        ),
        (
            "string",
            Some(KeyNotation::Hex),
            "ff",
            "the key \"ff\" is not of type string: strings are UTF-8, and the bytes are not: invalid utf-8 sequence of 1 bytes from \
             index 0",
        ),
        (
            "string",
            json,
            "a",
            "the key \"a\" is not of type string: expected value",
        ),
        (
            "string",
            json,
            "\"a\" 1",
            "the key \"\\\"a\\\" 1\" is not of type string: trailing characters",
        ),
        (
            "(u32, string)",
            None,
            "[7]",
            "the key \"[7]\" is not of type (u32, string): it is an array of 1 element, not (u32, string)",
        ),
        (
            "(u32, string)",
            None,
            "[7, \"\", 1]",
            "the key \"[7, \\\"\\\", 1]\" is not of type (u32, string): it is an array of 3 elements, not (u32, string)",
        ),
        (
            "[u8; 2]",
            None,
            "[1, 2, 3]",
            "the key \"[1, 2, 3]\" is not of type [u8; 2]: it is an array of 3 elements, not [u8; 2]",
        ),
        (
            "core::num::nonzero::NonZero<u8>",
            None,
            "0",
            "the integer 0 is outside the range of u8, which the keys of the file are made of",
        ),
    ] {
        assert_eq!(encode(type_name, notation, text), Err(message.to_owned()));
    }
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    assert!(encode("[u8]", None, &deep).is_err());
}

#[test]
fn parts_come_from_several_texts_if_the_key_is_a_tuple_of_them() {
    let pair = parser("(u32, optional string)", None);
    assert!(pair.check_parts(1).is_ok());
    assert!(pair.check_parts(2).is_ok());
    assert_eq!(
        pair.check_parts(3).unwrap_err().to_string(),
        "keys of type (u32, optional string) have 2 parts, but 3 columns are given"
    );
    assert_eq!(
        parser("string", None).check_parts(2).unwrap_err().to_string(),
        "keys of type string have no parts; give one column"
    );
    let cell = |index, text| {
        let mut encoded = Vec::new();
        let parsed = pair.parse_cell(index, 2, text, &mut encoded);
        parsed.map(|()| encoded).map_err(|error| format!("{error:#}"))
    };
    assert_eq!(cell(0, "7"), Ok(b"\x07".to_vec()));
    // As an export writes them.
    assert_eq!(cell(1, ""), Ok(b"\xc0".to_vec()));
    assert_eq!(cell(1, "a"), Ok(b"\xa1a".to_vec()));
    assert_eq!(cell(1, "null"), Ok(b"\xa4null".to_vec()));
    assert_eq!(
        cell(0, "x"),
        Err("\"x\" is not of type u32: invalid digit found in string".to_owned())
    );
}

#[test]
fn keys_of_types_that_only_a_program_knows_are_refused() {
    for name in ["my::Key", "f64", "alloc::collections::BTreeMap<u8, u8>"] {
        let error = KeyParser::new(&Type::parse(name), None, name, None).unwrap_err();
        assert!(
            error.to_string().contains("can be hashed only by a Rust program"),
            "{error}"
        );
    }
}
