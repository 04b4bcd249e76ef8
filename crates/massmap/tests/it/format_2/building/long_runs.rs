//! Runs of several pages that entries share.

use std::io::ErrorKind;

use massmap::{MassMapDefaultHashLoader, MassMapMerger, WriteError};
use support::cause;
use support::entries::strings;
use support::files::format_2::{header_of, paged, runs_of, small_pages};
use support::files::{build, entries_of, open, try_build, try_merge};

type Default = MassMapDefaultHashLoader;

/// Values of 1 to 4 KiB.
fn long_values(count: u64) -> Vec<(u64, String)> {
    let length = |n| 1024 + massmap_format::spread(n + 1) % 3073;
    (0..count).map(|n| (n, "v".repeat(length(n) as usize))).collect()
}

#[test]
fn long_values_fill_runs_of_eight_pages_well_and_single_pages_badly() {
    let entries = long_values(4000);
    let fill = |longest| {
        let header = header_of(&build(paged().with_longest_run(longest), &entries));
        header.entries_length as f64 / (header.page_count * u64::from(header.page_size)) as f64
    };
    let [single, two, eight] = [1, 2, 8].map(fill);
    assert!(
        single < 0.75 && two > 0.8 && eight >= 0.96,
        "{single} {two} {eight}"
    );
    assert_eq!(fill(1), {
        let header = header_of(&build(paged(), &entries));
        header.entries_length as f64 / (header.page_count * u64::from(header.page_size)) as f64
    });
}

#[test]
fn no_run_is_longer_than_requested_unless_a_bin_needs_it() {
    let mut entries = long_values(2000);
    entries.push((u64::MAX, "v".repeat(50_000)));
    for longest in [1, 2, 3, 8, 16] {
        let file = build(paged().with_longest_run(longest), &entries);
        let runs = runs_of(&file);
        let mut long = runs.iter().filter(|run| run.pages > u64::from(longest));
        if longest > 12 {
            assert!(long.next().is_none());
        } else {
            // The run of the value that needs 13 pages, and, with single pages, those of values that need two.
            assert!(long.clone().any(|run| run.pages >= 13));
            assert!(long.all(|run| run.pages >= 13 || longest == 1));
        }
        assert!(longest == 1 || runs.iter().any(|run| run.pages == u64::from(longest.min(3))));
    }
}

#[test]
fn all_entries_are_found_in_long_runs_and_no_others() {
    for longest in [2, 8] {
        for entries in [
            long_values(700),
            (0..700).map(|n| (n, "v".repeat(n as usize % 200))).collect(),
        ] {
            let file = build(
                small_pages().with_longest_run(longest).with_miss_filter(true),
                &entries,
            );
            let map = open::<Default, u64, String>(&file);
            assert!(map.verify().is_ok());
            for (key, value) in &entries {
                assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
                assert_eq!(map.get(&(key + 1_000_000)).unwrap(), None);
            }
            let keys: Vec<u64> = (0..1400).collect();
            let expected: Vec<_> = entries.iter().map(|(_, value)| Some(value.clone())).collect();
            let found = map.batch_get::<u64>(&keys).unwrap();
            assert_eq!(found[..700], expected);
            assert!(found[700..].iter().all(Option::is_none));
            let mut all = entries_of::<Default, u64, String>(&file);
            all.sort();
            assert_eq!(all, entries);
        }
    }
}

#[test]
fn shards_merged_with_the_same_longest_run_equal_a_single_build() {
    let entries = long_values(600);
    let builder = paged().with_longest_run(8);
    let shards: Vec<_> = (0..3)
        .map(|index| build(builder.clone().with_shard(index, 3), &entries))
        .collect();
    let merger = MassMapMerger::default().with_longest_run(8);
    let merged = try_merge::<Default, u64, String>(merger, &shards).unwrap();
    assert!(merged == build(builder, &entries));
}

#[test]
fn longest_runs_of_0_and_of_more_than_16_pages_are_refused() {
    for longest in [0, 17, u32::MAX] {
        let error = try_build(paged().with_longest_run(longest), &strings(0..3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(matches!(cause(&error), WriteError::LongestRun { pages } if *pages == longest));
    }
}
