//! Damaged files and files with wrong names that are dumped, and that others are to be like: text or an error, never a panic.

use std::path::Path;

use massmap::Xxh3HashLoader;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::harness::fixtures::{hundred, map, paged_map_with};
use crate::harness::round_trip::built_again;
use crate::harness::{Directory, Outcome};

/// Checks that a command succeeds with nothing on stderr, or fails with one line there.
fn check(outcome: &Outcome) -> Result<(), TestCaseError> {
    match outcome.code {
        Some(0) => prop_assert_eq!(&outcome.stderr, ""),
        Some(1) => {
            prop_assert!(outcome.stderr.starts_with("massmap: error: a: "), "{outcome:?}");
            prop_assert_eq!(outcome.stderr.matches('\n').count(), 1, "{:?}", outcome.stderr);
            prop_assert!(outcome.stderr.chars().count() < 700, "{outcome:?}");
        }
        _ => return Err(TestCaseError::fail(format!("{outcome:?}"))),
    }
    Ok(())
}

/// Writes the entries of the file `a` in every way, and builds another one like it.
fn check_all(directory: &Directory) -> Result<(), TestCaseError> {
    for arguments in [
        &["dump", "a"][..],
        &["dump", "--format", "csv", "a"],
        &["dump", "--format", "tsv", "--sort", "a"],
        &["keys", "--raw", "a"],
        &["sample", "--seed", "1", "-n", "1", "a"],
        &["sample", "--seed", "1", "a"],
    ] {
        check(&directory.run(arguments))?;
    }
    directory.write("empty.json", "[]");
    check(&directory.run(["build", "-i", "empty.json", "--like", "a", "-o", "out"]))
}

fn changed(mut bytes: Vec<u8>, changes: Vec<(prop::sample::Index, u8)>) -> Vec<u8> {
    for (index, change) in changes {
        let index = index.index(bytes.len());
        bytes[index] ^= change;
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn changed_files_of_format_1_give_text_or_an_error(changes in changes()) {
        let sample = map(4, &hundred(|n| (format!("key {n}"), Some(n)))[..12]);
        check_all(&Directory::with("a", changed(sample, changes)))?;
    }

    #[test]
    fn changed_files_of_format_2_give_text_or_an_error(changes in changes()) {
        let sample = paged_map_with::<Xxh3HashLoader, _, _>(
            |builder| builder.with_miss_filter(true).with_type_names(true),
            &hundred(|n| (format!("key {n}"), n)),
        );
        check_all(&Directory::with("a", changed(sample, changes)))?;
    }
}

#[test]
fn names_of_other_types_in_files_of_format_1_are_errors_or_the_same_entries() {
    let sample = map(4, &hundred(|n| n)[..12]);
    let name = b"u64";
    let places: Vec<_> = (0..sample.len())
        .filter(|place| sample[*place..].starts_with(name))
        .collect();
    // Of the keys and of the values.
    assert_eq!(places.len(), 2);
    for other in [
        b"i64",
        b"i32",
        b"u32",
        b"f64",
        b"()\0",
        b"foo",
        b"\x9b\x31m",
        b"Any",
    ] {
        for place in &places {
            let mut bytes = sample.clone();
            bytes[*place..*place + name.len()].copy_from_slice(other);
            check_all(&Directory::with("a", bytes)).unwrap();
        }
    }
    let mut bytes = sample.clone();
    bytes[places[1]..places[1] + name.len()].copy_from_slice(b"f64");
    let message = Directory::with("a", bytes).run(["dump", "a"]).failure();
    assert!(
        message.starts_with("a: the value of the key ")
            && message.ends_with(" cannot be written: it is an integer, not f64"),
        "{message}"
    );
}

#[test]
fn files_of_the_fuzzers_are_no_danger_and_the_valid_ones_come_back() {
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions");
    let mut again = 0;
    for folder in ["read_file", "read_paged", "verified"] {
        for file in std::fs::read_dir(regressions.join(folder)).unwrap() {
            let file = file.unwrap();
            let bytes = std::fs::read(file.path()).unwrap();
            let directory = Directory::with("a", &bytes);
            check_all(&directory).unwrap();
            let is_valid = file.file_name().to_string_lossy().starts_with("valid-");
            if is_valid
                && directory
                    .run(["build", "-i", "empty.json", "--like", "a", "-o", "b"])
                    .code
                    == Some(0)
            {
                again += 1;
                let expected = built_again(&directory.path("a"), "ndjson").unwrap();
                assert!(expected == bytes, "{:?}", file.file_name());
            }
        }
    }
    assert!(again > 15, "{again}");
}
