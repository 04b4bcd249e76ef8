//! `massmap dump`.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use massmap::Xxh3HashLoader;

use crate::harness::fixtures::{hundred, map, map_with, paged_map, paged_map_with};
use crate::harness::round_trip::{built_again, built_again_with};
use crate::harness::{Directory, Outcome, PROGRAM};

/// A directory with a map of both formats.
fn directory() -> Directory {
    let entries = hundred(|n| format!("key {n}"));
    let directory = Directory::with("v1", map(4, &entries));
    directory.write("v2", paged_map(&entries));
    directory
}

/// The entries of NDJSON.
fn entries(text: &str) -> Vec<(String, u64)> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn expected() -> BTreeMap<String, u64> {
    hundred(|n| format!("key {n}")).into_iter().collect()
}

#[test]
fn all_entries_are_written_in_the_order_of_the_file_or_sorted() {
    let directory = directory();
    for file in ["v1", "v2"] {
        let text = directory.run(["dump", file]).success();
        let found = entries(&text);
        assert_eq!(found.len(), 100);
        assert_eq!(BTreeMap::from_iter(found.clone()), expected());
        assert!(!found.is_sorted());
        let sorted = entries(&directory.run(["dump", "--sort", file]).success());
        assert!(sorted.into_iter().eq(expected()));
    }
}

#[test]
fn numbers_are_sorted_by_their_value_and_tuples_by_their_parts() {
    let keys = [-5i64, 300, 7, -129, 0, 70_000, i64::MIN, i64::MAX];
    let directory = Directory::with("numbers", paged_map(&keys.map(|key| (key, key))));
    let text = directory
        .run(["dump", "--sort", "numbers", "--format", "csv"])
        .success();
    let found: Vec<_> = text.lines().skip(1).collect();
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    let expected: Vec<_> = keys.iter().map(|key| format!("{key},{key}")).collect();
    assert_eq!(found, expected);

    let pairs = [("b", 1u8), ("a", 200), ("", 3), ("a", 3), ("ab", 0)];
    directory.write("pairs", paged_map(&pairs.map(|pair| (pair, ()))));
    let text = directory.run(["keys", "pairs"]).success();
    let mut sorted: Vec<(String, u8)> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    sorted.sort();
    let text = directory.run(["dump", "--sort", "pairs"]).success();
    let found: Vec<((String, u8), ())> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(found.into_iter().map(|(pair, ())| pair).eq(sorted));
}

#[test]
fn sorting_takes_little_memory_and_leaves_no_files() {
    let entries: Vec<_> = (0..5000u64)
        .map(|n| (format!("{n:05}"), "x".repeat(100)))
        .collect();
    let directory = Directory::with("a", paged_map(&entries));
    std::fs::create_dir(directory.path("spill")).unwrap();
    let arguments = [
        "dump",
        "--sort",
        "a",
        "--memory-limit",
        "64KiB",
        "--spill-dir",
        "spill",
    ];
    let text = directory.run(arguments).success();
    let found: Vec<(String, String)> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(found == entries);
    assert_eq!(std::fs::read_dir(directory.path("spill")).unwrap().count(), 0);
    let message = directory
        .run([
            "dump",
            "--sort",
            "a",
            "--memory-limit",
            "64KiB",
            "--spill-dir",
            "missing",
        ])
        .failure();
    assert_eq!(
        message,
        "the entries cannot be sorted: cannot create a temporary file in missing: No such file or directory (os error 2)"
    );
}

#[test]
fn sorted_entries_give_the_same_file_of_format_2() {
    let directory = directory();
    let again = built_again_with(&directory.path("v2"), "csv", &["--sort"], &[]).unwrap();
    assert!(again == directory.read("v2"));
}

