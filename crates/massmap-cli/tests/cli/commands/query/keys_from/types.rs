//! Keys of every type that can be looked up.

use serde::Serialize;
use serde::Serializer;

use super::{both_formats, get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{map, paged_map};

/// Checks that the keys on the lines of a file are found, and printed as `json`, in both formats of maps.
#[track_caller]
fn check<K: Serialize + std::hash::Hash + Eq>(keys: [K; 2], lines: &str, json: [&str; 2], options: &[&str]) {
    let [one, other] = keys;
    for directory in both_formats(&[(one, 1), (other, 2)]) {
        let outcome = get(&directory, ("keys", lines.as_bytes()), options);
        let expected = format!(
            "{{\"key\":{},\"value\":1}}\n{{\"key\":{},\"value\":2}}\n",
            json[0], json[1]
        );
        assert_eq!(printed(outcome, [2, 0]), expected);
    }
}

#[test]
fn integers_of_every_type_are_looked_up() {
    macro_rules! integers {
        ($($type:ident)*) => {$(
            let text = [$type::MIN, $type::MAX].map(|key| key.to_string());
            let lines = format!("{}\n{}\n", text[0], text[1]);
            let json = [text[0].as_str(), text[1].as_str()];
            for options in [&[][..], &["--key-format", "text"], &["--key-format", "json"]] {
                check([$type::MIN, $type::MAX], &lines, json, options);
            }
        )*};
    }
    integers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }
}

