//! `massmap stats`.

mod estimates;
mod plots;
mod shapes;

use massmap::Xxh3HashLoader;
use serde_json::Value;

use crate::harness::fixtures::{default_map_with, hundred, map, paged_map, paged_map_with};
use crate::harness::{Directory, escaped, is_harmful};

/// What `--json` prints of the file `name`.
#[track_caller]
fn figures(directory: &Directory, name: &str) -> Value {
    let json = directory.run(["stats", "--json", name]).success();
    serde_json::from_str(&json).unwrap()
}

/// What `--json` prints of a file with these bytes.
#[track_caller]
fn figures_of(bytes: impl AsRef<[u8]>) -> Value {
    figures(&Directory::with("a", bytes), "a")
}

/// Entries whose keys take 3 bytes, and whose values take 1 to 100 bytes, each length as often as any other.
fn ramp() -> Vec<(String, String)> {
    (0..1000)
        .map(|n: usize| (format!("{:02}", n % 100), n % 100, n / 100))
        .map(|(key, length, round)| (format!("{key}{round}"), "v".repeat(length)))
        .collect()
}

/// The bytes that a string of this length takes.
fn encoded(length: u64) -> u64 {
    length + if length < 32 { 1 } else { 2 }
}

#[test]
fn lengths_are_those_of_the_encoded_keys_and_values_in_either_format() {
    let entries = ramp();
    let sum: u64 = 10 * (0..100).map(encoded).sum::<u64>();
    for bytes in [map(64, &entries), paged_map(&entries)] {
        let figures = figures_of(bytes);
        assert_eq!(figures["entries"], 1000);
        for (name, [sum, min, median, p99, max]) in
            [("keys", [4000, 4, 4, 4, 4]), ("values", [sum, 1, 51, 100, 101])]
        {
            let lengths = &figures[name];
            assert_eq!(lengths["sum"], sum, "{name}");
            assert_eq!(lengths["min"], min, "{name}");
            assert_eq!(lengths["median"], median, "{name}");
            assert_eq!(lengths["p99"], p99, "{name}");
            assert_eq!(lengths["max"], max, "{name}");
            let histogram = lengths["histogram"].as_array().unwrap();
            let counts = histogram.iter().map(|range| range["count"].as_u64().unwrap());
            assert_eq!(counts.sum::<u64>(), 1000, "{name}");
        }
        // Values of 1, 2–3, 4–7, … bytes.
        let counts: Vec<_> = figures["values"]["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .map(|range| (range["from"].as_u64().unwrap(), range["count"].as_u64().unwrap()))
            .collect();
        let expected = [
            (1, 10),
            (2, 20),
            (4, 40),
            (8, 80),
            (16, 160),
            (32, 310),
            (64, 380),
        ];
        assert_eq!(counts, expected);
    }
}

#[test]
fn records_have_the_lengths_of_records() {
    let entries = hundred(|n| n);
    let figures = figures_of(paged_map(&entries));
    for name in ["keys", "values"] {
        assert_eq!(figures[name]["sum"], 800);
        assert_eq!([&figures[name]["min"], &figures[name]["max"]], [8, 8]);
    }
}

#[test]
fn pages_and_what_is_used_of_them_are_those_of_info_and_verify() {
    let directory = Directory::with("a", paged_map(&ramp()));
    let figures = figures(&directory, "a");
    let info: Value = serde_json::from_str(&directory.run(["info", "a"]).success()).unwrap();
    let pages = &figures["pages"];
    assert_eq!(pages["size"], info["paged"]["page_size"]);
    assert_eq!(pages["count"], info["paged"]["page_count"]);
    // That of info is rounded down to four digits.
    let fill = pages["fill"].as_f64().unwrap() - info["paged"]["fill"].as_f64().unwrap();
    assert!((0.0..0.000_101).contains(&fill), "{fill}");
    let runs = pages["fill_histogram"].as_array().unwrap();
    let runs: u64 = runs.iter().map(|part| part["runs"].as_u64().unwrap()).sum();
    assert_eq!(runs, info["meta"]["occupied_bucket_count"].as_u64().unwrap());
    assert_eq!(figures["file_bytes"], directory.read("a").len());
    let current: Vec<_> = figures["page_sizes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["current"] == true)
        .collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["page_size"], pages["size"]);
    assert_eq!(current[0]["pages"], pages["count"]);
    assert_eq!(current[0]["file_bytes"], figures["file_bytes"]);
    assert_eq!(current[0]["hit"], figures["hit"]);
}

#[test]
fn entries_longer_than_a_page_are_runs_of_several_pages() {
    let mut entries = ramp();
    entries.push(("long".to_owned(), "v".repeat(1000)));
    entries.push(("longer".to_owned(), "v".repeat(2000)));
    let pages = &figures_of(paged_map(&entries))["pages"];
    assert_eq!(
        [
            &pages["long_runs"],
            &pages["long_run_pages"],
            &pages["longest_run_pages"]
        ],
        [2, 3 + 5, 5]
    );
}

#[test]
fn the_buckets_of_format_1_are_counted() {
    let figures = figures_of(map(200, &hundred(|n| n.to_string())));
    let (buckets, occupied) = (
        &figures["buckets"],
        figures["buckets"]["occupied"].as_u64().unwrap(),
    );
    assert_eq!(buckets["count"], 200);
    assert_eq!(buckets["entries"]["sum"], 100);
    assert_eq!(buckets["entries"]["min"], 0);
    assert_eq!(buckets["entries"]["histogram"][0]["count"], 200 - occupied);
    assert_eq!(figures["pages"], Value::Null);
    assert_eq!(figures["hit"]["reads"], 1.0);
    let reads = figures["miss"]["reads"].as_f64().unwrap();
    assert!((reads - occupied as f64 / 200.0).abs() < 1e-9, "{reads}");
    // Two or three bytes a bucket.
    let bits = figures["index"]["bits_per_page"].as_f64().unwrap();
    assert!((8.0..32.0).contains(&bits), "{bits}");
}

#[test]
fn the_bytes_that_lookups_read_are_those_that_they_read() {
    let mut entries = ramp();
    entries.push(("long".to_owned(), "v".repeat(5000)));
    for bytes in [map(64, &entries), paged_map(&entries)] {
        let directory = Directory::with("a", bytes);
        let figures = figures(&directory, "a");
        let keys = entries.iter().map(|(key, _)| key.as_str());
        let arguments = ["get", "--stats", "a"].into_iter().chain(keys);
        let outcome = directory.run(arguments);
        let (_, lookups) = outcome.stderr.split_once("; lookups: ").unwrap();
        let numbers: Vec<f64> = lookups
            .split(|letter: char| !letter.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let [reads, bytes] = numbers[..] else {
            panic!("{outcome:?}")
        };
        let count = entries.len() as f64;
        // The first lookup may read more, to check the keys.
        let expected = figures["hit"]["bytes"].as_f64().unwrap() * count;
        assert!((reads - count).abs() <= 3.0, "{reads}");
        assert!((bytes / expected - 1.0).abs() < 0.05, "{bytes}, not {expected}");
    }
}

#[test]
fn the_false_positives_of_a_filter_are_measured() {
    let entries = ramp();
    let with_filter =
        |filter| paged_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_miss_filter(filter), &entries);
    let figures = figures_of(with_filter(true));
    let filter = &figures["miss_filter"];
    let rate = filter["false_positive_rate"].as_f64().unwrap();
    assert!((0.002..0.008).contains(&rate), "{rate}");
    let bits = filter["bits_per_key"].as_f64().unwrap();
    assert!((9.0..13.0).contains(&bits), "{bits}");
    let reads = figures["miss"]["reads"].as_f64().unwrap();
    assert!((reads / rate - 1.0).abs() < 0.02, "{reads}");
    // Sections are kept as they are.
    assert_eq!(figures["index"]["memory_bytes"], figures["index"]["file_bytes"]);
    let memory = figures["index"]["memory_bytes"].as_u64().unwrap() + filter["bytes"].as_u64().unwrap();
    assert_eq!(figures["memory_bytes"], memory);

    let figures = figures_of(with_filter(false));
    assert_eq!(figures["miss_filter"], Value::Null);
    let reads = figures["miss"]["reads"].as_f64().unwrap();
    assert!((0.98..=1.0).contains(&reads), "{reads}");
}

#[test]
fn compression_is_compared_with_the_values() {
    let entries: Vec<_> = (0..2000)
        .map(|n: u32| {
            (
                n,
                format!(
                    "{{\"name\": \"value number {n}\", \"text\": \"{}\"}}",
                    "abc".repeat(20)
                ),
            )
        })
        .collect();
    let build = |zstd: Option<massmap::Compression>| {
        default_map_with::<Xxh3HashLoader, _, _>(
            |builder| match zstd {
                Some(zstd) => builder.with_compression(zstd),
                None => builder,
            },
            &entries,
        )
    };
    let plain = figures_of(build(None));
    assert_eq!(plain["compression"], Value::Null);
    let compressed = figures_of(build(Some(massmap::Compression::zstd())));
    for name in ["keys", "values"] {
        assert_eq!(compressed[name], plain[name]);
    }
    let compression = &compressed["compression"];
    let stored = compression["stored"]["sum"].as_f64().unwrap();
    let ratio = plain["values"]["sum"].as_f64().unwrap() / stored;
    assert!(ratio > 2.0);
    assert_eq!(compression["ratio"].as_f64().unwrap(), ratio);
    assert_eq!(compression["compressed_values"], 2000);
    assert!(
        stored < compressed["pages"]["fill"].as_f64().unwrap() * compressed["file_bytes"].as_f64().unwrap()
    );
}

#[test]
fn the_text_fits_80_columns_and_has_neither_colors_nor_names_that_break_it() {
    let name = "a\n\u{1b}[31m\u{202e}";
    let mut entries = ramp();
    entries.push(("long".to_owned(), "v".repeat(10_000)));
    let bytes = default_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_page_size(512)
                .with_miss_filter(true)
                .with_compression(massmap::Compression::zstd())
        },
        &entries,
    );
    for bytes in [bytes, map(1 << 16, &entries)] {
        let directory = Directory::with(name, bytes);
        let text = directory.run(["stats", name]).success();
        let mut lines = text.lines();
        assert_eq!(lines.next().unwrap(), escaped(name));
        for line in lines {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(!line.contains(is_harmful), "{line:?}");
        }
        for part in [
            "lengths of keys",
            "lengths of values",
            "layout",
            "a lookup",
            "estimates",
            "64 KiB",
            "█",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.trim_end().ends_with(['.', ')']), "{text}");
    }
}

#[test]
fn the_guide_describes_all_figures() {
    let guide = include_str!("../../../../../../docs/stats-and-bench.md");
    let compressed = default_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_miss_filter(true)
                .with_compression(massmap::Compression::zstd())
        },
        &ramp(),
    );
    for bytes in [compressed, map(10, &ramp())] {
        let mut left = vec![figures_of(bytes)];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(fields) => {
                    for (name, value) in fields {
                        assert!(guide.contains(&format!("`{name}`")), "{name}");
                        left.push(value);
                    }
                }
                Value::Array(elements) => left.extend(elements),
                _ => {}
            }
        }
    }
}
