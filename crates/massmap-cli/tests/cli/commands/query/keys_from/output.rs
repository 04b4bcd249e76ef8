//! Formats of the output.

use serde::Serialize;

use super::{get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[derive(Serialize)]
struct Fruit {
    name: &'static str,
    weight: f32,
    colors: Vec<&'static str>,
    price: Option<u128>,
}

fn fruits() -> Directory {
    let fruit = |name, weight, colors, price| Fruit {
        name,
        weight,
        colors,
        price,
    };
    Directory::with(
        "a",
        paged_map(&[
            (
                (1u8, "é"),
                fruit("apple, green", 0.1, vec!["green"], Some(u128::MAX)),
            ),
            ((2, ""), fruit("", f32::NAN, vec![], None)),
        ]),
    )
}

const KEYS: &str = "[1,\"é\"]\n[3,\"\\n\"]\n[2,\"\"]\n";

#[test]
fn structs_are_objects_in_ndjson() {
    let values = [
        format!(
            "{{\"name\":\"apple, green\",\"weight\":0.1,\"colors\":[\"green\"],\"price\":{}}}",
            u128::MAX
        ),
        "null".to_owned(),
        "{\"name\":\"\",\"weight\":\"NaN\",\"colors\":[],\"price\":null}".to_owned(),
    ];
    let keys = ["[1,\"é\"]", "[3,\"\\n\"]", "[2,\"\"]"];
    let lines = |line: &dyn Fn(&str, &str) -> String| -> String {
        keys.iter()
            .zip(&values)
            .map(|(key, value)| line(key, value))
            .collect()
    };
    let directory = fruits();
    for (options, expected) in [
        (
            &[][..],
            lines(&|key, value| format!("{{\"key\":{key},\"value\":{value}}}\n")),
        ),
        (
            &["--with-keys"],
            lines(&|key, value| format!("[{key},{value}]\n")),
        ),
        (&["--values-only"], lines(&|_, value| format!("{value}\n"))),
        (
            &["--values-only", "--format", "ndjson"],
            lines(&|_, value| format!("{value}\n")),
        ),
    ] {
        assert_eq!(
            printed(get(&directory, ("keys", KEYS.as_bytes()), options), [2, 1]),
            expected
        );
    }
}

#[test]
fn parts_of_keys_and_values_are_columns_of_tables() {
    let directory = fruits();
    let csv = format!(
        "key.0,key.1,name,weight,colors,price\n1,é,\"apple, green\",0.1,\"[\"\"green\"\"]\",{}\n3,\"\n\",,,,\n2,\"\",\"\",NaN,[],\n",
        u128::MAX
    );
    let of_csv = printed(
        get(&directory, ("keys", KEYS.as_bytes()), &["--format", "csv"]),
        [2, 1],
    );
    assert_eq!(of_csv, csv);
    // It is a file of keys.
    let again = get(&directory, ("keys.csv", csv.as_bytes()), &["--format", "csv"]);
    assert_eq!(printed(again, [2, 1]), csv);
    let tsv = format!(
        "key.0\tkey.1\tname\tweight\tcolors\tprice\n1\té\tapple, green\t0.1\t[\"green\"]\t{}\n2\t\t\tNaN\t[]\t\n",
        u128::MAX
    );
    let outcome = get(
        &directory,
        ("keys", KEYS.as_bytes()),
        &["--format", "tsv", "--missing", "skip"],
    );
    assert_eq!(printed(outcome, [2, 1]), tsv);
    let outcome = get(
        &directory,
        ("keys", KEYS.as_bytes()),
        &["--format", "csv", "--values-only", "--missing", "skip"],
    );
    assert_eq!(
        printed(outcome, [2, 1]),
        format!(
            "name,weight,colors,price\n\"apple, green\",0.1,\"[\"\"green\"\"]\",{}\n\"\",NaN,[],\n",
            u128::MAX
        )
    );
    let outcome = get(
        &directory,
        ("keys", KEYS.as_bytes()),
        &["--format", "csv", "--key-format", "json", "--missing", "skip"],
    );
    let stdout = printed(outcome, [2, 1]);
    assert!(
        stdout.starts_with("key,name,weight,colors,price\n\"[1,\"\"é\"\"]\",\"apple"),
        "{stdout}"
    );
    // A table without quotes cannot hold the key that is missing.
    let (_, message) =
        get(&directory, ("keys", KEYS.as_bytes()), &["--format", "tsv"]).failure_after_output();
    assert_eq!(
        message,
        "keys: line 2: the key [3,\"\\n\"]: the key cannot be written: `key.1` is a text with a line break, not what a table without quotes can \
         hold: CSV and NDJSON can hold it"
    );
}

#[test]
fn empty_texts_are_told_from_missing_ones_by_their_quotes() {
    let directory = Directory::with("a", paged_map(&[("a", ""), ("", "\"")]));
    let outcome = get(&directory, ("keys", b"a\n\nx"), &["--format", "csv"]);
    assert_eq!(printed(outcome, [2, 1]), "key,value\na,\"\"\n\"\",\"\"\"\"\nx,\n");
    let outcome = get(
        &directory,
        ("keys", b"a\n\nx"),
        &["--format", "csv", "--values-only"],
    );
    assert_eq!(printed(outcome, [2, 1]), "value\n\"\"\n\"\"\"\"\n\"\"\n");
}

#[test]
fn the_name_of_the_output_tells_format_and_compression() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let write = |name: &str| {
        let outcome = get(&directory, ("keys", b"1\n2"), &["-o", name]);
        assert_eq!(printed(outcome, [2, 0]), "");
        directory.read(name)
    };
    assert_eq!(write("out.csv"), b"key,value\n1,1\n2,2\n");
    assert_eq!(write("out.tsv"), b"key\tvalue\n1\t1\n2\t2\n");
    let lines = b"{\"key\":\"1\",\"value\":1}\n{\"key\":\"2\",\"value\":2}\n";
    for name in ["out", "out.txt", "out.ndjson", "out.jsonl"] {
        assert_eq!(write(name), lines, "{name}");
    }
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(&*write("out.csv.gz")),
        &mut unpacked,
    )
    .unwrap();
    assert_eq!(unpacked, b"key,value\n1,1\n2,2\n");
    assert_eq!(zstd::decode_all(&*write("out.ndjson.zst")).unwrap(), lines);
    let message = get(&directory, ("keys", b"1"), &["-o", "out.json"]).usage_error();
    assert!(
        message.contains("get does not write json: give --format, or another name"),
        "{message}"
    );
    let message = get(&directory, ("keys", b"1"), &["-o", "/dev/stderr"]).usage_error();
    assert!(message.contains("give - for standard output"), "{message}");
}

