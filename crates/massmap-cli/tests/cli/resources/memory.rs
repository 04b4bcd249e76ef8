//! What the program takes of memory: as much as a value has bytes, and not as much as a tree of it would.
#![cfg(target_os = "linux")]

use std::io::Write;

use crate::harness::Directory;
use crate::harness::fixtures::paged_map;

/// Runs the program with no more than so many MiB of address space.
#[track_caller]
fn run_within(directory: &Directory, mebibytes: usize, arguments: &str) -> String {
    let limit = format!("ulimit -v {}", mebibytes << 10);
    directory.run_after(&limit, arguments.split(' ')).success()
}

/// What the program takes when it does next to nothing, and then some.
const BASE: usize = 64;

/// A value that is given out as it was encoded: an array of so many elements.
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
fn values_are_shown_in_the_memory_of_their_bytes() {
    const COUNT: usize = 1_000_000;
    for text in [&b"{}"[..], b"0"] {
        let directory = Directory::with("a", paged_map(&[("k", Elements(COUNT, text))]));
        let text = str::from_utf8(text).unwrap();
        let stdout = run_within(&directory, BASE, "get a k");
        assert_eq!(stdout.len(), COUNT * (text.len() + 1) + 2);
        assert!(stdout.starts_with(&format!("[{text},{text}")));
        for question in ["info a -k k", "info a -b 0"] {
            assert!(run_within(&directory, BASE, question).len() > COUNT);
        }
    }
}

#[test]
fn values_are_read_in_little_more_than_the_memory_of_their_bytes() {
    // As a tree: 32 bytes an element, and those of the vector that grows.
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
            // The map of an array has 8 MB: twice that, and the line of NDJSON of 16 MB.
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
fn the_names_of_columns_take_no_memory_for_each_row() {
    // As many rows as a batch has entries.
    const ROWS: usize = 512;
    const NAME: usize = 1 << 20;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writeln!(encoder, "k,{},b", "x".repeat(NAME)).unwrap();
    for row in 0..ROWS {
        writeln!(encoder, "{row},1,2").unwrap();
    }
    let directory = Directory::with("in.csv.gz", encoder.finish().unwrap());
    // The map has the name in each of its values, 512 MiB in all, of which only one shard is kept here.
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
