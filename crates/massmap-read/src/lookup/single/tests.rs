//! Ordinary lookups in memory take the fast path.

use std::cell::Cell;
use std::fmt::Debug;

use massmap_format::{DuplicateKeys, FormatVersion};
use massmap_hash::Xxh3HashLoader;
use massmap_io::{BytesReader, MemoryWriter};
use massmap_write::MassMapBuilder;
use serde::Serialize;

use super::*;
use crate::ChecksumPolicy;

thread_local! {
    /// Number of this thread's lookups that were repeated to explain an error.
    static EXPLAINED: Cell<usize> = const { Cell::new(0) };
}

/// Counts a lookup that is repeated.
pub(super) fn count_explained() {
    EXPLAINED.set(EXPLAINED.get() + 1);
}

type Builder = MassMapBuilder<Xxh3HashLoader>;

/// Looks up every key of a map, and as many missing keys, in every way. None may take the slow path.
#[track_caller]
fn check<K, V>(builder: Builder, key: impl Fn(u64) -> K, value: impl Fn(u64) -> V)
where
    K: Serialize + for<'de> Deserialize<'de> + Hash + Eq + Clone,
    V: Serialize + for<'de> Deserialize<'de> + Clone + PartialEq + Debug,
{
    const ENTRIES: u64 = 3000;
    let writer = MemoryWriter::new();
    let entries = (0..ENTRIES).map(|number| (key(number), value(number)));
    builder.build(&writer, entries).unwrap();
    let bytes = writer.into_inner();
    for policy in [
        ChecksumPolicy::EveryRead,
        ChecksumPolicy::FirstRead,
        ChecksumPolicy::Never,
    ] {
        let map = MassMap::<K, V, _, Xxh3HashLoader>::load(BytesReader::new(&bytes))
            .unwrap()
            .with_checksum_policy(policy);
        EXPLAINED.set(0);
        for number in 0..ENTRIES {
            assert_eq!(map.get(&key(number)).unwrap(), Some(value(number)));
            assert_eq!(map.get_ref(&key(number)).unwrap(), Some(value(number)));
            assert!(!map.contains_key(&key(number + ENTRIES)).unwrap());
        }
        let keys: Vec<_> = (0..2 * ENTRIES).map(&key).collect();
        let values = map.batch_get::<K>(&keys).unwrap();
        assert_eq!(values.iter().flatten().count() as u64, ENTRIES);
        assert_eq!(EXPLAINED.get(), 0, "lookups that took the slow path");
    }
}

fn format_2() -> Builder {
    Builder::default().with_format(FormatVersion::V2)
}

#[test]
fn ordinary_lookups_in_memory_take_the_fast_path() {
    let text = |number: u64| format!("key number {number}");
    let long = |number: u64| "x".repeat((number * 7919 % 9000) as usize);
    for builder in [
        Builder::default().with_bucket_count(300),
        format_2(),
        format_2().with_page_size(1024).with_miss_filter(true),
    ] {
        check(builder.clone(), |number| number, |number| number * 3);
        check(builder.clone(), text, |number| number as u8);
        check(builder.clone(), text, |_| ());
        // Long values: runs of several pages.
        check(builder, |number| number, long);
    }
    check(
        format_2().with_longest_run(8),
        |number| number,
        |number| vec![number; 100],
    );
}

#[test]
fn lookups_of_keys_that_occur_several_times_take_the_fast_path() {
    for builder in [
        Builder::default().with_bucket_count(300),
        format_2().with_duplicate_keys(DuplicateKeys::KeepAll),
    ] {
        let writer = MemoryWriter::new();
        let entries = (0..3000u64).map(|number| (number % 500, number));
        builder.build(&writer, entries).unwrap();
        let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(writer.into_reader()).unwrap();
        EXPLAINED.set(0);
        for key in 0..500 {
            assert_eq!(map.get(&key).unwrap(), Some(key), "the first one");
        }
        let keys: Vec<_> = (0..500).collect();
        let values = map.batch_get::<u64>(&keys).unwrap();
        assert!(values.into_iter().eq(keys.into_iter().map(Some)));
        assert_eq!(EXPLAINED.get(), 0);
    }
}

#[test]
fn damage_that_stops_the_fast_path_is_explained() {
    let writer = MemoryWriter::new();
    format_2()
        .build(&writer, (0..3000u64).map(|number| (number, number)))
        .unwrap();
    let mut bytes = writer.into_inner();
    let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(BytesReader::new(bytes.clone())).unwrap();
    let damaged_page = map.bucket_index(&7);
    let place = map.inner().index().offset(damaged_page) as usize;
    // In the directory, which every lookup in the page checks.
    bytes[place + 10] ^= 1;
    let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(BytesReader::new(bytes)).unwrap();
    EXPLAINED.set(0);
    let error = map.get(&7).unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("page {damaged_page} is damaged"))
    );
    assert_eq!(EXPLAINED.get(), 1);
}

#[test]
fn lookups_in_memory_check_the_parts_of_pages_that_they_use() {
    const PAGE: usize = 4096;
    const DAMAGED: usize = 60;
    let writer = MemoryWriter::new();
    let entries = (0..30_000u64).map(|number| (number, number));
    format_2().with_page_size(4096).build(&writer, entries).unwrap();
    let bytes = writer.into_inner();
    let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(BytesReader::new(&bytes)).unwrap();
    // Those of a page in the middle.
    let places: Vec<_> = (0..30_000u64)
        .filter_map(|key| {
            let found = map.inner().bit_instructions().run(|instructions| {
                map.look_up_fast(instructions, Some(&bytes), &key, |_, page, entry| {
                    Ok((page, entry.key.as_ptr().addr()))
                })
            });
            let Outcome::Found((page, address)) = found else {
                return None;
            };
            (page == DAMAGED).then(|| (key, address - bytes.as_ptr().addr() - PAGE * (1 + DAMAGED)))
        })
        .collect();
    assert!(places.len() > 240);
    for (damaged, bit) in [(0, 1), (4, 2), (70, 4), (600, 8), (2000, 1), (PAGE - 1, 128)] {
        let mut bytes = bytes.clone();
        bytes[PAGE * (1 + DAMAGED) + damaged] ^= bit;
        let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(BytesReader::new(bytes)).unwrap();
        map.key_check.set_passed();
        EXPLAINED.set(0);
        let mut damage = 0;
        for (key, place) in &places {
            let parts = place / 512..=(place + 15) / 512;
            let is_used = damaged < 96 || parts.contains(&(damaged / 512));
            let is_near = parts.start().abs_diff(damaged / 512) <= 1;
            match map.get(key) {
                Ok(value) => assert!(value == Some(*key) && !is_used, "{key} {damaged}"),
                // Others of its slot may be in the next part.
                Err(_) => assert!(is_used || is_near, "{key} {damaged}"),
            }
            damage += usize::from(is_used);
        }
        assert!(damage > 0 && EXPLAINED.get() >= damage, "{damaged}");
    }
}
