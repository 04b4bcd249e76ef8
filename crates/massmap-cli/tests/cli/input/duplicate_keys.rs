//! Duplicate keys: the messages name the key and the places where it occurs.

use crate::harness::Directory;
use crate::harness::fixtures::{map, paged_map, paged_map_with};

const ADVICE: &str = "; give --duplicate-keys first, last or keep-all to keep one of them or all";

/// Builds the files in order, with `input` on standard input, which must fail. Returns the message without the advice.
#[track_caller]
fn refusal(files: &[(&str, &str)], input: &str, options: &[&str]) -> String {
    let directory = Directory::with("out", "precious");
    let mut arguments = vec!["build", "-o", "out"];
    for (name, text) in files {
        if *name != "-" {
            directory.write(name, text);
        }
        arguments.extend(["-i", name]);
    }
    arguments.extend(options);
    let message = directory.run_with_input(input.as_bytes(), arguments).failure();
    assert_eq!(directory.read("out"), b"precious");
    message
        .strip_suffix(ADVICE)
        .unwrap_or_else(|| panic!("{message}"))
        .to_owned()
}

#[test]
fn both_places_in_one_input_are_named() {
    for (name, text, options, expected) in [
        (
            "in.csv",
            "id,n\n17,a\n\n18,b\n19,\"c\nd\"\n0018,e\n",
            &["--key-type", "u32"][..],
            "in.csv: line 4, record 2 and line 7, record 4 both have the key 18",
        ),
        (
            "in.tsv",
            "id\tn\n\"x\ta\ny\tb\n\"x\tc\n",
            &[],
            "in.tsv: line 2, record 1 and line 4, record 3 both have the key \"\\\"x\"",
        ),
        (
            "in.ndjson",
            "[\"a\", 1]\n\n{\"key\": \"b\", \"value\": 2}\n[\"b\", 3]\n[\"b\", 4]\n",
            &[],
            "in.ndjson: line 3, record 2 and line 4, record 3 both have the key \"b\"",
        ),
        (
            "in.json",
            "{\n  \"1\": {\n    \"x\": 1\n  },\n  \"-5\": null,\n  \"3\": 2,\n  \"-5\": [\n    7\n  ]\n}\n",
            &["--key-type", "i64"],
            "in.json: line 5, record 2 and line 7, record 4 both have the key -5",
        ),
        (
            "in.json",
            "[\n{\"id\": 340282366920938463463374607431768211455,\n \"n\": 1},\n\n{\"n\": 2,\n \"id\": \
             \"340282366920938463463374607431768211455\"}]",
            &["--key", "id", "--key-type", "u128"],
            "in.json: line 2, record 1 and line 5, record 2 both have the key 340282366920938463463374607431768211455",
        ),
    ] {
        assert_eq!(refusal(&[(name, text)], "", options), expected);
    }
    let long = "é".repeat(200);
    let text = format!("[\"{long}\", 1]\n[\"{long}\", 2]\n");
    assert_eq!(
        refusal(&[("in.ndjson", &text)], "", &[]),
        format!(
            "in.ndjson: line 1, record 1 and line 2, record 2 both have the key {:?}…",
            "é".repeat(80)
        )
    );
}

#[test]
fn both_inputs_are_named_in_every_format() {
    let files = [
        ("a.csv", "id,n\nx,1\ny,2\n"),
        ("b.csv", "n,id\n3,z\n"),
        ("c.csv", "n,id\n5,w\n4,y\n"),
    ];
    let expected = "a.csv: line 3, record 2 and c.csv: line 3, record 2 both have the key \"y\"";
    assert_eq!(refusal(&files, "", &[]), expected);
    let options = [
        "--format",
        "v1",
        "--duplicate-keys",
        "error",
        "--memory-limit",
        "1K",
    ];
    assert_eq!(refusal(&files, "", &options), expected);
    assert_eq!(
        refusal(
            &[
                ("a.json", "{\"x\": \"1\"}"),
                ("b.ndjson", "[\"x\", \"2\"]"),
                ("c.csv", "id,n\ny,3\n")
            ],
            "",
            &[]
        ),
        "a.json: line 1, record 1 and b.ndjson: line 1, record 1 both have the key \"x\""
    );
    assert_eq!(
        refusal(
            &[("a.csv", "id,n\nx,1\n"), ("b.csv", "y,2\nx,3\n")],
            "",
            &["--header", "first"]
        ),
        "a.csv: line 2, record 1 and b.csv: line 2, record 2 both have the key \"x\""
    );
}