#[test]
fn a_default_is_the_value_of_missing_keys() {
    let directory = fruits();
    let default = "{\"price\":7,\"colors\":[],\"name\":\"none\",\"weight\":-0.0}";
    let outcome = get(
        &directory,
        ("keys", b"[9,\"\"]"),
        &["--default", default, "--values-only"],
    );
    assert_eq!(
        printed(outcome, [0, 1]),
        "{\"name\":\"none\",\"weight\":-0.0,\"colors\":[],\"price\":7}\n"
    );
    let message = get(&directory, ("keys", b""), &["--default", "{\"name\":\"\"}"]).failure();
    assert!(
        message.starts_with("--default \"{\\\"name\\\":\\\"\\\"}\": "),
        "{message}"
    );
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    assert_eq!(
        directory
            .run(["get", "--default", "7", "a", "100", "1"])
            .success(),
        "7\n1\n"
    );
    for (default, cause) in [
        ("null", ": it is null, not u64"),
        ("-1", ": it is -1, not u64"),
        ("\"1\"", ": it is the string \"1\", not u64"),
        (
            "1 2",
            " is not JSON, in which texts are in quotes: trailing characters",
        ),
        (
            "none",
            " is not JSON, in which texts are in quotes: expected ident",
        ),
        (
            "",
            " is not JSON, in which texts are in quotes: EOF while parsing a value",
        ),
    ] {
        let message = directory.run(["get", "--default", default, "a", "1"]).failure();
        assert_eq!(message, format!("--default {default:?}{cause}"));
    }
    let message = directory
        .run(["get", "--default", "7", "--missing", "skip", "a", "1"])
        .usage_error();
    assert!(message.contains("cannot be used with"), "{message}");
}
