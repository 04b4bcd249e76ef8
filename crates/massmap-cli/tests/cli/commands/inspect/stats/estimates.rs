//! Estimates for other page sizes, compared with files that really have them.

use massmap::{Compression, DuplicateKeys, MassMapBuilder, Xxh3HashLoader};
use serde::Serialize;
use serde_json::Value;
use std::hash::Hash;

use super::figures_of;
use crate::harness::fixtures::{default_map_with, map};

/// Numbers that look random.
fn random() -> impl Iterator<Item = u64> {
    (1u64..).map(|n| {
        let mixed = (n ^ (n << 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16
    })
}

/// Entries with values of very different lengths: some of a few bytes, some of several KiB.
fn uneven(count: usize) -> Vec<(String, String)> {
    let lengths = random().map(|n| {
        let bits = n % 13;
        usize::try_from((1 << bits) + (n >> 8) % (1 << bits)).unwrap()
    });
    let keys = random().map(|n| n.to_string());
    let values = lengths.map(|length| "v".repeat(length));
    keys.zip(values).take(count).collect()
}

type Builder = MassMapBuilder<Xxh3HashLoader>;

/// How far an estimate may be from the truth, as a share of it.
struct Tolerance {
    pages: f64,
    index: f64,
    /// Number of runs of several pages.
    long_runs: f64,
}

/// Builds maps with all page sizes, and compares them with what `estimated` says.
#[track_caller]
fn compare_with<K: Serialize + Hash + Eq, V: Serialize>(
    estimated: &Value,
    entries: &[(K, V)],
    configure: impl Fn(Builder) -> Builder,
    tolerance: &Tolerance,
) {
    let rows = estimated["page_sizes"].as_array().unwrap();
    assert_eq!(rows.len(), 8);
    for row in rows {
        let page_size = u32::try_from(row["page_size"].as_u64().unwrap()).unwrap();
        let bytes = default_map_with(|builder| configure(builder).with_page_size(page_size), entries);
        let built = figures_of(bytes);
        let close = |what: &str, of_row: &Value, of_built: &Value, tolerance: f64, absolute: f64| {
            let (estimate, truth) = (of_row.as_f64().unwrap(), of_built.as_f64().unwrap());
            assert!(
                (estimate - truth).abs() <= truth * tolerance + absolute,
                "{what} with pages of {page_size}: {estimate}, and really {truth}"
            );
        };
        let (pages, size) = (tolerance.pages, f64::from(page_size));
        close("pages", &row["pages"], &built["pages"]["count"], pages, 1.0);
        close(
            "file",
            &row["file_bytes"],
            &built["file_bytes"],
            pages,
            size + 256.0,
        );
        close(
            "fill",
            &row["fill"],
            &built["pages"]["fill"],
            pages,
            1.0 / row["pages"].as_f64().unwrap(),
        );
        close(
            "long runs",
            &row["long_runs"],
            &built["pages"]["long_runs"],
            0.02,
            tolerance.long_runs,
        );
        close(
            "index",
            &row["index_bytes"],
            &built["index"]["file_bytes"],
            tolerance.index,
            140.0,
        );
        close(
            "memory",
            &row["memory_bytes"],
            &built["memory_bytes"],
            tolerance.index,
            140.0,
        );
        close(
            "hit",
            &row["hit"]["bytes"],
            &built["hit"]["bytes"],
            2.0 * pages,
            0.0,
        );
        close(
            "miss",
            &row["miss"]["bytes"],
            &built["miss"]["bytes"],
            4.0 * pages,
            0.0,
        );
        close(
            "misses",
            &row["miss"]["reads"],
            &built["miss"]["reads"],
            0.02,
            0.0,
        );
    }
}

/// Compares the estimates of a map with pages of the size that the builder chooses.
#[track_caller]
fn compare<K: Serialize + Hash + Eq, V: Serialize>(
    entries: &[(K, V)],
    configure: impl Fn(Builder) -> Builder,
    tolerance: &Tolerance,
) {
    let estimated = figures_of(default_map_with(&configure, entries));
    compare_with(&estimated, entries, configure, tolerance);
}

const CLOSE: Tolerance = Tolerance {
    pages: 0.005,
    index: 0.02,
    long_runs: 2.0,
};

#[test]
fn estimates_for_short_values_are_close() {
    let entries: Vec<_> = random()
        .map(|n| (n, "v".repeat((n % 60) as usize)))
        .take(20_000)
        .collect();
    compare(&entries, |builder| builder, &CLOSE);
}

#[test]
fn estimates_for_records_are_close() {
    let entries: Vec<_> = random().map(|n| (n, n as u32)).take(50_000).collect();
    compare(&entries, |builder| builder.with_miss_filter(true), &CLOSE);
}

#[test]
fn estimates_for_long_values_are_close() {
    compare(&uneven(5000), |builder| builder, &CLOSE);
}

#[test]
fn estimates_for_shared_runs_are_close() {
    let tolerance = Tolerance {
        pages: 0.01,
        // Whether a record of the index needs a table hangs on few pages.
        index: 0.25,
        long_runs: 2.0,
    };
    compare(&uneven(5000), |builder| builder.with_longest_run(8), &tolerance);
}

#[test]
fn estimates_for_compressed_values_are_close() {
    let entries: Vec<_> = uneven(3000)
        .into_iter()
        .map(|(key, value)| {
            let text = random().take(value.len() / 8).map(|n| format!("{} ", n % 1000));
            (key, text.collect::<String>())
        })
        .collect();
    let tolerance = Tolerance { pages: 0.01, ..CLOSE };
    let configure = |builder: Builder| builder.with_compression(Compression::zstd());
    compare(&entries, configure, &tolerance);
}

#[test]
fn estimates_for_keys_that_repeat_are_close() {
    let entries: Vec<_> = random()
        .take(200)
        .flat_map(|key| (0..key % 300).map(move |n| (key, n.to_string())))
        .collect();
    let tolerance = Tolerance {
        pages: 0.02,
        index: 0.25,
        long_runs: 2.0,
    };
    let configure = |builder: Builder| builder.with_duplicate_keys(DuplicateKeys::KeepAll);
    compare(&entries, configure, &tolerance);
}

#[test]
fn estimates_for_a_shard_are_close() {
    let entries = uneven(8000);
    compare(
        &entries,
        |builder| builder.with_shard(2, 5).with_miss_filter(true),
        &CLOSE,
    );
}

#[test]
fn estimates_of_format_2_for_a_map_of_format_1_are_close() {
    let entries = uneven(5000);
    let estimated = figures_of(map(1024, &entries));
    let tolerance = Tolerance {
        // The entries are not in the order of these hashes.
        pages: 0.02,
        index: 0.3,
        long_runs: 10.0,
    };
    compare_with(&estimated, &entries, |builder| builder, &tolerance);
    assert!(estimated["advice"].as_str().unwrap().contains("--format v2"));
}

#[test]
fn other_page_sizes_are_recommended_where_they_would_be_better() {
    let advice = |bytes: Vec<u8>| figures_of(bytes)["advice"].as_str().unwrap().to_owned();
    let with_pages = |page_size, length: usize, count: u64| {
        let entries: Vec<_> = (0..count).map(|n| (n, "v".repeat(length))).collect();
        default_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_page_size(page_size), &entries)
    };
    // One of these entries fits in a page of 4 KiB, and seven in one of 16 KiB.
    let found = advice(with_pages(4096, 2100, 2000));
    assert!(found.starts_with("Larger pages would be better"), "{found}");
    assert!(found.contains("--page-size 16384"), "{found}");
    let found = advice(with_pages(1 << 16, 20, 200_000));
    assert!(found.contains("--page-size 4096"), "{found}");
    let found = advice(with_pages(4096, 20, 20_000));
    assert!(found.starts_with("Pages of 4 KiB are 98"), "{found}");
    let found = advice(with_pages(4096, 20_000, 50));
    assert!(found.contains("long entries"), "{found}");
}
