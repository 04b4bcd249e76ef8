//! Inputs without records.

use serde_json::Value;

use crate::harness::{Directory, refusal_of};
use crate::input::misdetected::{entry_count, gzip};

#[test]
fn an_input_without_records_does_not_replace_a_map_unless_allowed() {
    let none = "there is no record in it; --allow-empty builds a map without entries";
    let gzip_cut = "it is empty, but gzip data never are, so it was truncated; --allow-empty treats it as having no entries";
    for (name, content, options, message) in [
        ("in.ndjson", &b""[..], &[][..], none),
        ("in.ndjson", b"\n\r\n", &[], none),
        ("in.csv", b"", &["--no-header"], none),
        ("in.tsv", b"\n\n", &["--header", "none"], none),
        (
            "in.json",
            b"",
            &[],
            "it is empty; --allow-empty treats it as having no entries",
        ),
        ("in.ndjson.gz", b"", &[], gzip_cut),
        ("in.json.gz", b"", &[], gzip_cut),
        ("in.csv.GZ", b"", &["--no-header"], gzip_cut),
        (
            "in.tsv.zst",
            b"",
            &[],
            "it is empty, but zstd data never are, so it was truncated; --allow-empty treats it as having no entries",
        ),
        (
            "in.csv",
            b"",
            &[],
            "there is no header; --no-header reads tables without one",
        ),
    ] {
        assert_eq!(refusal_of(name, content, options), format!("{name}: {message}"));
        if !content.is_empty() {
            continue;
        }
        let options: Vec<_> = options.iter().chain(&["--allow-empty"]).copied().collect();
        assert_eq!(entry_count(name, content, &options), 0, "{name}");
        let compressed = gzip(content);
        let endings = [".gz", ".GZ", ".zst"];
        let name = endings
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(name);
        assert_eq!(
            entry_count(&format!("{name}.gz"), &compressed, &options),
            0,
            "{name}"
        );
    }
    for name in ["in.ndjson", "in.json", "in", "in.json.gz"] {
        for content in ["\n\n", " \n", &" \r\n".repeat(3000)] {
            assert_eq!(entry_count(name, content, &["--allow-empty"]), 0, "{name}");
            refusal_of(name, content, &[]);
        }
    }
}

#[test]
fn a_producer_that_dies_before_its_first_byte_does_not_replace_a_map() {
    for format in ["json", "ndjson", "csv", "tsv"] {
        let directory = Directory::with("out", "precious");
        let arguments = ["build", "-i", "-", "-o", "out", "--input-format", format];
        let message = directory.run_with_input(b"", arguments).failure();
        assert!(message.starts_with("standard input: "), "{message}");
        assert_eq!(directory.read("out"), b"precious");
    }
}

#[test]
fn an_explicitly_empty_input_is_not_an_error() {
    for (name, content) in [
        ("in.json", "{}"),
        ("in.json", " [\n]"),
        ("in.csv", "a,b"),
        ("in.csv", "a,b\r\n\r\n"),
        ("in.tsv", "a\tb\tc\n"),
    ] {
        assert_eq!(entry_count(name, content, &[]), 0, "{content:?}");
    }
}

#[test]
fn an_empty_input_among_others_and_an_empty_shard_are_not_errors() {
    let directory = Directory::with("a.ndjson", "[\"a\", 1]\n");
    directory.write("b.ndjson", "");
    for (arguments, count) in [
        ("build -i a.ndjson -i b.ndjson -o out", 1),
        ("build -i b.ndjson -i a.ndjson -o out", 1),
    ] {
        directory.run(arguments.split(' ')).success();
        let info: Value = serde_json::from_str(&directory.run(["info", "out"]).success()).unwrap();
        assert_eq!(info["meta"]["entry_count"], count);
    }
    // But compressed data are never empty.
    directory.write("c.ndjson.gz", "");
    let message = directory
        .run("build -i a.ndjson -i c.ndjson.gz -o out".split(' '))
        .failure();
    assert!(
        message.starts_with("c.ndjson.gz: it is empty, but gzip data never are"),
        "{message}"
    );
    directory.write("c.ndjson.gz", gzip(b""));
    directory
        .run("build -i a.ndjson -i c.ndjson.gz -o out".split(' '))
        .success();
    let message = directory
        .run("build -i b.ndjson -i b.ndjson -o out".split(' '))
        .failure();
    assert_eq!(
        message,
        "the inputs: there is no record in them; --allow-empty builds a map without entries"
    );
    let mut counts = Vec::new();
    for shard in ["0/2", "1/2"] {
        directory
            .run(["build", "-i", "a.ndjson", "-o", "out", "--shard", shard])
            .success();
        let info: Value = serde_json::from_str(&directory.run(["info", "out"]).success()).unwrap();
        counts.push(info["meta"]["entry_count"].as_u64().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, [0, 1]);
}
