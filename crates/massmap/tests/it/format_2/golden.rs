//! Committed files of format 2, of every shape that it has. A change to their bytes is a change of the format, or of what builders
//! write for the same entries.
//!
//! `MASSMAP_WRITE_GOLDEN=1 cargo test -p massmap --test it golden` writes missing ones, and then asks for their lines in
//! `tests/golden/LIST`. Format 2 is final: no file that is in the list is ever written anew.

mod compressed;
mod filters;
mod fixed;
mod hashes;
mod index;
mod merged;
mod metadata;
mod pages;
mod runs;
mod values;

use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};

use massmap::{MassMapBuilder, MassMapHashLoader, Xxh3HashLoader};
use massmap_format::{EntryLayout, EntryWidths, spread};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::files::{build, golden};

use super::properties::assert_answers;

/// Builds the file, asserts that it is the golden one and has exactly `entries` and none of the keys `absent`, and returns it.
#[track_caller]
fn assert_golden<H, K, V>(name: &str, builder: MassMapBuilder<H>, entries: &[(K, V)], absent: &[K]) -> Vec<u8>
where
    H: MassMapHashLoader,
    K: Serialize + DeserializeOwned + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    assert_golden_file::<H, K, V>(name, build(builder, entries), entries, absent)
}

/// The same for a file that is `written` already.
#[track_caller]
fn assert_golden_file<H, K, V>(name: &str, written: Vec<u8>, entries: &[(K, V)], absent: &[K]) -> Vec<u8>
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    let bytes = golden(name, || written.clone());
    assert!(written == bytes, "{name}: other bytes than the golden file has");
    assert_answers::<H, K, V>(&bytes, entries, absent);
    bytes
}

/// The layout of entries with these widths.
fn fixed_layout(key: u32, value: u32) -> EntryLayout {
    EntryLayout::Fixed(EntryWidths::new(key, value).unwrap())
}

/// Numbers from 0 that `is_wanted` accepts by their spread hashes, with `xxh3` and seed 0.
fn numbers_by_hash(count: usize, mut is_wanted: impl FnMut(u64) -> bool) -> Vec<u32> {
    let hasher = Xxh3HashLoader::load(&Xxh3HashLoader::default_config()).unwrap();
    (0..)
        .filter(|number: &u32| is_wanted(spread(hasher.hash_one(number))))
        .take(count)
        .collect()
}
