//! Maps that are merged through the front door.

use massmap::{Builder, Error, IoError, Map, WriteError};

use super::files::{ENTRIES, Scratch, file_of_squares, old_squares, squares};

#[test]
fn shards_merge_to_the_file_of_one_build() {
    let scratch = Scratch::new();
    let shards = Builder::new().shards(5).unwrap();
    assert_eq!(shards.count(), 5);
    let parts: Vec<_> = (0..5)
        .map(|index| scratch.path(&format!("part {index}")))
        .collect();
    for (index, part) in (0..).zip(&parts) {
        let of_shard = squares().filter(|(key, _)| shards.shard_of(key) == index);
        Builder::new().with_shard(index, 5).build(part, of_shard).unwrap();
    }
    let path = scratch.path("merged");
    let info = massmap::merge::<u64, u64>(&path, parts.iter().rev()).unwrap();
    assert_eq!(info.meta.entry_count, ENTRIES);
    assert_eq!(
        std::fs::read(&path).unwrap(),
        Builder::new().build_bytes(squares()).unwrap()
    );
}

#[test]
fn shards_with_runs_that_entries_share_merge_to_the_file_of_one_build() {
    let scratch = Scratch::new();
    let entries = || (0..300u64).map(|number| (number, "x".repeat((number * 7919 % 4000) as usize)));
    let builder = || Builder::new().with_longest_run(8);
    let whole = builder().build_bytes(entries()).unwrap();
    assert!(whole.len() < Builder::new().build_bytes(entries()).unwrap().len());
    for count in [1, 3] {
        let shards = builder().shards(count).unwrap();
        let parts: Vec<_> = (0..count)
            .map(|index| scratch.path(&format!("part {index} of {count}")))
            .collect();
        for (index, part) in (0..).zip(&parts) {
            let of_shard = entries().filter(|(key, _)| shards.shard_of(key) == index);
            builder().with_shard(index, count).build(part, of_shard).unwrap();
        }
        let path = scratch.path("merged");
        massmap::merge::<u64, String>(&path, &parts).unwrap();
        assert!(std::fs::read(&path).unwrap() == whole, "{count}");
    }
}

#[test]
fn a_map_may_be_replaced_by_what_it_is_merged_to() {
    let (scratch, path) = file_of_squares();
    let more = scratch.path("more");
    Builder::new()
        .build(
            &more,
            (ENTRIES..2 * ENTRIES).map(|number| (number, number * number)),
        )
        .unwrap();
    massmap::merge::<u64, u64>(&path, [&path, &more]).unwrap();
    let map: Map<u64, u64> = massmap::open(&path).unwrap();
    assert_eq!(map.len(), 2 * ENTRIES);
    assert!(
        (0..2 * ENTRIES)
            .step_by(7)
            .all(|key| map.get(&key).unwrap() == Some(key * key))
    );
}

#[test]
fn maps_of_format_1_become_one_of_format_2() {
    let scratch = Scratch::new();
    let old = scratch.file("old", old_squares());
    let path = scratch.path("new");
    massmap::merge::<u64, u64>(&path, [old]).unwrap();
    let map = massmap::open::<u64, u64>(&path).unwrap();
    assert_eq!(map.format(), massmap::FormatVersion::V2);
    assert_eq!(map.iter().map(Result::unwrap).count() as u64, ENTRIES);
    assert!(map.verify().is_ok());
}

#[test]
fn maps_that_do_not_go_together_are_an_error() {
    let (scratch, path) = file_of_squares();
    let target = scratch.path("target");
    let merge = |inputs: &[&std::path::Path]| massmap::merge::<u64, u64>(&target, inputs).unwrap_err();

    assert!(matches!(merge(&[]), Error::Write(WriteError::NoMaps)));
    let error = merge(&[&path, &path]);
    assert!(
        matches!(error, Error::Write(WriteError::DuplicateKey { .. })),
        "{error:?}"
    );
    let old = scratch.file("old", old_squares());
    let error = merge(&[&path, &old]);
    assert!(
        matches!(error, Error::Write(WriteError::HashConfigsDiffer { .. })),
        "{error:?}"
    );
    let missing = scratch.path("missing");
    let error = merge(&[&path, &missing]);
    assert!(
        matches!(&error, Error::File(IoError::Open { path, .. }) if *path == missing),
        "{error:?}"
    );
    assert!(!target.exists());
}
