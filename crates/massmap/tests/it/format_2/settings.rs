//! Settings that a file of format 2 records, and invalid settings.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use massmap::{
    BytesReader, DuplicateKeys, FormatVersion, MassMap, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapMerger, MemoryWriter, WriteError,
};
use support::cause;
use support::entries::strings;
use support::files::format_1;
use support::files::format_2::{paged, small_pages};
use support::files::{build, open, try_build, try_merge};

type Default = MassMapDefaultHashLoader;

#[test]
fn a_map_gives_the_settings_it_was_built_with() {
    let builder = small_pages()
        .with_page_size(2048)
        .with_miss_filter(true)
        .with_duplicate_keys(DuplicateKeys::Last)
        .with_user_metadata("made by", "nobody")
        .with_user_metadata("license", "old")
        .with_user_metadata("license", "MIT");
    let map = open::<Default, String, u32>(&build(builder, &strings(0..300)));
    assert_eq!(map.format(), FormatVersion::V2);
    assert_eq!(map.duplicate_keys(), DuplicateKeys::Last);
    assert_eq!(map.inner().page_size(), Some(2048));
    assert!(map.inner().has_miss_filter());
    let expected = [("license", "MIT"), ("made by", "nobody")];
    assert_eq!(
        *map.user_metadata(),
        BTreeMap::from(expected.map(|(name, value)| (name.to_owned(), value.to_owned())))
    );
    assert_eq!(map.len(), 300);
    let meta = map.meta();
    assert_eq!(meta.bucket_count, map.bucket_count() as u64);
    assert_eq!((&meta.key_type[..], &meta.value_type[..]), ("string", "u32"));
    assert!(map.bucket_metas().is_empty());
    assert_eq!(map.info().meta, *meta);
}

#[test]
fn settings_have_the_defaults_of_their_format() {
    let map = open::<Default, String, u32>(&build(paged(), &strings(0..3)));
    assert_eq!(map.duplicate_keys(), DuplicateKeys::Error);
    assert_eq!(map.inner().page_size(), Some(512));
    assert!(!map.inner().has_miss_filter());
    assert!(map.user_metadata().is_empty());
    let many: Vec<(u64, u64)> = (0..1000).map(|i| (i, i)).collect();
    let map = open::<Default, u64, u64>(&build(paged(), &many));
    assert_eq!(map.inner().page_size(), Some(4096));

    let map = open::<Default, String, u32>(&build(MassMapBuilder::default(), &strings(0..3)));
    assert_eq!(map.format(), FormatVersion::V1);
    assert_eq!(map.duplicate_keys(), DuplicateKeys::KeepAll);
    assert_eq!(map.inner().page_size(), None);
    assert!(!map.inner().has_miss_filter());
    assert!(map.user_metadata().is_empty());
}

#[test]
fn page_sizes_that_are_not_a_power_of_two_in_range_are_refused() {
    for size in [0, 1, 256, 511, 513, 3000, (1 << 20) + 1, 1 << 21, u32::MAX] {
        let error = try_build(paged().with_page_size(size), &strings(0..3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(matches!(cause(&error), WriteError::PageSize { page_size } if *page_size == size));
    }
    for size in (9..=20).map(|bits| 1 << bits) {
        let file = build(paged().with_page_size(size), &strings(0..3));
        assert_eq!(
            open::<Default, String, u32>(&file).get("key 2").unwrap(),
            Some(2000)
        );
    }
}

#[test]
fn format_1_refuses_what_only_format_2_has() {
    let v1 = MassMapBuilder::default;
    for (builder, setting) in [
        (v1().with_page_size(4096), "page size"),
        (v1().with_longest_run(1), "runs of pages"),
        (v1().with_miss_filter(true), "miss filter"),
        (v1().with_user_metadata("a", "b"), "place for user metadata"),
        // In either order.
        (
            v1().with_page_size(512)
                .with_format(FormatVersion::V2)
                .with_format(FormatVersion::V1),
            "page size",
        ),
    ] {
        let refused = |error: std::io::Error| {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                matches!(cause(&error), WriteError::NotInFormat1 { what } if *what == setting),
                "{error}"
            );
        };
        refused(builder.shards(2).map(drop).unwrap_err());
        refused(try_build(builder, &strings(0..3)).unwrap_err());
    }
    // Format 1 has no filter anyway.
    try_build(v1().with_miss_filter(false), &strings(0..3)).unwrap();
}

#[test]
fn format_2_refuses_what_only_format_1_has() {
    for (builder, setting) in [
        (paged().with_bucket_count(1024), "number of buckets"),
        (paged().with_bucket_count(0), "number of buckets"),
        (paged().with_target_bucket_bytes(4096), "size of buckets"),
        (
            paged().with_bucket_size_limit(u32::MAX),
            "limit on the size of buckets",
        ),
        // In either order.
        (
            MassMapBuilder::default()
                .with_bucket_count(7)
                .with_format(FormatVersion::V2),
            "number of buckets",
        ),
    ] {
        let refused = |error: std::io::Error| {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                matches!(cause(&error), WriteError::NotInFormat2 { what } if *what == setting),
                "{error}"
            );
            assert_eq!(
                error.to_string(),
                format!("format 2 has no {setting}: leave that setting out, or choose format 1")
            );
        };
        refused(builder.shards(2).map(drop).unwrap_err());
        refused(try_build(builder, &strings(0..3)).unwrap_err());
    }
}

