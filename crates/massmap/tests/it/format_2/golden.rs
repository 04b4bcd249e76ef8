//! Committed files of format 2. A change to their bytes is a change of the format, or of what builders write for the same
//! entries.
//!
//! `MASSMAP_WRITE_GOLDEN=1 cargo test -p massmap --test it golden` writes missing ones. It never overwrites a file: to
//! replace one, delete it first.

use std::fmt::Debug;
use std::hash::Hash;

use massmap::{
    DuplicateKeys, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader, MassMapMerger, Xxh3HashLoader,
};
use massmap_format::EntryLayout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::entries::strings;
use support::files::format_2::{layout_of, paged, paged_with, runs_of, small_pages, small_pages_with};
use support::files::golden;
use support::files::{build, try_merge};

use super::properties::assert_answers;

fn assert_golden<H, K, V>(name: &str, builder: MassMapBuilder<H>, entries: &[(K, V)], absent: &[K])
where
    H: MassMapHashLoader,
    K: Serialize + DeserializeOwned + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let built = build(builder, entries);
    let bytes = golden(name, || built.clone());
    assert!(
        built == bytes,
        "{name}: the builder writes other bytes than the golden file has"
    );
    assert_answers::<H, K, V>(&bytes, entries, absent);
}

#[test]
fn a_golden_paged_map_of_strings_is_built_and_read() {
    assert_golden(
        "v2-strings",
        small_pages(),
        &strings(0..60),
        &["absent".to_owned()],
    );
}

#[test]
fn a_golden_paged_map_with_a_filter_and_user_metadata_is_built_and_read() {
    let entries: Vec<(u64, i64)> = (0..20).map(|i| (1 << (3 * i), -(1 << (2 * i)))).collect();
    let builder = paged_with::<Xxh3HashLoader>()
        .with_hash_seed(42)
        .with_miss_filter(true)
        .with_user_metadata("source", "a test")
        .with_user_metadata("empty", "");
    assert_golden("v2-filter", builder, &entries, &[0, 3]);
}

#[test]
fn a_golden_paged_map_of_uniform_entries_is_built_and_read() {
    let entries: Vec<(u64, u64)> = (0..50)
        .map(|i| (u64::MAX - i * i * i, u64::MAX / 3 - i))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let layout = layout_of(&build(builder.clone(), &entries));
    assert_eq!(layout, EntryLayout::uniform(18));
    assert_golden("v2-uniform", builder, &entries, &[0, u64::MAX - 2]);
}

#[test]
fn a_golden_paged_map_without_entries_is_built_and_read() {
    assert_golden::<MassMapDefaultHashLoader, String, u32>("v2-empty", paged(), &[], &["absent".to_owned()]);
}

#[test]
fn a_golden_paged_map_with_duplicates_and_a_run_of_several_pages_is_built_and_read() {
    let entries: Vec<(u8, String)> = (0..18)
        .map(|i| (i % 7, "text ".repeat(usize::from(i) * usize::from(i))))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>().with_duplicate_keys(DuplicateKeys::KeepAll);
    assert!(
        runs_of(&build(builder.clone(), &entries))
            .iter()
            .any(|run| run.pages > 2)
    );
    assert_golden("v2-runs", builder, &entries, &[7]);
}

#[test]
fn a_golden_merged_paged_map_is_merged_and_read() {
    let shards = [strings(20..60), strings(0..20)];
    let files = shards
        .clone()
        .map(|entries| build(small_pages().with_miss_filter(true), &entries));
    let merged =
        try_merge::<MassMapDefaultHashLoader, String, u32>(MassMapMerger::default(), &files).unwrap();
    let bytes = golden("v2-merged", || merged.clone());
    assert!(
        merged == bytes,
        "the merger writes other bytes than the golden file has"
    );
    assert_answers::<MassMapDefaultHashLoader, String, u32>(&bytes, &shards.concat(), &["absent".to_owned()]);
}
