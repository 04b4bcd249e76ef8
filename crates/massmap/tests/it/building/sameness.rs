//! The bytes of a map do not depend on how it is built.

use massmap::{DuplicateKeys, FormatVersion, MassMapBuilder, MassMapHashLoader, WriteError};
use massmap_format::{EntryLayout, EntryWidths};
use support::entries::ByteString;
use support::files::format_2::layout_of;
use support::hash::{Constant, Skewed};
use support::variants::{assert_same, for_each_variant};

fn builder<H: MassMapHashLoader>(format: FormatVersion) -> MassMapBuilder<H> {
    <MassMapBuilder<H> as Default>::default().with_format(format)
}

/// Integers with values of 0 to 210 bytes.
fn entries(count: u64) -> Vec<(u64, String)> {
    (0..count)
        .map(|i| {
            (
                i.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                "v".repeat((i * i % 211) as usize),
            )
        })
        .collect()
}

/// Every key about three times, with different values.
fn repeated(count: u64) -> Vec<(u64, u64)> {
    (0..count).map(|i| (i * i % (count / 3), i)).collect()
}

#[test]
fn format_2_has_the_same_bytes_whatever_memory_threads_and_source() {
    for (page_size, filter) in [(512, true), (4096, false), (65_536, false)] {
        let builder = builder::<massmap::Xxh3HashLoader>(FormatVersion::V2)
            .with_page_size(page_size)
            .with_miss_filter(filter)
            .with_user_metadata("a", "note");
        assert_same(&builder, &entries(8_000));
    }
}

/// Integers of any size, zeros among them.
fn integers(count: u64) -> Vec<(u64, u64)> {
    let keys = (0..count).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    keys.map(|key| (key, key >> (key % 64) & !1)).collect()
}

/// The layout of entries with these widths.
fn fixed(key: u32, value: u32) -> EntryLayout {
    EntryLayout::Fixed(EntryWidths::new(key, value).unwrap())
}

#[test]
fn fixed_entries_have_the_same_bytes_whatever_memory_threads_and_source() {
    let builder = builder::<massmap::Xxh3HashLoader>;
    for (page_size, filter) in [(512, true), (131_072, false)] {
        let builder = builder(FormatVersion::V2)
            .with_page_size(page_size)
            .with_miss_filter(filter);
        let file = assert_same(&builder, &integers(8_000));
        assert_eq!(layout_of(&file), fixed(8, 8));
    }
    // A single entry of another length, wherever it stands.
    for (place, layout) in [
        (usize::MAX, fixed(8, 5)),
        (0, EntryLayout::Variable),
        (4_000, EntryLayout::Variable),
        (7_999, EntryLayout::Variable),
    ] {
        let length = |number| if number == place { 7 } else { 5 };
        let entries = integers(8_000).into_iter().enumerate();
        let entries: Vec<_> = entries
            .map(|(number, (key, value))| (key, ByteString(vec![value as u8; length(number)])))
            .collect();
        let file = assert_same(&builder(FormatVersion::V2), &entries);
        assert_eq!(layout_of(&file), layout);
    }
    // All entries in one run of many pages.
    let constant = self::builder::<Constant>(FormatVersion::V2);
    assert_eq!(layout_of(&assert_same(&constant, &integers(8_000))), fixed(8, 8));
}

#[test]
fn long_runs_end_at_the_same_entries_whatever_memory_threads_and_source() {
    for (page_size, longest) in [(512, 3), (512, 16), (1024, 8)] {
        let builder = builder::<massmap::Xxh3HashLoader>(FormatVersion::V2)
            .with_page_size(page_size)
            .with_longest_run(longest);
        let mut entries = entries(6_000);
        // One entry longer than the longest run, and one that fills a whole run.
        entries[7].1 = "v".repeat(300_000);
        entries[8].1 = "v".repeat(longest as usize * page_size as usize - 100);
        assert_same(&builder, &entries);
    }
}

#[test]
fn duplicates_are_treated_alike_whatever_memory_threads_and_source() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for duplicates in [DuplicateKeys::KeepAll, DuplicateKeys::First, DuplicateKeys::Last] {
            let builder = builder::<massmap::Xxh3HashLoader>(format).with_duplicate_keys(duplicates);
            assert_same(&builder, &repeated(6_000));
        }
        let builder = builder::<massmap::Xxh3HashLoader>(format).with_duplicate_keys(DuplicateKeys::Error);
        for_each_variant(&builder, &repeated(6_000), |variant, result| {
            let error = result.expect_err(variant);
            let error = error
                .get_ref()
                .and_then(|error| error.downcast_ref::<WriteError>());
            assert!(
                matches!(error, Some(WriteError::DuplicateKey { .. })),
                "{variant}: {error:?}"
            );
        });
    }
}

#[test]
fn bad_hash_functions_give_the_same_bytes_too() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for duplicates in [DuplicateKeys::KeepAll, DuplicateKeys::First, DuplicateKeys::Last] {
            let entries = repeated(3_000);
            assert_same(
                &builder::<Constant>(format).with_duplicate_keys(duplicates),
                &entries,
            );
            assert_same(
                &builder::<Skewed>(format).with_duplicate_keys(duplicates),
                &entries,
            );
        }
    }
}

#[test]
fn a_value_larger_than_the_memory_limit_gives_the_same_bytes_too() {
    let mut entries = entries(1_500);
    for (place, length) in [(0, 3_000_000), (800, 500_000), (801, 70_000), (1_499, 300_000)] {
        entries[place].1 = "x".repeat(length);
    }
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let mut builder = self::builder::<massmap::Xxh3HashLoader>(format);
        if format == FormatVersion::V1 {
            builder = builder.with_bucket_count(10);
        }
        assert_same(&builder, &entries);
        assert_same(&self::builder::<Skewed>(format), &entries);
    }
}

#[test]
fn few_entries_and_none_can_be_built_in_every_way() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for count in [0, 1, 2, 100] {
            assert_same(&builder::<massmap::Xxh3HashLoader>(format), &entries(count));
        }
    }
}
