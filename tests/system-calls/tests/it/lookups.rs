//! System calls of lookups.

use std::path::{Path, PathBuf};
use std::process::Command;

use libc::c_long;
use massmap::{FormatVersion, MassMapBuilder};
use tempfile::TempDir;

use crate::trace::calls_between_marks;

/// Number of entries.
const COUNT: u64 = 1000;

/// Number of lookups of each key.
const TIMES: usize = 3;

/// Files of both formats, with and without a miss filter, with keys of both types.
struct Files(TempDir);

impl Files {
    const NAMES: [&str; 3] = ["v1", "v2", "v2-filter"];

    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for name in Self::NAMES {
            let builder = match name {
                // So few buckets that none is empty: an empty one needs no call.
                "v1" => MassMapBuilder::default().with_bucket_count(16),
                _ => MassMapBuilder::default()
                    .with_format(FormatVersion::V2)
                    .with_miss_filter(name == "v2-filter"),
            };
            let integers = (0..COUNT).map(|number| (number, number));
            let strings = (0..COUNT).map(|number| (number.to_string(), number.to_string()));
            let path = files.path(name, "integers");
            builder.clone().build_to_path(path, integers).unwrap();
            builder
                .build_to_path(files.path(name, "strings"), strings)
                .unwrap();
        }
        files
    }

    fn path(&self, name: &str, keys: &str) -> PathBuf {
        self.0.path().join(format!("{name}-{keys}"))
    }

    /// The lookups: file name, type of the keys, and the first key, which is present or not.
    fn lookups() -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let keys = ["integers", "strings"];
        let lookups = keys.into_iter().flat_map(|keys| [(keys, 0), (keys, COUNT)]);
        Self::NAMES
            .into_iter()
            .flat_map(move |name| lookups.clone().map(move |(keys, from)| (name, keys, from)))
    }
}

/// The system calls of lookups of as many keys as there are entries, starting at `from`.
fn calls(backend: &str, keys: &str, path: &Path, from: u64) -> Vec<c_long> {
    let numbers = [from, from + COUNT].map(|number| number.to_string());
    calls_between_marks(
        Command::new(env!("CARGO_BIN_EXE_lookups"))
            .args([backend, keys])
            .arg(path)
            .args(numbers),
    )
}

#[test]
fn calls_are_seen() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a byte").unwrap();
    assert_eq!(
        calls("nothing", "integers", file.path(), 0),
        [libc::SYS_fsync, libc::SYS_pread64]
    );
}

#[test]
fn a_lookup_in_a_mapped_file_makes_no_system_call() {
    let files = Files::new();
    for (name, keys, from) in Files::lookups() {
        let calls = calls("mapped", keys, &files.path(name, keys), from);
        assert!(calls.is_empty(), "{name} {keys} from {from}: {calls:?}");
    }
}

#[test]
fn a_lookup_through_system_calls_makes_exactly_one() {
    let files = Files::new();
    for (name, keys, from) in Files::lookups() {
        let calls = calls("file", keys, &files.path(name, keys), from);
        let others: Vec<_> = calls.iter().filter(|&&call| call != libc::SYS_pread64).collect();
        assert!(others.is_empty(), "{name} {keys} from {from}: {others:?}");
        let lookups = TIMES * COUNT as usize;
        if name == "v2-filter" && from == COUNT {
            // The filter accepts one missing key in 256.
            assert!(calls.len() < lookups / 50, "{keys}: {}", calls.len());
        } else {
            assert_eq!(calls.len(), lookups, "{name} {keys} from {from}");
        }
    }
}
