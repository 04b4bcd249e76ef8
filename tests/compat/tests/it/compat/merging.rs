//! Merged maps.

use std::io::ErrorKind;
use std::slice;

use support::files::format_1::Parts;

use crate::both::{
    Built, DefaultLoaders, Settings, assert_alike, assert_answers_alike, build_ours, merge_old, merge_ours,
};

type Entries = Vec<(String, u32)>;

fn entries() -> Entries {
    (0..90).map(|i| (format!("key {i}"), i)).collect()
}

fn settings() -> Settings {
    Settings {
        seed: Some(5),
        ..Settings::buckets(BUCKETS as u64)
    }
}

const BUCKETS: usize = 24;

/// Files with the entries of the bucket ranges delimited by `bounds`.
fn shards(bounds: &[usize]) -> Vec<Vec<u8>> {
    let whole = build_ours::<DefaultLoaders, _, _>(&settings(), &entries()).unwrap();
    let map = massmap::MassMap::<String, u32, _>::load(massmap::BytesReader::new(whole.bytes)).unwrap();
    bounds
        .windows(2)
        .map(|bounds| {
            let mut part = entries();
            part.retain(|(key, _)| (bounds[0]..bounds[1]).contains(&map.bucket_index(key)));
            assert_alike(&settings(), &part, &[])
        })
        .collect()
}

fn assert_merges_alike(files: &[Vec<u8>], buffer: usize) -> Built {
    let ours = merge_ours::<String, u32>(files, buffer).unwrap();
    let theirs = merge_old::<String, u32>(files, buffer).unwrap();
    assert_eq!(ours, theirs);
    ours
}

#[test]
fn merged_shards_are_alike_and_identical_to_a_single_build() {
    let whole = assert_alike(&settings(), &entries(), &[]);
    let merged = assert_merges_alike(&shards(&[0, 6, 12, BUCKETS]), 1 << 20);
    assert_eq!(merged.bytes, whole);
    let absent = ["absent".to_owned()];
    assert_answers_alike::<DefaultLoaders, String, u32>(&merged.bytes, &merged.bytes, &entries(), &absent);
}

#[test]
fn shards_merge_alike_in_any_order_with_empty_ones_among_them() {
    let whole = assert_alike(&settings(), &entries(), &[]);
    let empty = assert_alike::<String, u32>(&settings(), &[], &[]);
    let mut files = shards(&[0, 1, 5, 6, 15, BUCKETS]);
    files.push(empty.clone());
    files.insert(2, empty);
    for rotation in 0..files.len() {
        files.rotate_left(1);
        assert_eq!(assert_merges_alike(&files, 4096).bytes, whole, "{rotation}");
    }
    files.reverse();
    assert_eq!(assert_merges_alike(&files, 4096).bytes, whole);
}

#[test]
fn shards_that_leave_buckets_out_merge_alike() {
    let files = shards(&[0, 3, 8, 11, BUCKETS]);
    let merged = assert_merges_alike(&[files[2].clone(), files[0].clone()], 1 << 20);
    let parts = Parts::of(&merged.bytes);
    assert!(parts.meta.entry_count < 90 && parts.meta.occupied_bucket_range.end <= 11);
}

#[test]
fn a_single_map_and_empty_maps_merge_alike() {
    let whole = assert_alike(&settings(), &entries(), &[]);
    assert_eq!(assert_merges_alike(slice::from_ref(&whole), 1 << 20).bytes, whole);
    let empty = assert_alike::<String, u32>(&settings(), &[], &[]);
    assert_eq!(
        assert_merges_alike(&[empty.clone(), empty.clone()], 1 << 20).bytes,
        empty
    );
}

#[test]
fn the_size_of_the_merge_buffer_changes_no_byte() {
    let files = shards(&[0, 9, 10, BUCKETS]);
    let merged = assert_merges_alike(&files, 1 << 20);
    for buffer in [1, 7, 24, 4096, 5000] {
        assert_eq!(assert_merges_alike(&files, buffer), merged);
    }
}

#[test]
fn the_merged_map_names_the_types_of_the_merging_program() {
    let entries = [("borrowed", 1u8)];
    let file = build_ours::<DefaultLoaders, _, _>(&Settings::buckets(4), &entries).unwrap();
    assert_eq!(file.info["meta"]["key_type"], "&str");
    let ours = merge_ours::<String, u64>(slice::from_ref(&file.bytes), 64).unwrap();
    let theirs = merge_old::<String, u64>(slice::from_ref(&file.bytes), 64).unwrap();
    assert_eq!(ours, theirs);
    assert_eq!(ours.info["meta"]["key_type"], "alloc::string::String");
    assert_eq!(ours.info["meta"]["value_type"], "u64");
}

#[test]
fn maps_that_cannot_be_merged_give_errors_of_the_same_kind() {
    let whole = assert_alike(&settings(), &entries(), &[]);
    let other_seed = assert_alike(
        &Settings {
            seed: Some(6),
            ..settings()
        },
        &entries(),
        &[],
    );
    let other_count = assert_alike(
        &Settings {
            buckets: Some(23),
            ..settings()
        },
        &entries(),
        &[],
    );
    for files in [
        vec![],
        vec![whole.clone(), whole.clone()],
        vec![whole.clone(), other_seed],
        vec![whole, other_count],
    ] {
        let ours = merge_ours::<String, u32>(&files, 64).unwrap_err();
        let theirs = merge_old::<String, u32>(&files, 64).unwrap_err();
        assert_eq!(
            (ours.kind(), theirs.kind()),
            (ErrorKind::InvalidData, ErrorKind::InvalidData)
        );
    }
}
