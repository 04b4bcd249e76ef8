//! Settings of the builder.

use std::io::ErrorKind;

use support::hash::FnvLoader;

use serde_json::json;

use crate::both::{DefaultLoaders, Settings, assert_alike, assert_alike_with, build_old, build_ours};

fn entries(count: u32) -> Vec<(String, u32)> {
    (0..count).map(|i| (format!("key {i}"), i)).collect()
}

fn absent() -> Vec<String> {
    (0..20).map(|i| format!("no key {i}")).collect()
}

#[test]
fn maps_with_default_settings_are_alike() {
    assert_alike(&Settings::default(), &entries(300), &absent());
}

#[test]
fn maps_with_any_number_of_buckets_are_alike() {
    for buckets in [1, 2, 7, 15, 16, 1024, 70_000] {
        assert_alike(&Settings::buckets(buckets), &entries(50), &absent());
    }
}

#[test]
fn maps_with_any_seed_are_alike() {
    let mut files = Vec::new();
    for seed in [0, 1, 42, u64::from(u32::MAX), u64::MAX] {
        let settings = Settings {
            seed: Some(seed),
            ..Settings::buckets(16)
        };
        files.push(assert_alike(&settings, &entries(50), &absent()));
    }
    files.dedup();
    assert_eq!(files.len(), 5, "the seed matters");
}

#[test]
fn maps_with_a_hash_configuration_of_more_than_a_seed_are_alike() {
    let parameters = json!({ "note": ["a", -1, 2.5, null, { "deep": true }], "seed": 9 });
    for seed in [None, Some(7)] {
        let settings = Settings {
            hash: Some(("foldhash".to_owned(), parameters.clone())),
            seed,
            ..Settings::buckets(8)
        };
        assert_alike(&settings, &entries(20), &absent());
    }
    // In both crates, a seed turns missing parameters into an object.
    let settings = Settings {
        hash: Some(("foldhash".to_owned(), json!(null))),
        seed: Some(3),
        ..Settings::buckets(8)
    };
    assert_alike(&settings, &entries(20), &absent());
}

#[test]
fn maps_with_a_hash_loader_of_the_users_are_alike() {
    let settings = Settings {
        hash: Some((
            support::hash::NAME.to_owned(),
            json!({ "basis": 0xcbf2_9ce4_8422_2325u64 }),
        )),
        ..Settings::buckets(32)
    };
    assert_alike_with::<FnvLoader, _, _>(&settings, &entries(100), &absent());
}

#[test]
fn hash_configurations_that_a_loader_refuses_give_errors_of_the_same_kind() {
    for (name, parameters) in [
        ("sha256", json!({ "seed": 0 })),
        ("foldhash", json!({})),
        ("foldhash", json!({ "seed": -1 })),
    ] {
        let settings = Settings {
            hash: Some((name.to_owned(), parameters)),
            ..Settings::default()
        };
        let ours = build_ours::<DefaultLoaders, _, _>(&settings, &entries(3)).unwrap_err();
        let theirs = build_old::<DefaultLoaders, _, _>(&settings, &entries(3)).unwrap_err();
        assert_eq!(
            (ours.kind(), theirs.kind()),
            (ErrorKind::InvalidData, ErrorKind::InvalidData)
        );
    }
}

#[test]
fn empty_maps_are_alike() {
    for buckets in [1, 2, 20, 1024] {
        assert_alike::<String, u32>(&Settings::buckets(buckets), &[], &absent());
    }
}

#[test]
fn maps_with_duplicate_keys_are_alike_and_answer_with_the_first() {
    let entries: Vec<(u8, u32)> = (0..60).map(|i| (i as u8 % 9, i)).collect();
    for buckets in [1, 4, 100] {
        assert_alike(&Settings::buckets(buckets), &entries, &[9, 200]);
    }
}

#[test]
fn the_size_of_the_write_buffer_changes_no_byte() {
    let mut files = Vec::new();
    for buffer in [0, 1, 2, 23, 24, 100, 4096, 1 << 20] {
        let settings = Settings {
            buffer: Some(buffer),
            ..Settings::buckets(16)
        };
        files.push(assert_alike(&settings, &entries(60), &absent()));
    }
    files.dedup();
    assert_eq!(files.len(), 1);
}

#[test]
fn the_bucket_size_limit_is_the_same_to_the_byte() {
    let entries = entries(40);
    let longest = support::files::format_1::Parts::of(&assert_alike(&Settings::buckets(4), &entries, &[]))
        .index
        .iter()
        .map(|bucket| bucket.length)
        .max()
        .unwrap();
    let settings = |limit| Settings {
        limit: Some(limit),
        ..Settings::buckets(4)
    };
    assert_alike(&settings(longest), &entries, &[]);
    for limit in [0, 1, longest - 1] {
        let ours = build_ours::<DefaultLoaders, _, _>(&settings(limit), &entries).unwrap_err();
        let theirs = build_old::<DefaultLoaders, _, _>(&settings(limit), &entries).unwrap_err();
        assert_eq!(
            (ours.kind(), theirs.kind()),
            (ErrorKind::InvalidData, ErrorKind::InvalidData)
        );
    }
}

#[test]
fn large_buckets_are_alike() {
    // More entries than fit in a 16-bit count.
    let entries: Vec<(u32, u8)> = (0..70_000).map(|i| (i, i as u8)).collect();
    let settings = Settings::buckets(1);
    let ours = build_ours::<DefaultLoaders, _, _>(&settings, &entries).unwrap();
    let theirs = build_old::<DefaultLoaders, _, _>(&settings, &entries).unwrap();
    assert!(ours == theirs, "the files differ");
}
