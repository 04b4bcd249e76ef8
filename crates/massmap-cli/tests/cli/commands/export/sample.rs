//! `massmap sample`.

use std::collections::{BTreeMap, BTreeSet};

use massmap::{DuplicateKeys, Xxh3HashLoader};

use crate::harness::Directory;
use crate::harness::fixtures::{hundred, map, paged_map, paged_map_with};

fn keys(text: &str) -> Vec<u64> {
    let entries = text
        .lines()
        .map(|line| serde_json::from_str::<(u64, serde_json::Value)>(line).unwrap());
    entries.map(|(key, _)| key).collect()
}

fn sample(directory: &Directory, file: &str, count: u64, seed: u64) -> Vec<u64> {
    let text = directory.run([
        "sample",
        file,
        "-n",
        &count.to_string(),
        "--seed",
        &seed.to_string(),
    ]);
    keys(&text.success())
}

#[test]
fn entries_are_written_as_dump_writes_them() {
    let directory = Directory::with("v1", map(4, &hundred(|n| n)));
    directory.write("v2", paged_map(&hundred(|n| n)));
    for file in ["v1", "v2"] {
        let all = directory.run(["dump", file]).success();
        let lines: Vec<_> = all.lines().collect();
        let sample = directory.run(["sample", file]).success();
        let places: Vec<_> = sample
            .lines()
            .map(|line| lines.iter().position(|other| *other == line).unwrap())
            .collect();
        assert_eq!(places.len(), 10);
        assert!(places.is_sorted_by(|one, other| one < other));
        for count in ["100", "101", "18446744073709551615"] {
            assert_eq!(directory.run(["sample", "-n", count, file]).success(), all);
        }
        assert_eq!(directory.run(["sample", "-n", "0", file]).success(), "");
    }
    directory.write("empty", paged_map::<u8, u8>(&[]));
    assert_eq!(directory.run(["sample", "empty"]).success(), "");
}

#[test]
fn a_seed_gives_the_same_entries_and_others_give_others() {
    let directory = Directory::with("a", paged_map(&(0..3000u64).map(|n| (n, n)).collect::<Vec<_>>()));
    let one = sample(&directory, "a", 5, 1);
    assert_eq!(sample(&directory, "a", 5, 1), one);
    assert_ne!(sample(&directory, "a", 5, 2), one);
    let random: BTreeSet<_> = (0..3).map(|_| directory.run(["sample", "a"]).success()).collect();
    assert_eq!(random.len(), 3);
}

/// Takes many samples of a file, and checks that each of its entries is in about as many as any other.
fn check_uniform(file: Vec<u8>, entries: u64, count: u64, samples: u64) {
    let directory = Directory::with("a", file);
    let mut counts: BTreeMap<u64, u64> = (0..entries).map(|key| (key, 0)).collect();
    for seed in 0..samples {
        let chosen = sample(&directory, "a", count, seed);
        assert_eq!(BTreeSet::from_iter(chosen.iter()).len() as u64, count);
        for key in chosen {
            *counts.get_mut(&key).unwrap() += 1;
        }
    }
    let mean = (count * samples) as f64 / entries as f64;
    // The sum of the squares has about the mean 1 and the deviation √(2 / entries).
    let squares: f64 = counts
        .values()
        .map(|count| (*count as f64 - mean).powi(2) / mean)
        .sum();
    let expected = 1.0 - count as f64 / entries as f64;
    let spread = squares / entries as f64 / expected;
    let deviation = (2.0 / entries as f64).sqrt();
    assert!((spread - 1.0).abs() < 5.0 * deviation, "{spread} ± {deviation}");
}

#[test]
fn every_entry_is_as_likely_as_any_other_when_all_are_read() {
    check_uniform(paged_map(&hundred(|n| n)), 100, 30, 100);
}

#[test]
fn every_entry_of_format_1_is_as_likely_as_any_other() {
    check_uniform(
        map(7, &(0..300u64).map(|n| (n, n)).collect::<Vec<_>>()),
        300,
        60,
        100,
    );
}

#[test]
fn every_entry_is_as_likely_as_any_other_however_full_its_page_is() {
    // Of a third of the keys, the value takes several pages; all others share pages.
    let entries: Vec<_> = (0..12_000u64)
        .map(|n| (n, "x".repeat(if n % 3 == 0 { 600 } else { 0 })))
        .collect();
    check_uniform(paged_map(&entries), 12_000, 50, 150);
    // Long and short runs.
    let long = paged_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_longest_run(16), &entries);
    let directory = Directory::with("a", long);
    let chosen: Vec<_> = (0..60)
        .flat_map(|seed| sample(&directory, "a", 50, seed))
        .collect();
    let large = chosen.iter().filter(|key| *key % 3 == 0).count() as f64 / chosen.len() as f64;
    // A deviation is 0.0086.
    assert!((large - 1.0 / 3.0).abs() < 0.04, "{large}");
}

#[test]
fn a_key_may_be_chosen_as_often_as_it_is_there() {
    let entries: Vec<_> = (0..100u64).map(|n| (n % 10, n)).collect();
    let keep = |builder: massmap::MassMapBuilder<Xxh3HashLoader>| {
        builder.with_duplicate_keys(DuplicateKeys::KeepAll)
    };
    let directory = Directory::with("a", paged_map_with(keep, &entries));
    let chosen = sample(&directory, "a", 95, 0);
    assert_eq!(chosen.len(), 95);
}
