//! Answers come in the order of the keys.

use std::fmt::Write;

use super::{both_formats, get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::paged_map;

/// So many keys, of which some are missing and many come several times, in no order.
fn keys(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 3000)
}

fn lines(count: u64) -> String {
    keys(count).fold(String::new(), |mut lines, key| {
        writeln!(lines, "{key}").unwrap();
        lines
    })
}

fn expected(count: u64) -> ([u64; 2], String) {
    let mut counts = [0; 2];
    let mut text = String::new();
    for key in keys(count) {
        let is_missing = key >= 2500;
        counts[usize::from(is_missing)] += 1;
        match is_missing {
            true => writeln!(text, "null").unwrap(),
            false => writeln!(text, "\"{}\"", key * key).unwrap(),
        }
    }
    (counts, text)
}

#[test]
fn many_batches_are_in_order_with_all_duplicates() {
    let entries: Vec<_> = (0..2500u64).map(|n| (n, (n * n).to_string())).collect();
    for directory in both_formats(&entries) {
        let count = 60_000;
        let (counts, text) = expected(count);
        let outcome = get(&directory, ("keys", lines(count).as_bytes()), &["--values-only"]);
        assert!(printed(outcome, counts) == text);
    }
}

#[cfg(unix)]
#[test]
fn batches_are_in_order_where_there_is_no_io_uring() {
    let entries: Vec<_> = (0..2500u64).map(|n| (n, (n * n).to_string())).collect();
    let directory = Directory::with("a", paged_map(&entries));
    let count = 20_000;
    directory.write("keys", lines(count));
    let (counts, text) = expected(count);
    // With just as many open files as the program needs, there is none left for a ring.
    let mut has_opened = false;
    for most in 3..20 {
        let setup = format!("exec < keys; ulimit -n {most}");
        let outcome = directory.run_after(&setup, ["get", "--keys-from", "-", "--values-only", "a"]);
        match outcome.code {
            // The libraries of the program cannot be opened.
            Some(127) => {}
            Some(1) => _ = outcome.failure(),
            _ => {
                assert!(printed(outcome, counts) == text);
                has_opened = true;
            }
        }
    }
    assert!(has_opened);
}

#[test]
fn values_that_are_too_large_to_be_kept_together_are_in_order_too() {
    // A batch of their keys has values of 400 MB, and one value alone is longer than what is kept.
    let value = |n: u64| match n {
        0 => "y".repeat(33 << 20),
        n => format!("{n} {}", "x".repeat(100_000)),
    };
    let entries: Vec<_> = (0..40u64).map(|n| (n, value(n))).collect();
    let directory = Directory::with("a", paged_map(&entries));
    let keys: Vec<u64> = (0..4000).map(|n| 1 + n * 7 % 39).chain([0, 3, 0]).collect();
    let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
    let outcome = get(&directory, ("keys", lines.as_bytes()), &["--values-only"]);
    let stdout = printed(outcome, [keys.len() as u64, 0]);
    let mut rows = stdout.lines();
    for key in keys {
        assert!(rows.next() == Some(&format!("\"{}\"", value(key))), "{key}");
    }
    assert_eq!(rows.next(), None);
}
