//! What ends lookups early, and what is written by then.

use super::{both_formats, get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[test]
fn a_key_that_is_none_is_named_by_line_and_column() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n as u8)));
    let invalid = "invalid digit found in string";
    for (name, content, options, message) in [
        (
            "keys",
            "1\nx\n2",
            &[][..],
            format!("line 2: the key \"x\" is not of type u8: {invalid}"),
        ),
        (
            "keys",
            "1\n256",
            &[],
            "line 2: the key \"256\" is not of type u8: number too large to fit in target type".to_owned(),
        ),
        (
            "keys",
            "1\n\n2",
            &[],
            "line 2: the key \"\" is not of type u8: cannot parse integer from empty string".to_owned(),
        ),
        (
            "keys.csv",
            "a,b\n0,1\n\"\n\",-\n",
            &["--key", "b"],
            format!("line 3, record 2, field \"b\": the key \"-\" is not of type u8: {invalid}"),
        ),
        (
            "keys.csv",
            "a,b\n0,1\n2\n",
            &["--key", "b"],
            "line 3, record 2: the number of fields is 1, not 2 as in the first line".to_owned(),
        ),
        (
            "keys.ndjson",
            "1\n\n{\"key\": true}\n",
            &[],
            "line 3, column 12, record 2: it is the boolean `true`, not u8".to_owned(),
        ),
        (
            "keys.ndjson",
            "{\"id\": 1}\n{\"id\": 300}",
            &["--key", "id"],
            "line 2, column 10, record 2: it is 300, not u8".to_owned(),
        ),
        (
            "keys.ndjson",
            "1\n{\"id\": 1}",
            &[],
            "line 2, column 9, record 2: there is no field \"key\"".to_owned(),
        ),
        (
            "keys.ndjson",
            "1\n{\"key\": 1, \"key\": 2}",
            &[],
            "line 2, column 17, record 2: there are two fields \"key\"".to_owned(),
        ),
        (
            "keys.json",
            "[1,\n{\"key\": 2},\n[]]",
            &[],
            "line 3, column 1, record 3: it is an array, not u8".to_owned(),
        ),
        (
            "keys",
            "31\nzz",
            &["--keys-format", "lines", "--key-format", "json"],
            "line 1: the key \"31\" is not".to_owned(),
        ),
    ] {
        let outcome = get(&directory, (name, content.as_bytes()), options);
        if message.ends_with("is not") {
            // 31 is one.
            assert_eq!(outcome.stdout, "{\"key\":31,\"value\":31}\n");
            assert!(
                outcome
                    .stderr
                    .starts_with("massmap: error: keys: line 2: the key \"zz\""),
                "{outcome:?}"
            );
            continue;
        }
        let (stdout, found) = outcome.failure_after_output();
        assert_eq!(found, format!("{name}: {message}"));
        assert!(stdout.starts_with("{\"key\":1,\"value\":1}\n"), "{stdout}");
    }
}

#[test]
fn invalid_text_is_named_by_line_and_column() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let (_, message) = get(&directory, ("keys", b"1\nab\xff"), &[]).failure_after_output();
    assert_eq!(message, "keys: line 2, column 3: invalid UTF-8");
    let (_, message) = get(&directory, ("keys", b"1\0ab\xff"), &["-0"]).failure_after_output();
    assert_eq!(message, "keys: column 3, record 2: invalid UTF-8");
    let (_, message) = get(&directory, ("keys", b"1\n12345"), &["--max-record", "4"]).failure_after_output();
    assert_eq!(
        message,
        "keys: line 2: the record is longer than 4 bytes; --max-record allows longer ones"
    );
}

#[test]
fn files_and_columns_that_are_not_there_are_errors() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let message = directory.run(["get", "--keys-from", "none", "a"]).failure();
    assert!(message.starts_with("none: cannot open the file: "), "{message}");
    let message = get(&directory, ("keys.csv", b"a,b\n1,2"), &["--key", "c"]).failure();
    assert_eq!(
        message,
        "keys.csv: line 1: there is no column \"c\" among \"a\", \"b\""
    );
    let message = get(&directory, ("keys.csv", b"a,a\n1,2"), &["--key", "a"]).failure();
    assert_eq!(
        message,
        "keys.csv: line 1: there are two columns \"a\": rename one of them"
    );
    let message = get(&directory, ("keys.csv", b""), &[]).failure();
    assert_eq!(
        message,
        "keys.csv: there is no header; --no-header reads tables without one"
    );
    let message = get(&directory, ("keys.json", b"{\"key\": 1}"), &[]).failure();
    assert_eq!(
        message,
        "keys.json: line 1, column 1: invalid type: map, expected an array of keys"
    );
}

