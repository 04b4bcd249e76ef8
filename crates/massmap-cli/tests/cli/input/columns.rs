//! Keys and values of several columns of text.

use massmap::{BytesReader, KnownHashLoader, MassMap, MassMapInner};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{Directory, refusal_of};

const CSV: &str = "a,b,x,y\nk,1,1.5,t\nk,2,2.5,u\nl,1,-1,v\n";
const TSV: &str = "y\tx\tb\ta\nt\t1.5\t1\tk\nu\t2.5\t2\tk\nv\t-1\t1\tl\n";
const NDJSON: &str = r#"{"y": "t", "b": 1, "x": 1.5, "a": "k"}
{"a": "k", "b": "2", "x": 2.5, "y": "u"}
{"b": 1, "x": -1, "y": "v", "a": "l"}
"#;
const INPUTS: [(&str, &str); 3] = [("in.csv", CSV), ("in.tsv", TSV), ("in.ndjson", NDJSON)];

/// All columns, with their types.
const TYPED: [&str; 8] = [
    "--key",
    "a,b",
    "--key-type",
    "string,u64",
    "--value",
    "x,y",
    "--value-type",
    "f64,string",
];

#[derive(Debug, PartialEq, Deserialize)]
struct Point {
    x: f64,
    y: String,
}

/// Builds the input.
#[track_caller]
fn built(name: &str, text: &str, options: &[&str]) -> Directory {
    let directory = Directory::with(name, text);
    let arguments = ["build", "-i", name, "-o", "out"];
    directory.run(arguments.iter().chain(options)).success();
    directory
}

fn open<K, V: DeserializeOwned>(directory: &Directory) -> MassMap<K, V, BytesReader<Vec<u8>>, KnownHashLoader>
where
    K: DeserializeOwned + std::hash::Hash + Eq + serde::Serialize,
{
    let map = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(directory.read("out"))).unwrap();
    map.cast()
}

/// What would be built: the types of keys and values, and the columns of each.
#[track_caller]
fn schema(name: &str, text: &str, options: &[&str]) -> [(String, Vec<(String, String)>); 2] {
    let directory = Directory::with(name, text);
    let arguments = ["build", "-i", name, "--schema"];
    let shown = directory.run(arguments.iter().chain(options)).success();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    ["key", "value"].map(|part| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let columns = shown[part]["columns"].as_array().unwrap().iter();
        let columns = columns.map(|column| (text(&column["name"]), text(&column["type"])));
        (text(&shown[part]["type"]), columns.collect())
    })
}

#[test]
fn programs_find_tuples_and_read_structs_in_files_of_both_formats() {
    for (name, text) in INPUTS {
        for format in ["v1", "v2"] {
            for hash in ["xxh3", "foldhash"] {
                let options = [&TYPED[..], &["--format", format, "--hash", hash]].concat();
                let directory = built(name, text, &options);
                let map = open::<(String, u64), Point>(&directory);
                assert_eq!(map.meta().key_type, "(string, u64)", "{name} {format}");
                assert_eq!(map.meta().value_type, "{x: f64, y: string}", "{name} {format}");
                for (key, number, x, y) in [("k", 1, 1.5, "t"), ("k", 2, 2.5, "u"), ("l", 1, -1.0, "v")] {
                    let point = Point { x, y: y.to_owned() };
                    assert_eq!(
                        map.get(&(key.to_owned(), number)).unwrap(),
                        Some(point),
                        "{name} {format} {hash}"
                    );
                    let key = json!([key, number]).to_string();
                    let found = directory.run(["get", "out", &key]).success();
                    assert_eq!(found, json!([x, y]).to_string() + "\n");
                }
                assert_eq!(map.get(&("l".to_owned(), 2)).unwrap(), None);
                directory.run(["verify", "out"]).success();
            }
        }
    }
}

#[test]
fn every_format_of_text_gives_the_same_bytes() {
    let [csv, tsv, ndjson] = INPUTS.map(|(name, text)| built(name, text, &TYPED).read("out"));
    assert!(csv == tsv && csv == ndjson);
    let lines: Vec<_> = NDJSON.lines().collect();
    let json = built("in.json", &format!("[{}]", lines.join(",\n")), &TYPED);
    assert!(json.read("out") == csv);
    // Without a header, columns are numbered.
    let (_, rows) = CSV.split_once('\n').unwrap();
    let numbered = [
        "--no-header",
        "--key",
        "1,2",
        "--key-type",
        "string,u64",
        "--value",
        "3,4",
        "--value-as",
        "tuple",
        "--value-type",
        "f64,string",
    ];
    let numbered = built("in.csv", rows, &numbered);
    let tuples = [&TYPED[..], &["--value-as", "tuple"]].concat();
    assert!(numbered.read("out") == built("in.ndjson", NDJSON, &tuples).read("out"));
    let map = open::<(String, u64), (f64, String)>(&numbered);
    assert_eq!(
        map.get(&("k".to_owned(), 2)).unwrap(),
        Some((2.5, "u".to_owned()))
    );
}

