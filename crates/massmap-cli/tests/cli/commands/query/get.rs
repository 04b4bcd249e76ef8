//! `massmap get`: values, misses and keys that cannot be looked up.

use std::collections::BTreeMap;

use massmap::Xxh3HashLoader;
use serde_json::json;

use crate::harness::Directory;
use crate::harness::fixtures::{OwnHashLoader, hundred, map, map_with, paged_map, paged_map_with};

/// The same entries in each format.
fn both_formats<K, V>(entries: &[(K, V)]) -> [Directory; 2]
where
    K: serde::Serialize + std::hash::Hash + Eq,
    V: serde::Serialize,
{
    [
        Directory::with("a", map(4, entries)),
        Directory::with("a", paged_map(entries)),
    ]
}

#[test]
fn values_are_json_lines_in_the_order_of_the_keys() {
    let entries = [
        ("number", json!(-1.5)),
        ("text", json!("two\nlines \u{1F980}")),
        ("object", json!({"b": [1, null], "a": true})),
        ("null", json!(null)),
        ("", json!([])),
    ];
    for directory in both_formats(&entries) {
        let arguments = ["get", "a", "text", "object", "", "text", "null", "number"];
        assert_eq!(
            directory.run(arguments).success(),
            "\"two\\nlines \u{1F980}\"\n{\"a\":true,\"b\":[1,null]}\n[]\n\"two\\nlines \u{1F980}\"\nnull\n-1.5\n"
        );
        assert_eq!(
            directory.run(["get", "--with-keys", "a", "", "number"]).success(),
            "[\"\",[]]\n[\"number\",-1.5]\n"
        );
    }
}

#[test]
fn integer_keys_of_every_type_are_looked_up() {
    macro_rules! integers {
        ($($type:ident)*) => {$(
            for directory in both_formats(&[($type::MIN, 1), ($type::MAX, 2)]) {
                let [min, max] = [$type::MIN, $type::MAX].map(|key| key.to_string());
                assert_eq!(directory.run(["get", "a", &max, &min]).success(), "2\n1\n");
                assert_eq!(
                    directory.run(["get", "--with-keys", "a", &min]).success(),
                    format!("[{min},1]\n")
                );
            }
        )*};
    }
    integers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }
}

#[test]
fn usize_and_isize_keys_are_looked_up_if_the_hash_function_is_stable() {
    let stable = [
        map_with::<Xxh3HashLoader, _, _>(4, &[(7usize, 1), (70_000, 2)]),
        paged_map(&[(7usize, 1), (70_000, 2)]),
        paged_map(&[(7isize, 1), (70_000, 2)]),
    ];
    for bytes in stable {
        let directory = Directory::with("a", bytes);
        assert_eq!(directory.run(["get", "a", "70000", "7"]).success(), "2\n1\n");
        let report = directory.run(["verify", "a"]).success();
        assert!(report.contains("keys      checked as "), "{report}");
    }
    let directory = Directory::with("a", map(4, &[(7usize, 1)]));
    let message = directory.run(["get", "a", "7"]).failure();
    assert!(
        message.contains("keys of type \"usize\" can be neither"),
        "{message}"
    );
}

#[test]
fn keys_may_look_like_options() {
    for directory in both_formats(&[("-k", 1), ("--with-keys", 2), ("--", 3), ("b", 4), ("--help", 5)]) {
        for (keys, values) in [
            (&["-k"][..], "1\n"),
            (&["b", "--with-keys", "-k", "--help"], "4\n2\n1\n5\n"),
            (&["--", "--with-keys", "--", "--help"], "2\n3\n5\n"),
        ] {
            assert_eq!(directory.run(["get", "a"].iter().chain(keys)).success(), values);
        }
    }
}