#[test]
fn the_name_of_the_output_tells_format_and_compression() {
    let directory = directory();
    let dump = |name: &str, options: &[&str]| {
        let arguments = ["dump", "v2", "-o", name];
        assert_eq!(directory.run(arguments.iter().chain(options)).success(), "");
        directory.read(name)
    };
    let ndjson = directory.run(["dump", "v2"]).success().into_bytes();
    let csv = directory
        .run(["dump", "v2", "--format", "csv"])
        .success()
        .into_bytes();
    assert!(csv.starts_with(b"key,value\n"));
    assert_eq!(dump("a.ndjson", &[]), ndjson);
    assert_eq!(dump("a.jsonl", &[]), ndjson);
    assert_eq!(dump("a.txt", &[]), ndjson);
    assert_eq!(dump("a.csv", &[]), csv);
    assert_eq!(dump("b.csv", &["--format", "ndjson"]), ndjson);
    assert!(dump("a.tsv", &[]).starts_with(b"key\tvalue\n"));
    assert!(dump("a.json", &[]).starts_with(b"[\n[\"key "));
    let mut text = Vec::new();
    let gzip = dump("a.csv.gz", &[]);
    flate2::read::GzDecoder::new(&*gzip)
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(text, csv);
    assert_eq!(zstd::decode_all(&*dump("a.ndjson.zst", &[])).unwrap(), ndjson);
    for name in ["a.csv.gz", "a.ndjson.zst", "a.json", "a.tsv"] {
        directory
            .run(["build", "-i", name, "--like", "v2", "-o", "again"])
            .success();
        assert!(directory.read("again") == directory.read("v2"), "{name}");
    }
    assert_eq!(dump("a.parquet", &["--format", "csv"]), csv);
    if cfg!(feature = "parquet") {
        assert!(dump("a.parquet", &[]).starts_with(b"PAR1"));
        return;
    }
    let message = directory.run(["dump", "v2", "-o", "b.parquet"]).failure();
    assert_eq!(
        message,
        "v2: parquet is a format that this program was built without: cargo install massmap-cli --features parquet builds it with that"
    );
}

