//! `massmap get --keys-from`: keys in files.

mod failures;
mod formats;
mod missing;
mod order;
mod output;
mod streams;
mod types;

use std::hash::Hash;

use serde::Serialize;

use crate::harness::fixtures::{map, paged_map};
use crate::harness::{Directory, Outcome};

/// Directories with the same entries in a map `a` of each format.
fn both_formats<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> [Directory; 2] {
    [
        Directory::with("a", map(4, entries)),
        Directory::with("a", paged_map(entries)),
    ]
}

/// Looks up the keys of the file `keys` in the map `a`.
fn get(directory: &Directory, keys: (&str, &[u8]), options: &[&str]) -> Outcome {
    directory.write(keys.0, keys.1);
    directory.run(["get", "--keys-from", keys.0].iter().chain(options).chain(&["a"]))
}

/// What is printed if there is nothing on stderr but the numbers of keys that were found and that are missing.
#[track_caller]
fn printed(outcome: Outcome, [found, missing]: [u64; 2]) -> String {
    let summary = format!("massmap: found {found}, missing {missing}\n");
    assert_eq!(
        (outcome.code, &outcome.stderr),
        (Some(0), &summary),
        "{outcome:?}"
    );
    outcome.stdout
}
