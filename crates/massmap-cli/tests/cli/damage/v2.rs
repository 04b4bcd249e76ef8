//! Damaged files of format 2: everything that is printed is correct.

use massmap::Xxh3HashLoader;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::harness::fixtures::{hundred, paged_map_with};
use crate::harness::{Directory, Outcome};

/// A map with keys in several pages, a run of pages, a miss filter and user metadata.
fn sample() -> Vec<u8> {
    let mut entries: Vec<_> = hundred(|n| format!("key {n}"))
        .into_iter()
        .map(|(key, value)| (key, value.to_string()))
        .collect();
    entries.truncate(40);
    entries.push(("long".to_owned(), "v".repeat(700)));
    paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| builder.with_miss_filter(true).with_user_metadata("name", "value"),
        &entries,
    )
}

#[test]
fn a_flipped_bit_in_any_byte_is_detected() {
    let sample = sample();
    let directory = Directory::with("a", &sample);
    directory.run(["verify", "a"]).success();
    for index in 0..sample.len() {
        let mut bytes = sample.clone();
        bytes[index] ^= 1 << (index % 8);
        directory.write("a", bytes);
        let outcome = directory.run(["verify", "a"]);
        assert_eq!(outcome.code, Some(1), "byte {index}: {outcome:?}");
        assert_eq!(
            outcome.stderr.matches('\n').count(),
            1,
            "byte {index}: {outcome:?}"
        );
    }
}

#[test]
fn a_file_truncated_anywhere_is_an_error() {
    let sample = sample();
    let directory = Directory::new();
    for length in (0..sample.len()).rev().step_by(7) {
        directory.write("a", &sample[..length]);
        let message = directory.run(["verify", "a"]).failure();
        assert!(
            message.starts_with("a: cannot read it as a massmap file: "),
            "{length}: {message}"
        );
    }
}

#[test]
fn a_damaged_page_does_not_affect_others() {
    let mut bytes = sample();
    bytes[512 + 100] ^= 1;
    let directory = Directory::with("a", bytes);
    let keys: Vec<_> = (0..40).map(|n| format!("key {n}")).collect();
    let outcome = directory.run(["get", "--with-keys", "a"].map(str::to_owned).iter().chain(&keys));
    assert_eq!(outcome.code, Some(1));
    let mut found = 0;
    for (n, key) in keys.iter().enumerate() {
        let is_found = outcome.stdout.contains(&format!("[\"{key}\",\"{n}\"]\n"));
        let is_lost = outcome.stderr.contains(&format!(
            "massmap: error: a: cannot look up the key \"{key}\": page 0 is damaged: "
        ));
        assert!(is_found != is_lost, "{outcome:?}");
        found += usize::from(is_found);
    }
    assert!(found > 0 && found < keys.len(), "{outcome:?}");
    let message = directory.run(["info", "a", "-b0"]).failure();
    assert!(
        message.starts_with("a: cannot list the bucket: page 0 is damaged: "),
        "{message}"
    );
    directory.run(["info", "a", "-b1"]).success();
}

/// Checks that `outcome` is a failure with lines on stderr, or that `is_right` holds for its output.
fn check(outcome: &Outcome, is_right: impl Fn(&str) -> bool) -> Result<(), TestCaseError> {
    prop_assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
    match outcome.code {
        Some(0) => prop_assert!(is_right(&outcome.stdout), "{outcome:?}"),
        Some(1) => {
            prop_assert!(outcome.stderr.starts_with("massmap: error: "), "{outcome:?}");
            prop_assert!(!outcome.stderr.contains("there is no key"), "{outcome:?}");
        }
        _ => return Err(TestCaseError::fail(format!("{outcome:?}"))),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn changed_bytes_cause_no_wrong_value_and_no_wrong_miss(
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
        check(&directory.run(["get", "a", "key 7", "key 31"]), |stdout| stdout == "\"7\"\n\"31\"\n")?;
        check(&directory.run(["info", "a", "-kkey 7"]), |stdout| {
            stdout.ends_with("Get key 7: Some(String(\"7\"))\n")
        })?;
        check(&directory.run(["merge", "-i", "a", "-o", "b"]), |_| {
            directory.run(["get", "b", "key 7", "key 31"]).success() == "\"7\"\n\"31\"\n"
        })?;
        let names = directory.names();
        prop_assert!(names == ["a"] || names == ["a", "b"], "{names:?}");
    }
}