#[test]
fn booleans_and_characters_are_looked_up() {
    check([false, true], "false\ntrue\n", ["false", "true"], &[]);
    check(
        ['x', '\u{1f980}'],
        "x\n\u{1f980}",
        [r#""x""#, "\"\u{1f980}\""],
        &[],
    );
    check(
        ['"', '\0'],
        "\"\\\"\"\n\"\\u0000\"",
        [r#""\"""#, r#""\u0000""#],
        &["--key-format", "json"],
    );
}

#[test]
fn any_string_is_looked_up() {
    check(["", "a b\t"], "\na b\t\n", [r#""""#, r#""a b\t""#], &[]);
    check(["\"a\"", "é"], "\"a\"\r\né\r\n", [r#""\"a\"""#, r#""é""#], &[]);
}

#[test]
fn strings_with_line_breaks_and_nuls_are_looked_up() {
    check(["a\nb\r", ""], "a\nb\r\0\0", [r#""a\nb\r""#, r#""""#], &["-0"]);
    check(
        ["a\0b", "\r\n"],
        "\"a\\u0000b\"\n\"\\r\\n\"\n",
        [r#""a\u0000b""#, r#""\r\n""#],
        &["--key-format", "json"],
    );
    check(
        ["a\0b", "\r\n"],
        "610062\n0d0A\n",
        [r#""610062""#, r#""0d0a""#],
        &["--key-format", "hex"],
    );
    check(
        ["a\0b", "\r\n"],
        "YQBi\nDQo=\n",
        [r#""YQBi""#, r#""DQo=""#],
        &["--key-format", "base64"],
    );
}

#[test]
fn a_megabyte_is_looked_up() {
    let long = "é\n".repeat(350_000);
    for directory in both_formats(&[(long.clone(), 1u8), ("short".to_owned(), 2)]) {
        let key = serde_json::to_string(&long).unwrap();
        let lines = format!("{key}\n\"short\"\n{key}");
        let outcome = get(
            &directory,
            ("keys", lines.as_bytes()),
            &["--key-format", "json", "--values-only"],
        );
        assert_eq!(printed(outcome, [3, 0]), "1\n2\n1\n");
        let outcome = get(
            &directory,
            ("keys", format!("{long}\0short").as_bytes()),
            &["-0", "--with-keys"],
        );
        assert_eq!(printed(outcome, [2, 0]), format!("[{key},1]\n[\"short\",2]\n"));
    }
}

#[test]
fn tuples_sequences_and_optional_keys_are_json() {
    check(
        [(7u32, "seven".to_owned()), (0, String::new())],
        "[7, \"seven\"]\n[0, \"\"]\n",
        [r#"[7,"seven"]"#, r#"[0,""]"#],
        &[],
    );
    check([Some(-1i8), None], "-1\nnull", ["-1", "null"], &[]);
    check([Some("null"), None], "\"null\"\nnull", [r#""null""#, "null"], &[]);
    check(
        [vec![(true, 'a')], vec![]],
        "[[true, \"a\"]]\n[]",
        [r#"[[true,"a"]]"#, "[]"],
        &[],
    );
    check(
        [[1u128, u128::MAX], [2, 3]],
        &format!("[1,{}]\n[2,3]", u128::MAX),
        [&format!("[1,{}]", u128::MAX), "[2,3]"],
        &[],
    );
    check([vec![0u8, 255], vec![]], "[0,255]\n[]\n", ["[0,255]", "[]"], &[]);
    check(
        [vec![0u8, 255], vec![]],
        "00ff\n\n",
        [r#""00ff""#, r#""""#],
        &["--key-format", "hex"],
    );
}

/// Bytes, as serde has them.
#[derive(PartialEq, Eq, Hash)]
struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn bytes_are_base64_or_hexadecimal_digits_or_text() {
    // Format 1 does not tell that they are bytes.
    let directory = Directory::with("a", paged_map(&[(Bytes(b"\x00\xff"), 1), (Bytes(b"ab"), 2)]));
    for (lines, json, options) in [
        ("AP8=\nYWI\n", ["AP8=", "YWI="], &[][..]),
        ("AP8\nYWI=\n", ["AP8=", "YWI="], &["--key-format", "base64"]),
        ("00ff\n6162\n", ["00ff", "6162"], &["--key-format", "hex"]),
        (
            "\"AP8=\"\n\"YWI=\"\n",
            ["AP8=", "YWI="],
            &["--key-format", "json"],
        ),
    ] {
        let outcome = get(&directory, ("keys", lines.as_bytes()), options);
        let [one, other] = json;
        assert_eq!(
            printed(outcome, [2, 0]),
            format!("{{\"key\":\"{one}\",\"value\":1}}\n{{\"key\":\"{other}\",\"value\":2}}\n")
        );
        // On the command line as well.
        let keys = lines.lines();
        let arguments = ["get"].iter().chain(options).copied().chain(["a"]).chain(keys);
        assert_eq!(directory.run(arguments).success(), "1\n2\n");
    }
    let outcome = get(&directory, ("keys", b"ab"), &["--key-format", "text"]);
    assert_eq!(printed(outcome, [1, 0]), "{\"key\":\"YWI=\",\"value\":2}\n");
    let directory = Directory::with("a", map(4, &[(Bytes(b"ab"), 1)]));
    let message = get(&directory, ("keys", b"ab"), &[]).failure();
    assert!(
        message.contains("can be hashed only by a Rust program"),
        "{message}"
    );
}

#[test]
fn keys_on_the_command_line_have_the_same_notations() {
    let entries = [((7u8, "a".to_owned()), 1), ((8, "\0\n".to_owned()), 2)];
    for (directory, name) in both_formats(&entries)
        .into_iter()
        .zip(["(u8, alloc::string::String)", "(u8, string)"])
    {
        assert_eq!(
            directory
                .run(["get", "a", "[7,\"a\"]", "[8,\"\\u0000\\n\"]"])
                .success(),
            "1\n2\n"
        );
        assert_eq!(
            directory.run(["get", "--with-keys", "a", "[7, \"a\"]"]).success(),
            "[[7,\"a\"],1]\n"
        );
        let message = directory.run(["get", "a", "[7]"]).failure();
        assert_eq!(
            message,
            format!(
                "a: the key \"[7]\" is not of type {name}: it is an array of 1 element, not (u8, string)"
            )
        );
        let message = directory.run(["get", "a", "7,a"]).failure();
        assert!(
            message.starts_with(&format!(
                "a: keys of type \"{name}\" can be neither looked up nor shown as plain text; give them as JSON: the key \"7,a\" "
            )),
            "{message}"
        );
        let message = directory.run(["get", "--key-format", "hex", "a", "07"]).failure();
        assert_eq!(
            message,
            "a: keys of type (u8, string) cannot be written as hex; give json"
        );
    }
    for directory in both_formats(&[("", 1), ("a\0b", 2)]) {
        let arguments = [
            "get",
            "--key-format",
            "json",
            "--with-keys",
            "a",
            "\"a\\u0000b\"",
            "\"\"",
        ];
        assert_eq!(
            directory.run(arguments).success(),
            "[\"a\\u0000b\",2]\n[\"\",1]\n"
        );
    }
}

#[test]
fn any_key_is_missing_in_a_map_without_keys() {
    let none: [(u64, u8); 0] = [];
    let directory = Directory::with("a", paged_map(&none));
    let outcome = get(&directory, ("keys", b"x\n7"), &[]);
    assert_eq!(
        printed(outcome, [0, 2]),
        "{\"key\":\"x\",\"value\":null}\n{\"key\":\"7\",\"value\":null}\n"
    );
}
