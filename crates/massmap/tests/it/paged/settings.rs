//! What a file of format 2 says about itself, and settings that no file can have.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use massmap::{DuplicateKeys, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, WriteError};

use super::assembly::{build, open, paged, small_pages, strings, try_build};
use crate::defects::cause;

type Default = MassMapDefaultHashLoader;

#[test]
fn a_map_says_with_what_settings_it_was_built() {
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
    assert_eq!(
        (&meta.key_type[..], &meta.value_type[..]),
        ("alloc::string::String", "u32")
    );
    assert!(map.bucket_metas().is_empty());
    assert_eq!(map.info().meta, *meta);
}

#[test]
fn settings_that_are_not_set_have_the_defaults_of_their_format() {
    let map = open::<Default, String, u32>(&build(paged(), &strings(0..3)));
    assert_eq!(map.duplicate_keys(), DuplicateKeys::Error);
    assert_eq!(map.inner().page_size(), Some(4096));
    assert!(!map.inner().has_miss_filter());
    assert!(map.user_metadata().is_empty());

    let map = open::<Default, String, u32>(&build(MassMapBuilder::default(), &strings(0..3)));
    assert_eq!(map.format(), FormatVersion::V1);
    assert_eq!(map.duplicate_keys(), DuplicateKeys::KeepAll);
    assert_eq!(map.inner().page_size(), None);
    assert!(!map.inner().has_miss_filter());
    assert!(map.user_metadata().is_empty());
}

#[test]
fn pages_whose_size_is_no_power_of_two_in_range_are_refused() {
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
    for builder in [
        MassMapBuilder::default().with_miss_filter(true),
        MassMapBuilder::default().with_user_metadata("a", "b"),
    ] {
        let error = try_build(builder, &strings(0..3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(cause(&error), WriteError::NotInFormat1 { .. }),
            "{error}"
        );
    }
}
