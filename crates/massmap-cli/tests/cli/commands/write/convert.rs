//! `massmap convert`: the accepted input, and the bytes of 0.1.5.

use serde_json::{Value, json};

use crate::harness::Directory;
use crate::harness::fixtures::{info_json, published_map};

type Entries = Vec<(String, Value)>;

fn entries(entries: &[(&str, Value)]) -> Entries {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

/// Converts `json` and compares output and file with massmap 0.1.5.
#[track_caller]
fn assert_converts(json: &str, options: &[&str], hash_seed: u64, bucket_count: u64, expected: &Entries) {
    let directory = Directory::with("in.json", json);
    let arguments = ["convert", "--input", "in.json", "--output", "out.massmap"];
    let stdout = directory.run(arguments.iter().chain(options)).success();
    let bytes = directory.read("out.massmap");
    assert!(
        bytes == published_map(hash_seed, bucket_count, expected),
        "{json}"
    );
    assert_eq!(stdout, info_json(&bytes));
    assert_eq!(directory.names(), ["in.json", "out.massmap"]);
}

#[test]
fn an_object_is_sorted_and_keeps_the_last_of_equal_keys() {
    assert_converts(
        r#"{"b": 1, "a": [true, null], "é": "x", "b": {"nested": -1.5}, "": 18446744073709551615}"#,
        &[],
        0,
        1 << 16,
        &entries(&[
            ("", json!(u64::MAX)),
            ("a", json!([true, null])),
            ("b", json!({"nested": -1.5})),
            ("é", json!("x")),
        ]),
    );
}

#[test]
fn an_array_of_pairs_keeps_its_order_and_repeated_keys() {
    assert_converts(
        r#"[["b", 1], ["a", 2], ["b", 3]]"#,
        &["--bucket-count", "1"],
        0,
        1,
        &entries(&[("b", json!(1)), ("a", json!(2)), ("b", json!(3))]),
    );
}

#[test]
fn an_array_of_objects_may_have_other_fields() {
    assert_converts(
        r#"[{"key": "b", "value": [[]]}, {"value": 2, "more": {"key": 1}, "key": "a"}, {"key": "k", "key": "c", "value": 0, "value": 3}]"#,
        &["--bucket-count", "2"],
        0,
        2,
        &entries(&[("b", json!([[]])), ("a", json!(2)), ("c", json!(3))]),
    );
}

#[test]
fn pairs_and_objects_may_be_mixed() {
    assert_converts(
        r#"[{"key": "a", "value": null}, ["\u0000\n", {"key": "a", "value": 1}]]"#,
        &["--bucket-count", "7"],
        0,
        7,
        &entries(&[("a", json!(null)), ("\0\n", json!({"key": "a", "value": 1}))]),
    );
}

#[test]
fn no_entries_make_an_empty_map() {
    for json in ["{}", "[]", " \n[ ]\t"] {
        assert_converts(json, &["--bucket-count", "3"], 0, 3, &Entries::new());
    }
}

#[test]
fn seed_bucket_count_and_buffer_size_take_effect() {
    let expected: Entries = (0..200).map(|n| (format!("{n:03}"), json!(n))).collect();
    let json = serde_json::to_string(&expected).unwrap();
    for seed in [1, u64::MAX] {
        for (count, buffer) in [(1, 0), (5, 1), (1000, 100), (1 << 16, usize::MAX)] {
            let options = [
                "--hash-seed",
                &seed.to_string(),
                "--bucket-count",
                &count.to_string(),
                "--buffer-size",
                &buffer.to_string(),
            ];
            assert_converts(&json, &options, seed, count, &expected);
        }
    }
}

#[test]
fn values_up_to_the_limit_of_nesting_convert() {
    // The object itself is one of the 127 levels that serde_json allows.
    let deep = "[".repeat(126) + &"]".repeat(126);
    let value: Value = serde_json::from_str(&deep).unwrap();
    assert_converts(
        &format!(r#"{{"a": {deep}}}"#),
        &["--bucket-count", "1"],
        0,
        1,
        &entries(&[("a", value)]),
    );
}

#[test]
fn unicode_names_convert() {
    let json = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/unicode-names.json"
    ))
    .unwrap();
    let Value::Object(names) = serde_json::from_str(&json).unwrap() else {
        panic!()
    };
    let expected: Entries = names.into_iter().collect();
    assert_eq!(expected.len(), 34_823);
    assert_converts(&json, &[], 0, 1 << 16, &expected);
}

/// Converts `json`, which must fail and leave no file. Returns the cause without the column, which depends on serde_json.
#[track_caller]
fn refusal(json: impl AsRef<[u8]>) -> String {
    let directory = Directory::with("in.json", json);
    let message = directory.run(["convert", "-i", "in.json", "-o", "out"]).failure();
    assert_eq!(directory.names(), ["in.json"]);
    let cause = message
        .strip_prefix("in.json: cannot read the entries: ")
        .unwrap();
    let (cause, _column) = cause.rsplit_once(" column ").unwrap();
    cause.to_owned()
}

#[test]
fn invalid_json_is_an_error_that_names_its_place() {
    for (json, cause) in [
        ("", "EOF while parsing a value at line 1"),
        ("nonsense", "expected ident at line 1"),
        ("{\n\"a\": 1\n", "EOF while parsing an object at line 3"),
        ("{\"a\": 1}\n{}", "trailing characters at line 2"),
        ("{1: 1}", "key must be a string at line 1"),
        ("[\n[\"a\", 1],\n[\"b\", 2}", "expected `,` or `]` at line 3"),
        ("[{\"key\": \"a\", \"value\"}]", "expected `:` at line 1"),
        ("{\"a\": 1e999}", "number out of range at line 1"),
    ] {
        assert_eq!(refusal(json), cause, "{json}");
    }
    assert_eq!(
        refusal(b"{\"a\": \"\xff\"}"),
        "invalid unicode code point at line 1"
    );
}

