//! Formats, compression, columns and types of the input.

use std::collections::BTreeMap;
use std::io::Write;

use massmap::dynamic::Type;
use massmap::{BytesReader, KnownHashLoader, MassMap, MassMapInner, Xxh3HashLoader};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::Directory;
use crate::harness::fixtures::default_map_with;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

/// The map that the library builds from `entries` with the defaults of the program.
fn map<K: Serialize + std::hash::Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> Vec<u8> {
    default_map_with::<Xxh3HashLoader, _, _>(|builder| builder, entries)
}

/// Builds `text`, in a file of this name. Returns the bytes of the map.
#[track_caller]
fn build(name: &str, text: &str, options: &[&str]) -> Vec<u8> {
    let directory = Directory::with(name, text);
    directory
        .run(["build", "-i", name, "-o", "out"].iter().chain(options))
        .success();
    directory.read("out")
}

/// The entries of the map in `bytes`, which must name the types `K` and `V`.
#[track_caller]
fn entries<K, V>(bytes: &[u8]) -> Vec<(K, V)>
where
    K: Serialize + DeserializeOwned + std::hash::Hash + Ord + Clone,
    V: DeserializeOwned + Clone,
{
    let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(bytes)).unwrap();
    let types = inner.entry_types().unwrap();
    assert_eq!(
        Some(&types.key),
        Type::parse(std::any::type_name::<K>()).schema().as_ref()
    );
    // What JSON values are, their type does not tell.
    if let Some(values) = Type::parse(std::any::type_name::<V>()).schema() {
        assert_eq!(types.value, values);
    }
    let map: MassMap<K, V, _, KnownHashLoader> = inner.cast();
    let mut entries = map.iter().collect::<Result<Vec<_>, _>>().unwrap();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}

#[test]
fn every_format_gives_the_same_bytes_from_files_standard_input_and_compressed_data() {
    let cases = [
        (
            &["--value-type", "string"][..],
            [
                r#"{"a": "1", "b\n\"": "x,\ty", "": ""}"#,
                "[\"a\", \"1\"]\n\n{\"key\": \"b\\n\\\"\", \"value\": \"x,\\ty\"}\r\n \n[\"\", \"\"]",
                "key,value\na,1\n\n\"b\n\"\"\",\"x,\ty\"\n\"\",\n",
                "key\tvalue\r\na\t1\r\n\"b\n\"\"\"\t\"x,\ty\"\r\n\"\"\t\r\n",
            ],
        ),
        (
            &["--key", "id"],
            [
                r#"[{"n": "x", "id": "1", "m": ""}, {"id": "2", "m": "é", "n": "y"}]"#,
                "{\"n\": \"x\", \"id\": \"1\", \"m\": \"\"}\n{\"id\": \"2\", \"m\": \"é\", \"n\": \"y\"}\n",
                "n,id,m\nx,1,\ny,2,é\n",
                "m\tn\tid\n\tx\t1\né\ty\t2\n",
            ],
        ),
        (
            &[
                "--key",
                "id",
                "--value",
                "n",
                "--key-type",
                "i64",
                "--value-type",
                "f64",
            ],
            [
                r#"[{"n": 1.5, "id": 1}, {"id": "-2", "m": "é", "n": 2}]"#,
                "{\"n\": 1.5, \"id\": 1}\n{\"id\": -2, \"n\": 2e0, \"m\": null}",
                "n,more,id,more\n1.5,,1,\n2,,-2,",
                "id\tn\n1\t15e-1\n-2\t2.0\n",
            ],
        ),
        (
            &["--value-type", "json", "--key-type", "u8"],
            [
                r#"{"7": {"a": [1, null]}, "255": "x"}"#,
                "[7, {\"a\": [1, null]}]\n[255, \"x\"]",
                "k,v\n7,\"{\"\"a\"\": [1, null]}\"\n255,\"\"\"x\"\"\"",
                "k\tv\n7\t{\"a\": [1, null]}\n255\t\"\"\"x\"\"\"",
            ],
        ),
    ];
    let directory = Directory::new();
    for (options, texts) in cases {
        let expected = build("in.json", texts[0], options);
        for (format, text) in ["json", "ndjson", "csv", "tsv"].into_iter().zip(texts) {
            let marked = format!("\u{feff}{text}");
            for (name, bytes) in [
                (format!("in.{format}"), marked.into_bytes()),
                (format!("in.{format}.gz"), gzip(text.as_bytes())),
                (format!("in.{format}.zst"), zstd(text.as_bytes())),
            ] {
                directory.write(&name, &bytes);
                let quoted: &[_] = if format == "tsv" { &["--quote", "\""] } else { &[] };
                let options: Vec<_> = options.iter().chain(quoted).copied().collect();
                let from_file = ["build", "-i", &name, "-o", "out"];
                directory.run(from_file.iter().chain(&options)).success();
                assert!(directory.read("out") == expected, "{name} {options:?}");

                let from_stdin = ["build", "-i", "-", "-o", "out", "--input-format", format];
                let arguments = from_stdin.iter().chain(&options);
                directory.run_with_input(&bytes, arguments).success();
                assert!(directory.read("out") == expected, "{format} {options:?}");
            }
        }
    }
}

