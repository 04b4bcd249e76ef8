//! `massmap bench`: its structure, its options and its errors. Times are not asserted.

use std::collections::BTreeMap;
use std::hash::Hash;

use massmap::{DuplicateKeys, Xxh3HashLoader};
use serde::Serialize;
use serde_json::Value;

use crate::harness::fixtures::{OwnHashLoader, hundred, map, map_with, paged_map, paged_map_with};
use crate::harness::{Directory, escaped};

/// What `--json` prints of a file with these bytes.
#[track_caller]
fn figures_of(bytes: impl AsRef<[u8]>, options: &[&str]) -> Value {
    let directory = Directory::with("a", bytes);
    let arguments = ["bench", "--json", "--seconds", "0.2", "a"];
    let json = directory.run(arguments.iter().chain(options)).success();
    serde_json::from_str(&json).unwrap()
}

/// The measurements by their names.
fn measurements(figures: &Value) -> BTreeMap<String, Value> {
    let measurements = figures["measurements"].as_array().unwrap().iter();
    measurements
        .map(|of| (of["name"].as_str().unwrap().to_owned(), of.clone()))
        .collect()
}

fn notes(figures: &Value) -> String {
    let notes = figures["notes"].as_array().unwrap().iter();
    notes
        .map(|note| note.as_str().unwrap().to_owned() + "\n")
        .collect()
}

/// Checks what holds of every machine. Returns the measurements.
#[track_caller]
fn check(figures: &Value) -> BTreeMap<String, Value> {
    let found = measurements(figures);
    let notes = notes(figures);
    let mut expected = vec!["cached_read", "cached_get", "cached_batch"];
    let has_misses = figures["missing_keys"] != 0;
    assert_eq!(
        has_misses,
        !notes.contains("Missing keys are left out"),
        "{notes}"
    );
    let has_direct = cfg!(target_os = "linux") && !notes.contains("past the page cache are left out");
    let has_ring = has_direct && !notes.contains("with reads in flight are left out");
    if has_misses {
        expected.push("cached_miss");
    }
    if has_direct {
        expected.extend(["direct_read", "direct_get"]);
    }
    if has_direct && has_misses {
        expected.push("direct_miss");
    }
    if has_ring {
        expected.extend(["ring_read", "ring_batch"]);
    }
    expected.sort_unstable();
    assert!(found.keys().eq(&expected), "{found:?}, not {expected:?}");
    for (name, of) in &found {
        let number = |field: &str| of[field].as_f64().unwrap();
        assert!(number("count") >= 1.0, "{name}: {of}");
        assert!(number("at_once") >= 1.0, "{name}: {of}");
        assert!(number("median_ns") <= number("p99_ns"), "{name}: {of}");
        assert!(number("per_second") > 0.0, "{name}: {of}");
        if name.ends_with("_read") {
            assert_eq!(number("time_of_bare_read"), 1.0, "{name}: {of}");
        }
        assert_eq!(
            number("at_once") > 1.0,
            name.ends_with("batch") || name == "ring_read"
        );
    }
    found
}

#[test]
fn maps_of_either_format_are_measured_cached_and_direct_beside_bare_reads() {
    let entries: Vec<_> = (0..5000u64).map(|n| (n.to_string(), n)).collect();
    for (format, bytes) in [(1, map(512, &entries)), (2, paged_map(&entries))] {
        let figures = figures_of(bytes, &[]);
        check(&figures);
        assert_eq!(figures["format"], format);
        assert_eq!(figures["entries"], 5000);
        assert_eq!(figures["threads"], 1);
        assert_eq!(
            figures["page_size"],
            if format == 1 { Value::Null } else { 512.into() }
        );
        assert!(figures["keys"].as_u64().unwrap() >= 1);
        assert!(figures["missing_keys"].as_u64().unwrap() >= 1);
    }
}

#[track_caller]
fn check_keys<K: Serialize + Hash + Eq>(keys: impl IntoIterator<Item = K>, has_missing: bool) {
    let entries: Vec<_> = keys.into_iter().map(|key| (key, "value")).collect();
    for bytes in [map_with::<Xxh3HashLoader, _, _>(8, &entries), paged_map(&entries)] {
        let figures = figures_of(bytes, &["--keys", "500"]);
        check(&figures);
        assert_eq!(figures["missing_keys"] != 0, has_missing, "{figures}");
    }
}

#[test]
fn keys_of_all_types_that_can_be_looked_up_are_measured_and_missing_ones_found() {
    check_keys(0..1000u64, true);
    check_keys((0..1000i32).map(|n| n - 500), true);
    check_keys(0..100u8, true);
    check_keys((0..1000u128).map(|n| n << 64), true);
    check_keys('a'..='z', true);
    check_keys(
        (0..100).map(|n: u32| (n, Some(n.to_string()), [n as u8; 3])),
        true,
    );
    check_keys((0..100).map(|n: u16| n.to_string().into_bytes()), true);
}