#[cfg(feature = "parquet")]
#[test]
fn the_name_of_the_output_tells_formats_with_typed_columns() {
    let directory = directory();
    for (name, beginning) in [
        ("a.parquet", "PAR1"),
        ("a.arrow", "ARROW1"),
        ("a.feather", "ARROW1"),
    ] {
        directory.run(["dump", "v2", "-o", name]).success();
        assert!(directory.read(name).starts_with(beginning.as_bytes()), "{name}");
        directory
            .run(["build", "-i", name, "--like", "v2", "-o", "again"])
            .success();
        assert!(directory.read("again") == directory.read("v2"), "{name}");
    }
    let build = ["build", "-i", "a.parquet", "--schema"];
    let schema: serde_json::Value = serde_json::from_str(&directory.run(build).success()).unwrap();
    assert_eq!(schema["inputs"][0]["rows"], 100);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_how_to_get_it() {
    let directory = directory();
    for (name, format) in [("a.parquet", "parquet"), ("a.arrow", "arrow")] {
        let message = directory.run(["dump", "v2", "-o", name]).failure();
        let expected = format!(
            "v2: {format} is a format that this program was built without: cargo install massmap-cli --features parquet builds it with \
             that"
        );
        assert_eq!(message, expected);
        assert!(!directory.path(name).exists());
    }
}

#[test]
fn standard_output_has_names_and_other_streams_and_urls_are_refused() {
    let directory = directory();
    let text = directory.run(["dump", "v1"]).success();
    for name in ["-", "/dev/stdout"] {
        assert_eq!(directory.run(["dump", "v1", "-o", name]).success(), text);
    }
    for (name, expected) in [
        (
            "/dev/stderr",
            "a file appears once it is complete, and this is a stream: give - for standard output",
        ),
        (
            "s3://bucket/a.csv",
            "entries are written to files and to standard output, not to URLs",
        ),
    ] {
        for command in ["dump", "keys"] {
            let usage = directory.run([command, "v1", "-o", name]).usage_error();
            assert!(usage.contains(expected), "{usage}");
        }
    }
    assert_eq!(directory.names(), ["v1", "v2"]);
}

#[test]
fn a_failure_leaves_the_old_output() {
    let directory = Directory::with("out.tsv", "precious");
    directory.write("a", paged_map(&[("a", "b"), ("c", "d\te")]));
    let message = directory.run(["dump", "a", "-o", "out.tsv"]).failure();
    assert_eq!(
        message,
        "a: the value of the key \"c\" cannot be written: it is a text with a tab, not what TSV can hold: CSV and NDJSON can hold it"
    );
    assert_eq!(directory.read("out.tsv"), b"precious");
    assert_eq!(directory.names(), ["a", "out.tsv"]);
    let message = directory.run(["dump", "missing", "-o", "out.tsv"]).failure();
    assert!(
        message.starts_with("missing: cannot open the file: "),
        "{message}"
    );
    let message = directory.run(["dump", "a", "-o", "missing/out.csv"]).failure();
    assert!(message.contains("missing"), "{message}");
    assert_eq!(directory.read("out.tsv"), b"precious");
}

#[test]
fn a_message_is_short_whatever_the_key() {
    let key = "k".repeat(1 << 20);
    let directory = Directory::with(
        "a",
        paged_map(&[(key.as_str(), f64::from_bits(0x7ff8_0000_0000_0001))]),
    );
    let message = directory.run(["dump", "a"]).failure();
    assert!(message.starts_with("a: the value of the key \"kkk"), "{message}");
    assert!(message.chars().count() < 300, "{message}");
}

#[test]
fn a_file_need_not_tell_its_hash_function_or_types() {
    let directory = Directory::with(
        "a",
        map_with::<crate::harness::fixtures::OwnHashLoader, _, _>(2, &[("a", (1u8, true))]),
    );
    assert_eq!(directory.run(["dump", "a"]).success(), "[\"a\",[1,true]]\n");
    assert_eq!(directory.run(["keys", "a"]).success(), "\"a\"\n");
    let message = directory
        .run(["build", "-i", "a", "--like", "a", "-o", "b"])
        .failure();
    assert!(
        message.starts_with("a: ") && message.contains("our own"),
        "{message}"
    );
}

#[test]
fn entries_with_long_values_are_written_one_after_the_other() {
    let entries: Vec<_> = (0..20u64)
        .map(|n| (n, "x".repeat(300_000 + n as usize)))
        .collect();
    let file = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| builder.with_page_size(1 << 20).with_longest_run(16),
        &entries,
    );
    let directory = Directory::with("a", &file);
    assert!(built_again(&directory.path("a"), "ndjson").unwrap() == file);
    assert!(built_again(&directory.path("a"), "csv").unwrap() == file);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let entries: Vec<_> = (0..20_000u64).map(|n| (n, "x".repeat(50))).collect();
    let directory = Directory::with("a", paged_map(&entries));
    for arguments in [
        &["dump", "a"][..],
        &["dump", "--sort", "a"],
        &["keys", "a"],
        &["sample", "-n", "20000", "a"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outcome = Outcome::of(directory.command(PROGRAM).args(arguments).stdout(writer));
        assert_eq!(outcome.success(), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let directory = directory();
    for arguments in [&["dump", "v1"][..], &["keys", "v2"], &["sample", "v2"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let message = Outcome::of(directory.command(PROGRAM).args(arguments).stdout(full)).failure();
        assert_eq!(
            message,
            "cannot write to stdout: No space left on device (os error 28)"
        );
    }
}

#[test]
fn damage_is_an_error_that_says_where_and_what_to_do() {
    let directory = directory();
    let mut file = directory.read("v2");
    let page = 512 + 3;
    file[page] ^= 1;
    std::fs::File::create(directory.path("damaged"))
        .unwrap()
        .write_all(&file)
        .unwrap();
    for command in ["dump", "keys"] {
        let message = directory.run([command, "damaged", "-o", "out"]).failure();
        assert!(
            message.starts_with("damaged: page 0 is damaged: ")
                && message.ends_with("; massmap verify finds all damage"),
            "{message}"
        );
    }
    let message = directory.run(["sample", "damaged", "-n", "100"]).failure();
    assert!(message.starts_with("damaged: page 0 is damaged: "), "{message}");
    assert_eq!(directory.names(), ["damaged", "v1", "v2"]);
}
