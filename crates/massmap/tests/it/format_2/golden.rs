//! Committed files of format 2. A change to their bytes is a change of the format, or of what builders write for the same
//! entries.
//!
//! `MASSMAP_WRITE_GOLDEN=1 cargo test -p massmap --test it golden` writes missing ones. It never overwrites a file: to
//! replace one, delete it first.

use std::fmt::Debug;
use std::hash::Hash;

use massmap::{
    Compression, DuplicateKeys, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader, MassMapMerger,
    Xxh3HashLoader,
};
use massmap_format::{EntryLayout, EntryWidths};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::entries::{ByteString, strings};
use support::files::format_2::{layout_of, paged, paged_with, runs_of, small_pages, small_pages_with};
use support::files::golden;
use support::files::{build, try_merge};

use super::compression::documents;
use super::properties::assert_answers;

/// A type of fixed width with everything that one can consist of, but floats.
#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Record {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    nested: [Inner; 3],
    none: (),
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Inner {
    letter: char,
    is_even: bool,
    bytes: [u8; 5],
}

impl Record {
    fn new(number: u8) -> Self {
        let (unsigned, signed) = (u64::from(number).pow(5), -i64::from(number).pow(6));
        let inner = |place: u8| Inner {
            letter: char::from(b'a' + number % 26),
            is_even: (number / 2 + place).is_multiple_of(2),
            bytes: [number.wrapping_mul(place); 5],
        };
        Self {
            unsigned: (
                unsigned as u8,
                unsigned as u16,
                unsigned as u32,
                unsigned,
                u128::from(unsigned) << 64,
            ),
            signed: (
                signed as i8,
                signed as i16,
                signed as i32,
                signed,
                i128::from(signed) << 64,
            ),
            nested: [0, 1, 2].map(inner),
            none: (),
        }
    }
}

/// The layout of entries with these widths.
fn fixed(key: u32, value: u32) -> EntryLayout {
    EntryLayout::Fixed(EntryWidths::new(key, value).unwrap())
}

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
fn golden_paged_maps_of_compressed_values_are_built_and_read() {
    let zstd = Compression::zstd;
    let dictionary = "the river of a former captain who returns to village and finds";
    for (name, compression) in [
        ("v2-compressed", zstd().with_dictionary_size(0)),
        ("v2-compressed-trained", zstd().with_dictionary_size(1 << 10)),
        (
            "v2-compressed-given",
            zstd().with_level(3).with_dictionary(dictionary),
        ),
    ] {
        assert_golden(
            name,
            small_pages_with::<Xxh3HashLoader>().with_compression(compression),
            &documents(0..60),
            &["absent".to_owned()],
        );
    }
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
fn a_golden_paged_map_of_integers_is_built_and_read() {
    let entries: Vec<(u64, u64)> = (0..50).map(|i| (u64::MAX >> i, i * i * i)).collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    assert_eq!(layout_of(&build(builder.clone(), &entries)), fixed(8, 8));
    assert_golden("v2-fixed-integers", builder, &entries, &[0, u64::MAX - 2]);
}

#[test]
fn a_golden_paged_map_of_records_of_every_type_is_built_and_read() {
    let entries: Vec<(Record, ByteString)> = (0..20)
        .map(|i| (Record::new(i), ByteString(vec![i; 3])))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let absent = [Record::new(20), Record::new(u8::MAX)];
    for (name, builder) in [
        ("v2-fixed-structs", builder.clone()),
        ("v2-fixed-named", builder.with_field_names(true)),
    ] {
        assert_eq!(layout_of(&build(builder.clone(), &entries)), fixed(92, 3));
        assert_golden(name, builder, &entries, &absent);
    }
}

#[test]
fn a_golden_paged_map_of_a_fixed_run_of_several_pages_is_built_and_read() {
    let entries: Vec<((), [f64; 4])> = (0..40).map(|i| ((), [f64::from(i); 4])).collect();
    let builder = small_pages_with::<Xxh3HashLoader>().with_duplicate_keys(DuplicateKeys::KeepAll);
    let file = build(builder.clone(), &entries);
    assert_eq!(layout_of(&file), fixed(0, 32));
    assert!(runs_of(&file)[0].pages > 2);
    assert_golden("v2-fixed-runs", builder, &entries, &[]);
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
