//! Formats of files with keys.

use std::io::Write;

use super::{both_formats, get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

const FOUND: &str = "{\"key\":\"1\",\"value\":1}\n{\"key\":\"77\",\"value\":77}\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_format_is_that_of_the_name_or_the_one_that_is_given() {
    let lines = b"1\n77\n";
    for directory in both_formats(&hundred(|n| n.to_string())) {
        for (name, content, options) in [
            ("keys", &lines[..], &[][..]),
            ("keys.txt", b"1\r\n77", &[]),
            ("keys.csv", b"id\n1\n77\n", &[]),
            ("keys.CSV", b"x,id\n,1\n\"a,\nb\",\"77\"\n", &["--key", "id"]),
            ("keys.tsv", b"id\tx\n1\t\"\n77\t\n", &[]),
            ("keys.ndjson", b"\"1\"\n\n \"77\" \n", &[]),
            (
                "keys.jsonl",
                br#"{"key": "1", "value": 2}
                {"a": [{"key": 5}], "key": "77"}"#,
                &[],
            ),
            (
                "keys.ndjson",
                b"{\"id\":\"1\"}\n{\"key\":\"2\",\"id\":\"77\"}\n",
                &["--key", "id"],
            ),
            ("keys.json", b"[\"1\",\n\"77\"]", &[]),
            ("keys.json", br#"[{"key": "1"}, "77"]"#, &[]),
            ("keys", b"id\n1\n77\n", &["--keys-format", "csv"]),
            (
                "keys",
                b"1;x\n77;y\n",
                &["--keys-format", "csv", "--no-header", "--delimiter", ";"],
            ),
            (
                "keys",
                b"x;1\ny;77\n",
                &[
                    "--keys-format",
                    "csv",
                    "--no-header",
                    "--delimiter",
                    ";",
                    "--key",
                    "2",
                ],
            ),
            ("keys", b"\"1\"\n\"77\"\n", &["--keys-format", "ndjson"]),
            ("keys.csv", b"1\n77\n", &["--keys-format", "lines"]),
            ("keys.csv", b"\xef\xbb\xbfid\n1\n77\n", &["--key", "id"]),
            ("keys", b"1\x0077\0", &["--null"]),
        ] {
            assert_eq!(
                printed(get(&directory, (name, content), options), [2, 0]),
                FOUND,
                "{name} {options:?}"
            );
            let compressed = (&*format!("{name}.gz"), &*gzip(content));
            assert_eq!(
                printed(get(&directory, compressed, options), [2, 0]),
                FOUND,
                "{name} {options:?}"
            );
        }
    }
}

#[test]
fn keys_may_come_from_standard_input() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let outcome = directory.run_with_input(b"1\n77", ["get", "--keys-from", "-", "a"]);
    assert_eq!(printed(outcome, [2, 0]), FOUND);
    let arguments = [
        "get",
        "--keys-from",
        "-",
        "--keys-format",
        "csv",
        "--key",
        "b",
        "a",
    ];
    let outcome = directory.run_with_input(b"a,b\n0,1\n0,77\n", arguments);
    assert_eq!(printed(outcome, [2, 0]), FOUND);
}

#[test]
fn the_output_of_get_is_a_file_with_keys() {
    let directory = Directory::with("a", paged_map(&hundred(|n| (n, n.to_string()))));
    let keys = "[1,\"1\"]\n[77,\"77\"]\n";
    let first = printed(get(&directory, ("keys", keys.as_bytes()), &[]), [2, 0]);
    assert_eq!(
        first,
        "{\"key\":[1,\"1\"],\"value\":1}\n{\"key\":[77,\"77\"],\"value\":77}\n"
    );
    assert_eq!(
        printed(get(&directory, ("keys.ndjson", first.as_bytes()), &[]), [2, 0]),
        first
    );
}

#[test]
fn several_columns_are_the_parts_of_a_tuple() {
    let directory = Directory::with("a", paged_map(&hundred(|n| (n, n.to_string(), n == 1))));
    let expected = "[[1,\"1\",true],1]\n[[77,\"77\",false],77]\n";
    for (name, content, key) in [
        ("keys.csv", "s,b,n\n1,true,1\n77,false,77\n", "n,s,b"),
        ("keys.csv", "a,b,c,d\n1,1,x,true\n77,77,y,false\n", "a,b,d"),
        ("keys.tsv", "a\tb\tc\n1\t1\ttrue\n77\t77\tfalse\n", "a,b,c"),
        (
            "keys.ndjson",
            "{\"n\":1,\"s\":\"1\",\"b\":true}\n{\"b\":false,\"s\":\"77\",\"n\":\"77\",\"more\":[]}\n",
            "n,s,b",
        ),
        (
            "keys.json",
            "[{\"n\":1,\"s\":\"1\",\"b\":true},{\"b\":false,\"s\":\"77\",\"n\":77}]",
            "n,s,b",
        ),
    ] {
        let outcome = get(
            &directory,
            (name, content.as_bytes()),
            &["--with-keys", "--key", key],
        );
        assert_eq!(printed(outcome, [2, 0]), expected, "{name}");
    }
    let message = get(&directory, ("keys.csv", b"a,b\n1,2\n"), &["--key", "a,b"]).failure();
    assert_eq!(
        message,
        "keys.csv: keys of type (u64, string, bool) have 3 parts, but 2 columns are given"
    );
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    let message = get(&directory, ("keys.csv", b"a,b\n1,2\n"), &["--key", "a,b"]).failure();
    assert_eq!(
        message,
        "keys.csv: keys of type u64 have no parts; give one column"
    );
}

#[test]
fn files_without_keys_give_nothing() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    for (name, content, options) in [
        ("keys", &b""[..], &[][..]),
        ("keys.csv", b"id\n", &[]),
        ("keys.csv", b"", &["--no-header"]),
        ("keys.ndjson", b"\n\n", &[]),
        ("keys.json", b"[]", &[]),
        ("keys", b"", &["-0"]),
    ] {
        assert_eq!(printed(get(&directory, (name, content), options), [0, 0]), "");
    }
}
