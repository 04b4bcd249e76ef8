//! Damaged files are errors, or what remains of them: never a panic, nor much memory.

use std::fs;

use massmap_data::Nulls;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Tables, build, fixture, settings};

/// One of each reader and encoding.
const FILES: [&str; 8] = [
    "duckdb.parquet",
    "polars.arrow",
    "pyarrow-large.parquet",
    "pyarrow-v2.parquet",
    "pyarrow.arrow",
    "pyarrow.arrows",
    "pyarrow.parquet",
    "spark-int96.parquet",
];

/// Builds of a damaged file. That it ends with a result is what is checked.
fn check(tables: &Tables, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = tables.path(name);
    fs::write(&path, bytes).unwrap();
    let mut settings = settings([&path]);
    settings.column_rules.nulls = Nulls::Keep;
    match build(&settings) {
        Ok(_) => Ok(()),
        Err(message) if message.contains("panicked") => Err(message),
        Err(message) => {
            assert!(message.starts_with(&path.display().to_string()), "{message}");
            Ok(())
        }
    }
}

#[test]
fn files_that_end_early_are_errors() {
    let tables = Tables::new();
    for name in FILES {
        let bytes = fs::read(fixture(name)).unwrap();
        for end in (0..bytes.len()).step_by(97) {
            check(&tables, name, &bytes[..end]).unwrap();
            let path = tables.path(name);
            let mut settings = settings([&path]);
            settings.column_rules.nulls = Nulls::Keep;
            // A stream may end between two messages.
            assert!(
                build(&settings).is_err() || name.ends_with("arrows"),
                "{name} {end}"
            );
        }
    }
}

#[test]
fn files_with_other_bytes_never_panic() {
    let tables = Tables::new();
    let originals: Vec<_> = FILES
        .iter()
        .map(|name| fs::read(fixture(name)).unwrap())
        .collect();
    // PROPTEST_CASES is how many.
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    // Few at a time, many of them near the end, where metadata are.
    let flips = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<u8>()), 1..6);
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&(0..FILES.len(), flips), |(file, flips)| {
            let mut bytes = originals[file].clone();
            for (index, is_near_end, value) in flips {
                let place = match is_near_end {
                    true => bytes.len() - 1 - index.index(bytes.len() / 3),
                    false => index.index(bytes.len()),
                };
                bytes[place] = value;
            }
            check(&tables, FILES[file], &bytes).map_err(TestCaseError::fail)
        })
        .unwrap();
}