#[test]
fn the_default_format_comes_from_the_name_and_is_json_for_standard_input() {
    let json = r#"{"a": 1}"#;
    let expected = build("in.json", json, &[]);
    // A name without a format, and one with another format.
    assert!(build("in", json, &[]) == expected);
    assert!(build("in.csv", json, &["--input-format", "json"]) == expected);
    let directory = Directory::new();
    directory
        .run_with_input(json.as_bytes(), ["build", "-i", "-", "-o", "out"])
        .success();
    assert!(directory.read("out") == expected);
}

#[test]
fn several_inputs_are_read_in_order() {
    let directory = Directory::with("a.json", r#"{"a": "1"}"#);
    directory.write("c.csv.gz", gzip(b"k,v\nc,3\na,4\n"));
    let arguments = "build -i a.json -i - -i c.csv.gz -o out --duplicate-keys keep-all";
    directory
        .run_with_input(br#"[["b", "2"]]"#, arguments.split(' '))
        .success();
    let found = directory.run(["get", "out", "a", "b", "c"]).success();
    assert_eq!(found, "\"1\"\n\"2\"\n\"3\"\n");
    let mut all = entries::<String, Value>(&directory.read("out"));
    all.sort_by_key(|(_, value)| value.to_string());
    let values: Vec<_> = all.iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["1", "2", "3", "4"]);
}

#[test]
fn keys_and_values_have_the_requested_types() {
    let csv = "k,v\n1,2\n3,4\n";
    let typed = |key_type, value_type| {
        build(
            "in.csv",
            csv,
            &["--key-type", key_type, "--value-type", value_type],
        )
    };
    assert_eq!(entries::<u64, u64>(&typed("u64", "u64")), [(1, 2), (3, 4)]);
    assert!(typed("u64", "u64") == map(&[(1u64, 2u64), (3, 4)]));
    assert_eq!(entries::<i8, f64>(&typed("i8", "f64")), [(1, 2.0), (3, 4.0)]);
    assert_eq!(entries::<u128, i64>(&typed("u128", "i64")), [(1, 2), (3, 4)]);
    assert_eq!(
        entries::<i16, Value>(&typed("i16", "json")),
        [(1, json!(2)), (3, json!(4))]
    );
    assert_eq!(
        entries::<String, String>(&typed("string", "string")),
        [("1".to_owned(), "2".to_owned()), ("3".to_owned(), "4".to_owned())]
    );
    assert_eq!(
        entries::<u8, bool>(&build(
            "in.json",
            r#"{"1": true, "0": false}"#,
            &["--key-type", "u8", "--value-type", "bool"]
        )),
        [(0, false), (1, true)]
    );
}

#[test]
fn the_default_value_type_is_json_and_string_for_a_column() {
    let strings = [("a".to_owned(), "1".to_owned())];
    let csv = "k,v,w\na,1,2\n";
    assert_eq!(
        entries::<String, String>(&build("in.csv", "k,v\na,1\n", &[])),
        strings
    );
    assert_eq!(
        entries::<String, String>(&build("in.csv", csv, &["--value", "v"])),
        strings
    );
    assert_eq!(
        entries::<String, Value>(&build("in.csv", csv, &[])),
        [("a".to_owned(), json!({"v": "1", "w": "2"}))]
    );
    assert_eq!(
        entries::<String, Value>(&build("in.csv", csv, &["--value-type", "json"])),
        [("a".to_owned(), json!({"v": 1, "w": 2}))]
    );
    assert_eq!(
        entries::<String, Value>(&build("in.json", r#"{"a": 1}"#, &[])),
        [("a".to_owned(), json!(1))]
    );
}

#[test]
fn values_of_one_shape_have_the_schema_that_the_library_finds() {
    let shapes = [
        (json!([1, 2]), json!([3, 4])),
        (json!({"a": 1}), json!({"a": 2, "b": 3})),
        (json!("x"), json!("yy")),
        (json!(1.5), json!(2.25)),
        (json!(1), json!("one")),
        (json!(null), json!({"a": [true]})),
    ];
    for (first, second) in shapes {
        let text = format!("[\"p\", {first}]\n[\"q\", {second}]\n");
        let built = build("in.jsonl", &text, &[]);
        let expected = map(&[("p".to_owned(), first.clone()), ("q".to_owned(), second.clone())]);
        let types = |file: &[u8]| {
            let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(file)).unwrap();
            inner.entry_types().unwrap().clone()
        };
        assert_eq!(types(&built), types(&expected), "{first}, {second}");
        assert_eq!(built, expected, "{first}, {second}");
    }
}

#[test]
fn columns_are_selected_by_name_or_without_a_header_by_number() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let csv = "a,b,c\n1,2,3\n";
    for (options, expected) in [
        (&["--key", "c", "--value", "a"][..], vec![pair("3", "1")]),
        (&["--value", "c"], vec![pair("1", "3")]),
        (
            &["--no-header", "--key", "3", "--value", "2"],
            vec![pair("3", "2"), pair("c", "b")],
        ),
    ] {
        assert_eq!(
            entries::<String, String>(&build("in.csv", csv, options)),
            expected
        );
    }
    // The other one of two columns.
    assert_eq!(
        entries::<String, String>(&build("in.csv", "a,b\n1,2\n", &["--key", "b"])),
        [pair("2", "1")]
    );
    assert_eq!(
        entries::<String, Value>(&build("in.tsv", "1\t2\t3", &["--no-header", "--key", "2"])),
        [("2".to_owned(), json!({"1": "1", "3": "3"}))]
    );
}

#[test]
fn an_endless_input_is_read_only_up_to_the_first_error() {
    let directory = Directory::with("out", "precious");
    let outcome = directory.run_with_writer(
        [
            "build",
            "-i",
            "-",
            "-o",
            "out",
            "--input-format",
            "ndjson",
            "--key-type",
            "u64",
        ],
        |mut pipe| {
            let lines: String = (0..50_000).map(|n| format!("[{n}, null]\n")).collect();
            pipe.write_all(lines.as_bytes()).unwrap();
            // Until the program closes the pipe.
            while pipe.write_all(b"[\"x\", null]\n").is_ok() {}
        },
    );
    let message = r#"standard input: line 50001, record 50001: the key "x" is not of type u64: invalid digit found in string"#;
    assert_eq!(outcome.failure(), message);
    assert_eq!(directory.read("out"), b"precious");
    assert_eq!(directory.names(), ["out"]);
}

/// An entry as a row with every cell in quotes.
fn row(key: &str, value: &Value, delimiter: char) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    format!("{}{delimiter}{}\n", quoted(key), quoted(&value.to_string()))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<String>(), 0..3).prop_map(Value::from),
        prop::collection::btree_map(any::<String>(), any::<u64>(), 0..3).prop_map(|fields| json!(fields)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn entries_written_in_each_format_are_built(
        entries in prop::collection::btree_map(any::<String>(), value(), 1..30),
    ) {
        let directory = Directory::new();
        let expected = map(&entries.clone().into_iter().collect::<Vec<_>>());
        let pairs = |separator: &str| {
            let pairs: Vec<_> = entries.iter().map(|pair| json!(pair).to_string()).collect();
            pairs.join(separator)
        };
        let rows = |delimiter| {
            let rows = entries.iter().map(|(key, value)| row(key, value, delimiter));
            rows.collect::<String>()
        };
        for (name, text) in [
            ("object.json", json!(entries).to_string()),
            ("array.json", format!("[{}]", pairs(", "))),
            ("a.ndjson", pairs("\n")),
            ("a.csv", rows(',')),
            ("a.tsv", rows('\t')),
        ] {
            directory.write(name, text);
            let mut arguments = vec!["build", "-i", name, "-o", "out", "--value-type", "json", "--allow-empty"];
            if !name.ends_with("json") {
                arguments.push("--no-header");
            }
            if name.ends_with("tsv") {
                arguments.extend(["--quote", "\""]);
            }
            directory.run(arguments).success();
            prop_assert!(directory.read("out") == expected, "{}", name);
        }
        let typed: BTreeMap<_, _> = entries.keys().map(|key| (key.len() as u64, key.clone())).collect();
        let lines: String = typed.iter().map(|pair| format!("{}\n", json!(pair))).collect();
        directory.write("typed.ndjson", lines);
        let typed: Vec<_> = typed.into_iter().collect();
        directory.run("build -i typed.ndjson -o out --key-type u64 --value-type string --allow-empty".split(' ')).success();
        prop_assert!(directory.read("out") == map(&typed));
    }
}