#[test]
fn several_inputs_are_matched_by_the_names_of_the_chosen_columns() {
    let directory = Directory::new();
    let files = [
        ("1.csv", "a,b,x,y\nk,1,1.5,t\n"),
        (
            "2.ndjson",
            "{\"y\": \"u\", \"x\": 2.5, \"z\": 0, \"b\": 2, \"a\": \"k\"}\n",
        ),
        ("3.csv", "more,y,x,b,a\n,v,-1,1,l\n"),
    ];
    for (name, text) in files {
        directory.write(name, text);
    }
    let whole = built("in.csv", CSV, &TYPED).read("out");
    for order in [["1.csv", "2.ndjson", "3.csv"], ["2.ndjson", "3.csv", "1.csv"]] {
        let inputs = order.iter().flat_map(|name| ["-i", *name]);
        let arguments = ["build", "-o", "out"].into_iter().chain(inputs).chain(TYPED);
        directory.run(arguments).success();
        assert!(directory.read("out") == whole, "{order:?}");
    }
    directory.write("4.csv", "a,c,x,y\n");
    let arguments = ["build", "-o", "new", "-i", "1.csv", "-i", "4.csv"];
    let message = directory.run(arguments.into_iter().chain(TYPED)).failure();
    assert!(
        message.starts_with("4.csv: line 1: its columns are not those of 1.csv: it lacks \"b\";"),
        "{message}"
    );
    let arguments = ["build", "-o", "new", "-i", "2.ndjson", "-i", "4.csv"];
    let message = directory.run(arguments.into_iter().chain(TYPED)).failure();
    assert_eq!(
        message,
        "4.csv: line 1: there is no column \"b\" among \"a\", \"c\", \"x\", \"y\""
    );
}

#[test]
fn without_a_value_it_is_the_only_other_column_or_an_object_of_all_others() {
    let keys = ["--key", "a,b", "--key-type", "string,u64"];
    let directory = built("in.csv", CSV, &["--key", "a,b,x"]);
    let map = open::<(String, String, String), String>(&directory);
    assert_eq!(
        map.get(&["k", "2", "2.5"].map(str::to_owned).into())
            .unwrap()
            .as_deref(),
        Some("u"),
    );
    // Its members are sorted, as those of other objects.
    for (name, text, options, x) in [
        ("in.csv", CSV, &keys[..], json!("2.5")),
        ("in.tsv", TSV, &keys, json!("2.5")),
        ("in.ndjson", NDJSON, &keys, json!(2.5)),
    ] {
        let directory = built(name, text, options);
        let map = open::<(String, u64), Value>(&directory);
        assert_eq!(
            map.get(&("k".to_owned(), 2)).unwrap(),
            Some(json!({"x": x, "y": "u"})),
            "{name}"
        );
    }
    let [csv, tsv] =
        [("in.csv", CSV), ("in.tsv", TSV)].map(|(name, text)| built(name, text, &keys).read("out"));
    assert!(csv == tsv);
    // With a type, the cells are JSON.
    let text = "a,b,x,y\nk,1,\"[1, {\"\"c\"\": 2, \"\"b\"\": 1}]\",null\n";
    let directory = built("in.csv", text, &[&keys[..], &["--value-type", "json"]].concat());
    let map = open::<(String, u64), Value>(&directory);
    let expected = json!({"x": [1, {"b": 1, "c": 2}], "y": null});
    assert_eq!(map.get(&("k".to_owned(), 1)).unwrap(), Some(expected));
}

