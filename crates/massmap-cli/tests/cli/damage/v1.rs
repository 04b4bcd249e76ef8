//! Damaged files of format 1: a result or an error, never a panic, a signal or a wrong miss.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::harness::fixtures::{hundred, map};
use crate::harness::{Directory, Outcome};

/// A small map with keys in several buckets.
fn sample() -> Vec<u8> {
    map(4, &hundred(|n| format!("key {n}"))[..12])
}

fn query(directory: &Directory) -> Outcome {
    directory.run(["info", "a", "--key", "key 7", "--bucket", "2"])
}

#[test]
fn a_file_truncated_anywhere_is_an_error() {
    let sample = sample();
    for length in 0..sample.len() {
        let directory = Directory::with("a", &sample[..length]);
        let message = query(&directory).failure();
        assert!(
            message.starts_with("a: cannot read it as a massmap file: "),
            "{length}: {message}"
        );
    }
    query(&Directory::with("a", sample)).success();
}

#[test]
fn a_damaged_bucket_is_an_error() {
    let mut bytes = map(1, &[("a", 1), ("b", 2)]);
    // The first entry becomes an array of three elements.
    assert_eq!(bytes[25], 0x92);
    bytes[25] = 0x93;
    let directory = Directory::with("a", bytes);
    directory.run(["info", "a"]).success();
    for (question, context) in [
        ("-kb", "cannot look up the key"),
        ("-b0", "cannot list the bucket"),
    ] {
        assert_eq!(
            directory.run(["info", "a", question]).failure(),
            format!("a: {context}: bucket 0 is damaged: an array of 3 elements at position 1 instead of 2")
        );
    }
}

#[test]
fn a_header_with_too_large_lengths_takes_no_memory() {
    for (offset, length) in [
        (24, u64::MAX - 24),
        (u64::MAX, 1),
        (24, 1 << 60),
        (1 << 60, 1 << 20),
    ] {
        let mut bytes = sample();
        bytes[8..16].copy_from_slice(&offset.to_be_bytes());
        bytes[16..24].copy_from_slice(&length.to_be_bytes());
        let message = query(&Directory::with("a", bytes)).failure();
        assert!(
            message.starts_with("a: cannot read it as a massmap file: "),
            "{message}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn changed_bytes_give_a_result_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample();
        for (index, change) in changes {
            let index = index.index(bytes.len());
            bytes[index] ^= change;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let directory = Directory::with("a", bytes);
        let outcome = query(&directory);
        prop_assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
        match outcome.code {
            Some(0) => prop_assert!(outcome.stdout.contains("\nGet key 7: "), "{outcome:?}"),
            Some(1) => {
                prop_assert_eq!(&outcome.stdout, "");
                prop_assert_eq!(outcome.stderr.matches('\n').count(), 1, "{:?}", outcome.stderr);
                prop_assert!(outcome.stderr.starts_with("massmap: error: a: "), "{outcome:?}");
            }
            _ => return Err(TestCaseError::fail(format!("{outcome:?}"))),
        }
        prop_assert_eq!(directory.names(), ["a"]);
    }
}