#[test]
fn merging_refuses_settings_that_the_output_format_does_not_have() {
    let v1 = [format_1::build(9, &strings(0..30))];
    let v2 = [build(paged(), &strings(30..60))];
    let both = [v1[0].clone(), v2[0].clone()];
    let new = MassMapMerger::default;
    let to_v1 = || new().with_format(FormatVersion::V1);
    for (merger, files, setting) in [
        // From format 1 to format 1, without and with an explicit format: this copies buckets or sorts entries.
        (new().with_page_size(512), &v1[..], "page size"),
        (new().with_longest_run(2), &v1, "runs of pages"),
        (new().with_miss_filter(true), &v1, "miss filter"),
        (new().with_user_metadata("a", "b"), &v1, "place for user metadata"),
        (to_v1().with_page_size(512), &v1, "page size"),
        (
            to_v1()
                .with_longest_run(2)
                .with_duplicate_keys(DuplicateKeys::First),
            &v1,
            "runs of pages",
        ),
        // From format 2 to format 1.
        (to_v1().with_page_size(512), &v2, "page size"),
        (to_v1().with_miss_filter(true), &both, "miss filter"),
    ] {
        let error = try_merge::<Default, String, u32>(merger, files).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(cause(&error), WriteError::NotInFormat1 { what } if *what == setting),
            "{error}"
        );
    }
    for (merger, files) in [
        (new(), &v2[..]),
        (new(), &both),
        (new().with_format(FormatVersion::V2), &v1),
    ] {
        let error = try_merge::<Default, String, u32>(merger.with_bucket_count(9), files).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(
                cause(&error),
                WriteError::NotInFormat2 {
                    what: "number of buckets"
                }
            ),
            "{error}"
        );
    }
    // Without types, the setting is the reason for the refusal.
    let inner = MassMap::<String, u32, _>::load(BytesReader::new(v1[0].clone()))
        .unwrap()
        .into_inner();
    let error = new()
        .with_page_size(512)
        .merge_inner(&MemoryWriter::new(), vec![inner])
        .unwrap_err();
    assert!(
        matches!(cause(&error), WriteError::NotInFormat1 { what: "page size" }),
        "{error}"
    );
}

#[test]
fn merged_maps_of_format_1_have_the_requested_number_of_buckets() {
    let files = [strings(0..60), strings(60..200)].map(|shard| format_1::build(9, &shard));
    for count in [1, 9, 700] {
        let files = match count {
            // Overlapping ranges cannot be concatenated.
            9 => &files[..1],
            _ => &files,
        };
        let merger = MassMapMerger::default().with_bucket_count(count);
        let merged = try_merge::<Default, String, u32>(merger, files).unwrap();
        let map = open::<Default, String, u32>(&merged);
        assert_eq!(
            (map.format(), map.bucket_count() as u64),
            (FormatVersion::V1, count)
        );
        for (key, value) in strings(0..if count == 9 { 60 } else { 200 }) {
            assert_eq!(map.get(&key).unwrap(), Some(value));
        }
    }
    let error = try_merge::<Default, String, u32>(MassMapMerger::default().with_bucket_count(0), &files);
    assert!(matches!(cause(&error.unwrap_err()), WriteError::ZeroBuckets));
}