#[test]
fn one_type_is_that_of_all_columns_and_the_default_that_of_single_columns() {
    let typed =
        |name: &str, text: &str, options: &[&str]| schema(name, text, options).map(|(whole, _)| whole);
    let columns = ["--key", "a,b", "--value", "x,y"];
    assert_eq!(
        typed("in.csv", CSV, &columns),
        ["(string, string)", "{x: string, y: string}"]
    );
    assert_eq!(
        typed("in.ndjson", NDJSON, &columns),
        ["(string, string)", "{x: any, y: any}"]
    );
    let one = [&columns[..], &["--key-type", "u8", "--value-type", "i64"]].concat();
    for (name, text) in INPUTS {
        assert_eq!(
            typed(name, text, &one),
            ["(u8, u8)", "{x: i64, y: i64}"],
            "{name}"
        );
        let [key, value] = schema(name, text, &TYPED);
        let column = |name: &str, of_type: &str| (name.to_owned(), of_type.to_owned());
        assert_eq!(key.1, [column("a", "string"), column("b", "u64")]);
        assert_eq!(value.1, [column("x", "f64"), column("y", "string")]);
    }
    // The members of objects in fields of any type are sorted, as in values of one field.
    let text = r#"{"key": 1, "v": {"b": 1, "a": [null, true]}, "w": 1e3}"#;
    let directory = built("in.ndjson", text, &["--key-type", "u64", "--value", "v,w"]);
    let map = open::<u64, (Value, f64)>(&directory);
    let expected = (json!({"a": [null, true], "b": 1}), 1000.0);
    assert_eq!(map.get(&1).unwrap(), Some(expected));
    let other = r#"{"key": 1, "v": {"a": [null, true], "b": 1}, "w": 1000.0}"#;
    let other = built("in.ndjson", other, &["--key-type", "u64", "--value", "v,w"]);
    assert!(other.read("out") == directory.read("out"));
}

#[test]
fn names_with_commas_are_those_of_columns_or_in_quotes() {
    let text = "a,\"b,c\",b,c\n1,2,3,4\n";
    for (value, expected) in [
        ("b,c", json!("2")),
        ("c,b", json!(["4", "3"])),
        ("\"b,c\"", json!("2")),
        ("\"b,c\",b", json!(["2", "3"])),
    ] {
        let directory = built("in.csv", text, &["--key", "a", "--value", value]);
        let found = directory.run(["get", "out", "1"]).success();
        assert_eq!(found, expected.to_string() + "\n", "{value}");
    }
    let text = r#"{"key": "1", "b,c": "2", "b": "3", "c": "4"}"#;
    for (value, expected) in [
        ("b,c", json!(["3", "4"])),
        ("\"b,c\"", json!("2")),
        ("c,\"b,c\"", json!(["4", "2"])),
    ] {
        let directory = built("in.ndjson", text, &["--value", value]);
        let found = directory.run(["get", "out", "1"]).success();
        assert_eq!(found, expected.to_string() + "\n", "{value}");
    }
}

#[test]
fn more_columns_than_a_file_has_names_for_are_refused() {
    let names: Vec<_> = (0..700).map(|number| format!("col{number:03}")).collect();
    let header = names.join(",");
    let directory = Directory::with("in.csv", format!("id,{header}\n1{}\n", ",x".repeat(700)));
    let build = |options: &[&str]| {
        let arguments = ["build", "-i", "in.csv", "-o", "out", "--value", &header];
        directory.run(arguments.iter().chain(options))
    };
    assert_eq!(
        build(&[]).failure(),
        "in.csv: line 1: a file has 16 KiB for the names and types of fields, 24 levels deep, and those of the value do not fit: \
         choose fewer columns, or --value-as tuple for values without such names"
    );
    build(&["--value-as", "tuple"]).success();
}