#[test]
fn messages_about_standard_input_say_what_is_known() {
    let csv = "id,n\nx,1\ny,2\n";
    assert_eq!(
        refusal(
            &[("a.csv", csv), ("-", "")],
            "id,n\ny,3\n",
            &["--input-format", "csv"]
        ),
        "a.csv: line 3, record 2 and standard input both have the key \"y\""
    );
    assert_eq!(
        refusal(&[("-", "")], "[[\"x\", 1], [\"x\", 2]]", &[]),
        "standard input: several records (lines are known only for input from files) have the key \"x\""
    );
    assert_eq!(
        refusal(
            &[("-", ""), ("a.csv", "id,n\nx,1\nx,2\n")],
            csv.replace('x', "z").as_str(),
            &["--input-format", "csv"]
        ),
        "a.csv: line 2, record 1 and line 3, record 2 both have the key \"x\""
    );
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_read_twice() {
    let directory = Directory::new();
    let script = r#"mkfifo pipe && (printf '["x", 1]\n["x", 2]\n' > pipe &) ; exec "$0" build -i pipe -o out --input-format ndjson"#;
    let mut command = directory.command("sh");
    let message =
        crate::harness::Outcome::of(command.args(["-c", script, crate::harness::PROGRAM])).failure();
    assert_eq!(
        message,
        format!(
            "pipe: several records (lines are known only for input from files) have the key \"x\"{ADVICE}"
        )
    );
}

#[test]
fn a_merge_names_the_files_and_the_key() {
    let directory = Directory::new();
    directory.write("a", paged_map(&[(1, 1), (2, 2)]));
    directory.write("b", paged_map(&[(3, 3)]));
    directory.write("c", paged_map(&[(4, 4), (2, 5)]));
    directory.write(
        "d",
        paged_map_with::<massmap::Xxh3HashLoader, _, _>(
            |builder| builder.with_duplicate_keys(massmap::DuplicateKeys::KeepAll),
            &[(300, 4), (300, 5)],
        ),
    );
    directory.write("e", map(4, &[("x", 1), ("y", 2)]));
    directory.write("f", map(4, &[("z", 1), ("x", 2)]));
    for (arguments, expected) in [
        ("-i a b c", "a and c both have the key 2"),
        (
            "-i c -i b -i a --duplicate-keys error",
            "c and a both have the key 2",
        ),
        (
            "-i b d --duplicate-keys error",
            "d has several entries with the key 300",
        ),
        ("-i e f --duplicate-keys error", "e and f both have the key \"x\""),
        ("-i e f --format v2", "e and f both have the key \"x\""),
    ] {
        let arguments = format!("merge -o out {arguments}");
        let message = directory.run(arguments.split(' ')).failure();
        assert_eq!(message, format!("{expected}{ADVICE}"), "{arguments}");
    }
    for policy in ["first", "last", "keep-all"] {
        let arguments = format!("merge -o out -i a b c d --duplicate-keys {policy}");
        directory.run(arguments.split(' ')).success();
    }
}

#[test]
fn a_file_that_is_given_twice_is_named_with_advice() {
    let directory = Directory::with("a.csv", "id,n\n1,a\n2,b\n");
    directory.write("c.ndjson", "[\"x\", 1]\n");
    for (inputs, expected) in [
        (
            "-i a.csv -i a.csv",
            "a.csv is given twice: line 2, record 1 has the key \"1\"; give it once",
        ),
        (
            "-i c.ndjson -i a.csv -i c.ndjson",
            "c.ndjson is given twice: line 1, record 1 has the key \"x\"; give it once",
        ),
        (
            "-i a.csv -i ./a.csv",
            "a.csv and ./a.csv are the same file: line 2, record 1 has the key \"1\"; give it once",
        ),
    ] {
        let message = directory
            .run(format!("build {inputs} -o out").split(' '))
            .failure();
        assert_eq!(message, expected);
    }
}