#[test]
fn a_missing_key_is_an_error_and_others_are_still_printed() {
    for directory in both_formats(&hundred(|n| n.to_string())) {
        assert_eq!(
            directory.run(["get", "a", "x"]).failure(),
            r#"a: there is no key "x""#
        );
        let (stdout, message) = directory
            .run(["get", "a", "1", "x\ny", "2"])
            .failure_after_output();
        assert_eq!(
            (stdout.as_str(), message.as_str()),
            ("1\n2\n", r#"a: there is no key "x\ny""#)
        );

        let outcome = directory.run(["get", "a", "x", "1", "y"]);
        assert_eq!(outcome.code, Some(1));
        assert_eq!(outcome.stdout, "1\n");
        assert_eq!(
            outcome.stderr,
            "massmap: error: a: there is no key \"x\"\nmassmap: error: a: there is no key \"y\"\n"
        );
    }
}

#[test]
fn a_key_of_another_type_is_an_error_and_others_are_still_printed() {
    for directory in both_formats(&[(1u8, "one")]) {
        let (stdout, message) = directory.run(["get", "a", "256", "1"]).failure_after_output();
        assert_eq!(stdout, "\"one\"\n");
        assert_eq!(
            message,
            "a: the key \"256\" is not of type u8: number too large to fit in target type"
        );
    }
}

#[test]
fn a_value_without_a_json_form_is_an_error_and_others_are_still_printed() {
    #[derive(serde::Serialize)]
    #[serde(untagged)]
    enum Odd {
        Large(u128),
        IntegerKeys(BTreeMap<u8, u8>),
        Fine(u8),
    }
    for (odd, cause) in [
        (
            Odd::Large(u128::MAX),
            "a byte array of 16 bytes at byte 0 has no JSON form",
        ),
        (
            Odd::IntegerKeys(BTreeMap::from([(7, 7)])),
            "keys are strings in JSON, but an integer is a key at byte 1",
        ),
    ] {
        let entries = [(1u8, odd), (2, Odd::Fine(0))];
        for bytes in [map(1, &entries), paged_map(&entries)] {
            let (stdout, message) = Directory::with("a", bytes)
                .run(["get", "a", "1", "2"])
                .failure_after_output();
            assert_eq!(stdout, "0\n");
            assert_eq!(
                message,
                format!("a: the value of the key \"1\" cannot be shown as JSON: {cause}")
            );
        }
    }
}

#[test]
fn integers_of_128_bits_are_shown_if_the_value_type_is_one() {
    for directory in both_formats(&[(1u8, u128::MIN), (2, u128::MAX)]) {
        assert_eq!(
            directory.run(["get", "a", "1", "2"]).success(),
            "0\n340282366920938463463374607431768211455\n"
        );
    }
    for directory in both_formats(&[(1u8, i128::MIN), (2, -1)]) {
        assert_eq!(
            directory.run(["get", "a", "1", "2"]).success(),
            "-170141183460469231731687303715884105728\n-1\n"
        );
    }
}

#[test]
fn printed_floats_read_back_the_same() {
    for directory in both_formats(&[("a", 0.1f32), ("b", f32::MAX), ("c", f32::NAN)]) {
        assert_eq!(
            directory.run(["get", "a", "a", "b", "c"]).success(),
            "0.10000000149011612\n3.4028234663852886e+38\n\"NaN\"\n"
        );
    }
    for directory in both_formats(&[
        ("a", vec![181.666_666_666_666_66, -0.0]),
        ("b", vec![f64::NEG_INFINITY]),
    ]) {
        assert_eq!(
            directory.run(["get", "a", "a", "b"]).success(),
            "[181.66666666666666,-0.0]\n[\"-inf\"]\n"
        );
    }
}

#[test]
fn binary_values_are_an_error_and_not_a_panic() {
    struct Binary;
    impl serde::Serialize for Binary {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"\xff\x00")
        }
    }
    for directory in both_formats(&[("k", Binary)]) {
        let message = directory.run(["get", "a", "k"]).failure();
        assert_eq!(
            message,
            "a: the value of the key \"k\" cannot be shown as JSON: a byte array of 2 bytes at byte 0 has no JSON form"
        );
    }
}

#[test]
fn keys_of_unknown_types_and_unknown_hash_functions_cannot_be_looked_up() {
    for directory in both_formats(&[(('x', 1u8), 0)]) {
        let message = directory.run(["get", "a", "x"]).failure();
        assert!(
            message.starts_with("a: keys of type \"(char, u8)\" can be neither looked up"),
            "{message}"
        );
    }
    for bytes in [
        map_with::<OwnHashLoader, _, _>(1, &[("x", 1)]),
        paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &[("x", 1)]),
    ] {
        assert_eq!(
            Directory::with("a", bytes).run(["get", "a", "x"]).failure(),
            "a: keys cannot be looked up: the hash function is \"our own\"; this program knows only \"foldhash\", \"xxh3\""
        );
    }
}

#[test]
fn a_file_that_is_not_a_map_is_an_error() {
    let directory = Directory::with("a", "no map, however one looks at it");
    let message = directory.run(["get", "a", "x"]).failure();
    assert!(
        message.starts_with("a: cannot read it as a massmap file: "),
        "{message}"
    );
    let message = directory.run(["get", "b", "x"]).failure();
    assert!(message.starts_with("b: cannot open the file: "), "{message}");
}