#[test]
fn choices_that_do_not_fit_are_errors_that_say_what_to_do() {
    let both = "the field \"b\" is both in the key and in the value, which ndjson cannot have; choose it for one of them";
    for (in_table, in_json, options) in [
        (
            "line 1: the column \"a\" is chosen twice",
            "the field \"a\" is chosen twice",
            &["--key", "a,a"][..],
        ),
        (
            "line 1: the column \"x\" is chosen twice",
            "the field \"x\" is chosen twice",
            &["--key", "a", "--value", "x,y,x"],
        ),
        (
            "line 1: there is no column \"c\" among \"a\", \"b\", \"x\", \"y\"",
            "line 1, column 38, record 1: there is no field \"c\"",
            &["--key", "a,c"],
        ),
        (
            "line 1: there is no column \"\" among \"a\", \"b\", \"x\", \"y\"",
            "line 1, column 38, record 1: there is no field \"\"",
            &["--key", "a,"],
        ),
        (
            "line 1: --key-type has 3 types, but the key has the columns \"a\", \"b\": give one for each, or one for all",
            "--key-type has 3 types, but the key has the columns \"a\", \"b\": give one for each, or one for all",
            &["--key", "a,b", "--key-type", "string,u64,u64"],
        ),
        (
            "line 1: --value-type has 3 types, but the value has the columns \"x\", \"y\": give one for each, or one for all",
            "--value-type has 3 types, but the value has the columns \"x\", \"y\": give one for each, or one for all",
            &["--key", "a", "--value", "x,y", "--value-type", "f64,json,json"],
        ),
        (
            "--key-type has 2 types, but the key has the column \"a\": give one type",
            "--key-type has 2 types, but the key has the column \"a\": give one type",
            &["--key", "a", "--key-type", "string,u64"],
        ),
        (
            "--value-type has 2 types, but the value has the column \"x\": give one type",
            "--value-type has 2 types, but the value has the column \"x\": give one type",
            &["--key", "a", "--value", "x", "--value-type", "string,u64"],
        ),
        (
            "line 1: --value-type has 2 types, but the value is an object of all that is not the key: choose its columns with --value",
            "--value-type has 2 types, but the value is an object of all that is not the key: choose its columns with --value",
            &["--key", "a,b", "--value-type", "f64,string"],
        ),
        (
            "line 1: values of type u64 come from one column: choose it with --value",
            "values of type u64 come from one column: choose it with --value",
            &["--key", "a,b", "--value-type", "u64"],
        ),
        (
            "line 2, record 1, field \"x\": the value is of another type, which --value-type chooses: it is 1.5, not u64",
            "line 1, column 27, record 1: the value is of another type, which --value-type chooses: `x` is 1.5, not u64",
            &[
                "--key",
                "a,b",
                "--key-type",
                "string,u64",
                "--value",
                "y,x",
                "--value-type",
                "string,u64",
            ],
        ),
        (
            "line 2, record 1, field \"a\": the key is of another type, which --key-type chooses: it is \"k\", not u64",
            "line 1, column 37, record 1: the key is of another type, which --key-type chooses: `a` is \"k\", not u64",
            &["--key", "b,a", "--key-type", "u64"],
        ),
        (
            "",
            both,
            &["--key", "a,b", "--value", "b,x", "--value-type", "f64"],
        ),
    ] {
        let message = refusal_of("in.ndjson", NDJSON, options);
        assert!(message.starts_with(&format!("in.ndjson: {in_json}")), "{message}");
        if !in_table.is_empty() {
            let message = refusal_of("in.csv", CSV, options);
            assert!(message.starts_with(&format!("in.csv: {in_table}")), "{message}");
        }
    }
    let message = refusal_of("in.csv", CSV, &["--key", "a,b,x,y"]);
    assert_eq!(
        message,
        "in.csv: line 1: the key has all columns, \"a\", \"b\", \"x\", \"y\", and none is left for the value; --value chooses some"
    );
    let message = refusal_of("in.csv", "a,b,x,x\n1,2,3,4\n", &["--key", "a,b"]);
    assert_eq!(
        message,
        "in.csv: line 1: there are two columns \"x\"; choose the value with --value"
    );
    // In a table, a column may be both, but not as the same list.
    let directory = built("in.csv", CSV, &["--key", "a,b", "--value", "b,x"]);
    assert_eq!(
        directory.run(["get", "out", r#"["k", "2"]"#]).success(),
        "[\"2\",\"2.5\"]\n"
    );
    for (options, complaint) in [
        (
            &["--key", "a,b", "--value", "a,b"][..],
            "--key and --value are both \"a,b\"",
        ),
        (
            &["--key", "a,b", "--value", "x", "--value-as", "tuple"],
            "--value-as needs an input of --input-format parquet or arrow, or several columns in --value",
        ),
        (
            &["--key-type", "string", "--key-type", "u64"],
            "cannot be used multiple times",
        ),
    ] {
        let directory = Directory::with("in.csv", CSV);
        let arguments = ["build", "-i", "in.csv", "-o", "out"];
        let message = directory.run(arguments.iter().chain(options)).usage_error();
        assert!(message.contains(complaint), "{message}");
    }
}

#[test]
fn records_of_json_that_lack_a_field_have_it_twice_or_are_no_objects_are_errors() {
    for (text, problem) in [
        (
            r#"["a", 1]"#,
            "an object with the fields \"a\", \"b\", \"x\", \"y\"",
        ),
        (r#"{"a": "k", "b": 1, "x": 1}"#, "there is no field \"y\""),
        (r#"{"a": "k", "x": 1, "y": ""}"#, "there is no field \"b\""),
        (
            r#"{"a": "k", "b": 1, "a": "k", "x": 1, "y": ""}"#,
            "there are two fields \"a\"",
        ),
        (
            r#"{"a": "k", "b": 1, "x": 1, "y": "", "y": ""}"#,
            "there are two fields \"y\"",
        ),
        (
            r#"{"a": null, "b": 1, "x": 1, "y": ""}"#,
            "`a` is null, not string",
        ),
        (r#"{"a": "k", "b": -1, "x": 1, "y": ""}"#, "`b` is -1, not u64"),
        (
            r#"{"a": "k", "b": "x", "x": 1, "y": ""}"#,
            "`b` is \"x\", not u64",
        ),
        (r#"{"a": "k", "b": 1, "x": "1", "y": ""}"#, "`x` is 1, not f64"),
    ] {
        for (name, text) in [("in.ndjson", text.to_owned()), ("in.json", format!("[{text}]"))] {
            let message = refusal_of(name, text, &TYPED);
            assert!(
                message.contains("record 1: ") && message.contains(problem),
                "{message}"
            );
        }
    }
    let text = r#"{"a": "k", "b": 1, "c": 1, "c": 2}"#;
    let message = refusal_of("in.ndjson", text, &["--key", "a,b", "--key-type", "string,u64"]);
    assert!(
        message.ends_with("record 1: there are two fields \"c\""),
        "{message}"
    );
}

#[test]
fn duplicate_keys_are_shown_with_both_records() {
    let advice = "give --duplicate-keys first, last or keep-all to keep one of them or all";
    let csv = format!("{CSV}k,2,0,w\n");
    let message = refusal_of("in.csv", csv, &TYPED);
    assert_eq!(
        message,
        format!("in.csv: line 3, record 2 and line 5, record 4 both have the key [\"k\",2]; {advice}")
    );
    let ndjson = format!("{NDJSON}{{\"a\": \"k\", \"b\": 2, \"x\": 0, \"y\": \"\"}}\n");
    let message = refusal_of("in.ndjson", &ndjson, &TYPED);
    assert_eq!(
        message,
        format!("in.ndjson: line 2, record 2 and line 4, record 4 both have the key [\"k\",2]; {advice}")
    );
    // Standard input cannot be read again, but its key is known.
    let directory = Directory::new();
    let arguments = ["build", "-i", "-", "-o", "out", "--input-format", "csv"];
    let csv = format!("{CSV}k,2,0,w\n");
    let outcome = directory.run_with_input(csv.as_bytes(), arguments.iter().chain(&TYPED));
    let message = outcome.failure();
    assert!(message.contains("have the key [\"k\",2]; "), "{message}");
    // The last of them is kept if that is asked for.
    let directory = built(
        "in.ndjson",
        &ndjson,
        &[&TYPED[..], &["--duplicate-keys", "last"]].concat(),
    );
    let map = open::<(String, u64), Point>(&directory);
    let last = Point {
        x: 0.0,
        y: String::new(),
    };
    assert_eq!(map.get(&("k".to_owned(), 2)).unwrap(), Some(last));
}

#[test]
fn empty_inputs_have_the_types_of_their_columns() {
    for (name, text, options) in [
        ("in.csv", "a,b,x,y\n", &[][..]),
        ("in.json", "[]", &[]),
        ("in.ndjson", "", &["--allow-empty"]),
        ("in.csv", "", &["--allow-empty"]),
    ] {
        let [key, value] = schema(name, text, &[&TYPED[..], options].concat());
        assert_eq!(
            (&*key.0, &*value.0),
            ("(string, u64)", "{x: f64, y: string}"),
            "{name}"
        );
        built(name, text, &[&TYPED[..], options].concat());
    }
}

#[test]
fn messages_about_many_and_long_names_are_short() {
    let names: Vec<_> = (0..300).map(|number| format!("column {number}")).collect();
    let all = names.join(",");
    let long = "n".repeat(100_000);
    for (name, text, options) in [
        ("in.csv", format!("{all}\n"), vec!["--key", &all]),
        (
            "in.csv",
            format!("{all},v\n"),
            vec!["--key", &all, "--key-type", "u8,u8"],
        ),
        ("in.csv", format!("{long},b,c\n1,2,3\n"), vec!["--key", "b,d"]),
        (
            "in.csv",
            format!("{long},b,c\n1,x,3\n"),
            vec!["--key", "b,c", "--key-type", "u8"],
        ),
        ("in.json", "[{}]".to_owned(), vec!["--key", &all]),
        ("in.json", "[1]".to_owned(), vec!["--key", &all]),
        ("in.json", "[{\"column 0\": 1}]".to_owned(), vec!["--key", &all]),
        (
            "in.json",
            format!("[{{\"a\": {{\"{long}\": 1}}}}]"),
            vec!["--key", "a,b"],
        ),
    ] {
        let message = refusal_of(name, text, &options);
        assert!(message.chars().count() <= 500, "{message}");
    }
}