#[test]
fn where_no_key_is_missing_nothing_is_said_of_missing_keys() {
    check_keys([false, true], false);
    check_keys(0..=u8::MAX, false);
    let directory = Directory::with("a", paged_map(&[(false, 1), (true, 2)]));
    let text = directory.run(["bench", "--seconds", "0.1", "a"]).success();
    assert!(
        text.contains("Missing keys are left out: none were found."),
        "{text}"
    );
    assert!(!text.contains("a missing key"), "{text}");
}

#[test]
fn entries_of_one_key_and_of_several_pages_are_measured() {
    let repeated: Vec<_> = (0..3000u32).map(|n| (7u64, n)).collect();
    let bytes = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| builder.with_duplicate_keys(DuplicateKeys::KeepAll),
        &repeated,
    );
    check(&figures_of(bytes, &[]));
    check(&figures_of(map(1 << 16, &repeated), &[]));
    let long: Vec<_> = (0..4u32).map(|n| (n, "v".repeat(2 << 20))).collect();
    check(&figures_of(paged_map(&long), &["--keys", "10"]));
    check(&figures_of(paged_map(&[(1, 2)]), &["--keys", "1"]));
}

#[test]
fn filters_compression_and_several_threads_are_measured() {
    let entries: Vec<_> = (0..3000u32)
        .map(|n| (n.to_string(), format!("{n} ").repeat(20)))
        .collect();
    let bytes = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_miss_filter(true)
                .with_compression(massmap::Compression::zstd())
        },
        &entries,
    );
    let figures = figures_of(bytes, &["--threads", "3", "--keys", "100"]);
    check(&figures);
    assert_eq!([&figures["threads"], &figures["keys"]], [3, 100]);
}

#[test]
fn the_text_is_a_table_of_80_columns() {
    let name = "a\n\u{1b}[31m";
    let directory = Directory::with(name, paged_map(&hundred(|n| n)));
    let text = directory.run(["bench", "--seconds", "0.2", name]).success();
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), escaped(name));
    for line in lines {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for part in [
        "median",
        "99 %",
        "a second",
        "cached",
        "bare read of the same pages",
        "a key of a batch",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn what_cannot_be_looked_up_is_an_error_that_names_the_file() {
    #[derive(Serialize, PartialEq, Eq, Hash)]
    struct Key {
        name: String,
    }
    let empty: [(String, u64); 0] = [];
    let entries = hundred(|n| n.to_string());
    let mut damaged = paged_map(&entries);
    for page in damaged[512..].chunks_mut(512) {
        page[100] ^= 1;
    }
    let directory = Directory::new();
    for (bytes, expected) in [
        (paged_map(&empty), "nothing to look up"),
        (map(8, &empty), "nothing to look up"),
        (
            map(8, &hundred(|n| Key { name: n.to_string() })),
            "keys cannot be looked up: ",
        ),
        (
            map_with::<OwnHashLoader, _, _>(8, &entries),
            "keys cannot be looked up: ",
        ),
        (damaged, "damaged"),
        (
            b"no map at all, but long enough for its header".to_vec(),
            "massmap",
        ),
    ] {
        directory.write("a", bytes);
        let message = directory.run(["bench", "--seconds", "0.1", "a"]).failure();
        assert!(
            message.starts_with("a: ") && message.contains(expected),
            "{message}"
        );
    }
    let message = directory.run(["bench", "none"]).failure();
    assert!(
        message.starts_with("none: ") && message.contains("open"),
        "{message}"
    );
    let message = directory.run(["bench", "s3://bucket/a"]).failure();
    assert!(
        message.starts_with("s3://bucket/a: only files of this machine can be measured"),
        "{message}"
    );
}

#[test]
fn impossible_options_are_usage_errors() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    for (option, value, complaint) in [
        ("--seconds", "0", "not a number from 0.1 to 3600"),
        ("--seconds", "NaN", "not a number"),
        ("--seconds", "1e9", "not a number"),
        ("--seconds", "x", "not a number"),
        ("--threads", "0", "not in 1..=1024"),
        ("--threads", "1025", "not in 1..=1024"),
        ("--keys", "0", "not in 1..=1000000"),
    ] {
        let message = directory.run(["bench", option, value, "a"]).usage_error();
        assert!(message.contains(complaint), "{message}");
    }
}

#[test]
fn the_guide_describes_all_figures() {
    let guide = include_str!("../../../../../../docs/stats-and-bench.md");
    let figures = figures_of(paged_map(&hundred(|n| n.to_string())), &[]);
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut names = [fields(&figures), fields(&figures["measurements"][0])].concat();
    names.extend(
        [
            "cached_read",
            "cached_get",
            "cached_miss",
            "cached_batch",
            "direct_read",
            "direct_get",
            "direct_miss",
            "ring_read",
            "ring_batch",
        ]
        .map(str::to_owned),
    );
    for name in names {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}
