//! Memory for values: about their encoded size, not that of a tree.
#![cfg(target_os = "linux")]

use std::io::Write;

use crate::harness::Directory;
use crate::harness::fixtures::paged_map;

/// Runs the program with a limit on its address space.
#[track_caller]
fn run_within(directory: &Directory, mebibytes: usize, arguments: &str) -> String {
    let limit = format!("ulimit -v {}", mebibytes << 10);
    directory.run_after(&limit, arguments.split(' ')).success()
}

/// Memory of the idle program, with a margin.
const BASE: usize = if cfg!(feature = "parquet") { 96 } else { 64 };

/// Serializes to an array of this many elements.
struct Elements(usize, &'static [u8]);

impl serde::Serialize for Elements {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut elements = serializer.serialize_seq(Some(self.0))?;
        for _ in 0..self.0 {
            match self.1 {
                b"{}" => elements.serialize_element(&std::collections::BTreeMap::<u8, u8>::new())?,
                _ => elements.serialize_element(&0)?,
            }
        }
        elements.end()
    }
}

#[test]
fn showing_a_value_takes_the_memory_of_its_bytes() {
    const COUNT: usize = 1_000_000;
    for text in [&b"{}"[..], b"0"] {
        let directory = Directory::with("a", paged_map(&[("k", Elements(COUNT, text))]));
        let text = str::from_utf8(text).unwrap();
        let stdout = run_within(&directory, BASE, "get a k");
        assert_eq!(stdout.len(), COUNT * (text.len() + 1) + 2);
        assert!(stdout.starts_with(&format!("[{text},{text}")));
        for question in [
            "info a -k k",
            "info a -b 0",
            "dump a",
            "dump a --format csv",
            "sample a",
        ] {
            assert!(run_within(&directory, BASE, question).len() > COUNT);
        }
    }
}

#[test]
fn reading_a_value_takes_little_more_than_the_memory_of_its_bytes() {
    // A tree would take 32 bytes per element, and more while its vector grows.
    const COUNT: usize = 2_000_000;
    let array = format!("[{}1]", "1,".repeat(COUNT - 1));
    let object: String = (0..COUNT / 8).map(|n| format!("\"{n:07}\":1,")).collect();
    let directory = Directory::new();
    for (name, value) in [("array", array), ("object", format!("{{{object}\"\":1}}"))] {
        for (file, text) in [
            (format!("{name}.json"), format!("{{\"k\": {value}}}")),
            (format!("{name}.ndjson"), format!("[\"k\", {value}]")),
        ] {
            directory.write(&file, text);
            // The array takes 8 MB: twice that, and 16 MB for the line of NDJSON.
            run_within(
                &directory,
                BASE + 64,
                &format!("build -i {file} -o out --threads 1 --memory-limit 1MiB"),
            );
            assert!(directory.read("out").len() > COUNT);
        }
        run_within(
            &directory,
            BASE + 64,
            &format!("convert -i {name}.json -o out --bucket-count 1"),
        );
    }
}

#[test]
fn column_names_take_no_memory_per_row() {
    // One batch of entries.
    const ROWS: usize = 512;
    const NAME: usize = 1 << 20;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writeln!(encoder, "k,{},b", "x".repeat(NAME)).unwrap();
    for row in 0..ROWS {
        writeln!(encoder, "{row},1,2").unwrap();
    }
    let directory = Directory::with("in.csv.gz", encoder.finish().unwrap());
    // Each value contains the name, 512 MiB in all; only one shard of them is kept.
    run_within(
        &directory,
        BASE + 64,
        "build -i in.csv.gz -o out --threads 1 --memory-limit 4MiB --shard 0/128",
    );
    let info = directory.run(["info", "out"]).success();
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    let count = info["meta"]["entry_count"].as_u64().unwrap();
    assert!((1..20).contains(&count), "{count}");
}

#[test]
fn exports_take_little_memory_however_many_entries_there_are() {
    let entries: Vec<_> = (0..300_000u64).map(|n| (n, format!("{n:0200}"))).collect();
    let directory = Directory::with("a", paged_map(&entries));
    for arguments in [
        "dump a -o out",
        "dump --sort --memory-limit 4MiB a -o out.csv",
        "keys a -o out.keys",
        "sample -n 200000 a",
    ] {
        run_within(&directory, BASE, arguments);
    }
    let sorted = std::fs::read_to_string(directory.path("out.csv")).unwrap();
    let expected = entries.iter().map(|(key, value)| format!("{key},{value}"));
    assert!(sorted.lines().skip(1).eq(expected));
    run_within(
        &directory,
        BASE + 64,
        "build -i out --input-format ndjson --like a -o again --memory-limit 8MiB --threads 1",
    );
    assert!(directory.read("again") == directory.read("a"));
}