#[test]
fn options_that_contradict_each_other_are_usage_errors() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    directory.write("keys", "1");
    for (options, message) in [
        (&["--keys-from", "keys", "a", "1"][..], "cannot be used with"),
        (&["a"], "required"),
        (&["--keys-format", "csv", "a", "1"], "--keys-from"),
        (&["--key", "id", "a", "1"], "--keys-from"),
        (&["-0", "a", "1"], "--keys-from"),
        (&["-o", "b", "a", "1"], "--keys-from"),
        (&["--values-only", "a", "1"], "--keys-from"),
        (
            &["--no-header", "a", "1"],
            "--no-header is for keys in a file: give --keys-from",
        ),
        (
            &["--keys-from", "keys", "--key", "id", "a"],
            "--key is for columns and fields",
        ),
        (
            &["--keys-from", "keys", "--delimiter", ";", "a"],
            "--delimiter is for keys in csv and tsv",
        ),
        (
            &["--keys-from", "keys", "--keys-format", "csv", "-0", "a"],
            "--null is for keys in lines",
        ),
        (
            &[
                "--keys-from",
                "keys",
                "--keys-format",
                "csv",
                "--delimiter",
                "\"",
                "a",
            ],
            "--delimiter and --quote are the same character",
        ),
    ] {
        let stderr = directory.run(["get"].iter().chain(options)).usage_error();
        assert!(stderr.contains(message), "{options:?} {stderr}");
    }
}

/// A map of several pages, of which one is damaged, and the keys in it.
fn damaged() -> (Directory, Vec<String>) {
    let mut bytes = paged_map(&hundred(|n| format!("key {n}")));
    bytes[2 * 512 + 100] ^= 1;
    let directory = Directory::with("a", bytes);
    let keys = (0..100).map(|n| format!("key {n}"));
    let keys = keys
        .filter(|key| directory.run(["get", "a", key]).code == Some(1))
        .collect::<Vec<_>>();
    assert!(!keys.is_empty() && keys.len() < 100);
    (directory, keys)
}

#[test]
fn damage_in_the_middle_of_a_batch_ends_the_output_at_the_key_that_it_concerns() {
    let (directory, lost) = damaged();
    let (mut keys, behind): (Vec<_>, Vec<_>) = (0..100).partition(|n| n % 2 == 0);
    keys.retain(|n| !lost.contains(&format!("key {n}")));
    let first = keys.len();
    let lines = keys.iter().map(|n| format!("key {n}")).chain([lost[0].clone()]);
    let lines: Vec<_> = lines.chain(behind.iter().map(|n| format!("key {n}"))).collect();
    let outcome = get(&directory, ("keys", lines.join("\n").as_bytes()), &[]);
    let expected: String = keys
        .iter()
        .map(|n| format!("{{\"key\":\"key {n}\",\"value\":{n}}}\n"))
        .collect();
    assert_eq!(
        (outcome.code, &outcome.stdout),
        (Some(1), &expected),
        "{outcome:?}"
    );
    let start = format!(
        "massmap: error: keys: line {}: cannot look up the key \"{}\" in a: page 1 is damaged: ",
        first + 1,
        lost[0]
    );
    assert!(outcome.stderr.starts_with(&start), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
}

#[test]
fn after_a_failure_the_output_file_is_what_it_was() {
    let (directory, _) = damaged();
    let lines: String = (0..100).map(|n| format!("key {n}\n")).collect();
    directory.write("out", "old");
    directory.write("missing", "old");
    let options = ["-o", "out", "--missing-to", "missing"];
    for options in [&options[..], &[&options[..], &["--missing", "skip"]].concat()] {
        get(&directory, ("keys", lines.as_bytes()), options).failure();
        assert_eq!(directory.names(), ["a", "keys", "missing", "out"]);
        assert_eq!(
            (directory.read("out"), directory.read("missing")),
            (b"old".to_vec(), b"old".to_vec())
        );
    }
}

#[test]
fn a_value_without_a_json_form_is_named_by_its_key() {
    struct Binary;
    impl serde::Serialize for Binary {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"\xff\x00")
        }
    }
    // A file of format 2 tells that they are bytes.
    let [directory, described] = both_formats(&[("k", Binary)]);
    assert_eq!(
        printed(get(&described, ("keys", b"k"), &["--values-only"]), [1, 0]),
        "\"/wA=\"\n"
    );
    let message = get(&directory, ("keys", b"k"), &[]).failure();
    assert_eq!(
        message,
        "keys: line 1: the key \"k\": the value cannot be written: it is a byte array of 2 bytes, not anything that JSON has, and \
         the file does not say what is there: only a program that has the type can read it"
    );
}