#[test]
fn errors_name_build_if_it_reads_the_input() {
    for (bytes, cause) in [
        (
            &b"\xef\xbb\xbf{}"[..],
            "it begins with a byte order mark, which is not JSON: remove it, or use build, which skips it",
        ),
        (
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            "it is compressed with gzip: decompress it first, or use build, which does that",
        ),
        (
            b"\x28\xb5\x2f\xfd\x24",
            "it is compressed with zstd: decompress it first, or use build, which does that",
        ),
        (
            b"\xff\xfe{\0}\0",
            "it looks like UTF-16, which is not supported: iconv -f UTF-16 -t UTF-8 in.json | massmap build -i - … reads it",
        ),
        (
            b"k,v\n1,2\n",
            "cannot read the entries: expected value at line 1 column 1; it looks like CSV, which build reads",
        ),
        (
            b"[\"a\", 1]\n[\"b\", 2]\n",
            "cannot read the entries: invalid type: string \"a\", expected [key, value] or {\"key\": …, \"value\": …} as \
             entry 0 at line 1 column 4; it looks like NDJSON, which build reads",
        ),
    ] {
        let directory = Directory::with("in.json", bytes);
        let message = directory.run(["convert", "-i", "in.json", "-o", "out"]).failure();
        assert_eq!(message, format!("in.json: {cause}"));
    }
}

#[test]
fn entries_have_no_size_limit_by_default() {
    let json = format!("{{\"a\": 1,\n\"b\": \"{}\"}}", "x".repeat(100_000));
    let directory = Directory::with("in.json", &json);
    let convert = ["convert", "-i", "in.json", "-o", "out"];
    directory.run(convert).success();
    directory
        .run(convert.iter().chain(&["--max-record", "1M"]))
        .success();
    let message = directory
        .run(convert.iter().chain(&["--max-record", "64K"]))
        .failure();
    assert_eq!(
        message,
        "in.json: cannot read the entries: line 1: the record is longer than 65536 bytes; --max-record allows longer ones"
    );
}

#[test]
fn wrongly_shaped_input_is_an_error_that_names_the_entry() {
    for (json, cause) in [
        ("7", "invalid type: integer `7`, expected FILE"),
        (r#""a\nb""#, r#"invalid type: string "a\nb", expected FILE"#),
        ("null", "invalid type: null, expected FILE"),
        (r#"[["a", 1], 2]"#, "invalid type: integer `2`, expected ENTRY 1"),
        (
            r#"[["a", 1], "b"]"#,
            r#"invalid type: string "b", expected ENTRY 1"#,
        ),
        ("[[]]", "invalid length 0, expected ENTRY 0"),
        (r#"[["a"]]"#, "invalid length 1, expected ENTRY 0"),
        (r#"[["a", 1, [], 4]]"#, "invalid length 4, expected ENTRY 0"),
        (
            r#"[["a", 1], [1, 2]]"#,
            "invalid type: integer `1`, expected KEY 1",
        ),
        (
            r#"[{"key": null, "value": 1}]"#,
            "invalid type: null, expected KEY 0",
        ),
        ("[[[[]]]]", "invalid type: sequence, expected KEY 0"),
        (r#"[{"value": 1}]"#, r#"entry 0 has no field "key""#),
        (r#"[["a", 1], {"key": "b"}]"#, r#"entry 1 has no field "value""#),
    ] {
        let cause = cause
            .replace(
                "FILE",
                r#"an object, or an array of [key, value] or {"key": …, "value": …}"#,
            )
            .replace("ENTRY", r#"[key, value] or {"key": …, "value": …} as entry"#)
            .replace("KEY", "a string as the key of entry");
        assert_eq!(refusal(json), format!("{cause} at line 1"), "{json}");
    }
}

#[test]
fn too_deeply_nested_input_is_an_error() {
    let deep = "[".repeat(100_000);
    assert_eq!(
        refusal(format!(r#"{{"a": {deep}"#)),
        "recursion limit exceeded at line 1"
    );
    assert_eq!(
        refusal(format!(r#"[["a", {deep}"#)),
        "recursion limit exceeded at line 1"
    );
}

#[test]
fn unreadable_input_is_an_error_and_leaves_no_file() {
    let directory = Directory::new();
    let message = directory.run(["convert", "-i", "in.json", "-o", "out"]).failure();
    assert!(
        message.starts_with("in.json: cannot open the file: "),
        "{message}"
    );

    std::fs::create_dir(directory.path("in.json")).unwrap();
    let message = directory.run(["convert", "-i", "in.json", "-o", "out"]).failure();
    assert!(message.starts_with("in.json: cannot "), "{message}");
    assert_eq!(directory.names(), ["in.json"]);
}

#[test]
fn the_output_may_be_the_input() {
    let directory = Directory::with("a", r#"{"a": 1}"#);
    directory
        .run(["convert", "-i", "a", "-o", "a", "--bucket-count", "4"])
        .success();
    assert!(directory.read("a") == published_map(0, 4, &entries(&[("a", json!(1))])));
    assert_eq!(directory.names(), ["a"]);
}
