//! Iteration over entries, keys and values.

use std::collections::HashSet;
use std::io::Result;

use massmap::{BytesReader, MassMap, MassMapInner, ReadError};
use support::allocations::peak_of;
use support::cause;
use support::files::format_1::{Parts, build};

type Map = MassMap<String, u32, BytesReader<Vec<u8>>>;

/// Enough that each of the twelve buckets of [`open_damaged`] gets several.
const COUNT: u32 = 120;

fn entries() -> Vec<(String, u32)> {
    (0..COUNT).map(|i| (format!("key {i}"), i)).collect()
}

fn open(file: Vec<u8>) -> Map {
    Map::load(BytesReader::new(file)).unwrap()
}

/// A map in which the buckets `damaged` cannot be read.
fn open_damaged(damaged: &[usize]) -> Map {
    let mut parts = Parts::of(&build(12, &entries()));
    for &index in damaged {
        assert!(parts.index[index].count > 1, "otherwise the test covers less");
        parts.damage_bucket(index);
    }
    open(parts.to_file())
}

/// Runs an iterator to its end. Checks its size hint before every step, and that it is fused.
fn run<T>(mut items: impl Iterator<Item = Result<T>>) -> Vec<Result<T>> {
    let mut hints = vec![items.size_hint()];
    let mut all = Vec::new();
    while let Some(item) = items.next() {
        all.push(item);
        hints.push(items.size_hint());
        assert!(all.len() < 10_000, "the iterator does not end");
    }
    for (step, (lower, upper)) in hints.into_iter().enumerate() {
        let remaining = all.len() - step;
        let upper = upper.expect("the number of entries is known");
        assert!(
            lower <= remaining && remaining <= upper,
            "{remaining} were left after {step}, the hint was {lower} to {upper}"
        );
    }
    for _ in 0..3 {
        assert!(items.next().is_none(), "the iterator continues after its end");
    }
    assert_eq!(items.size_hint(), (0, Some(0)));
    all
}

#[test]
fn entries_keys_and_values_agree() {
    for buckets in [1, 7, 1000] {
        let map = open(build(buckets, &entries()));
        let all = run(map.iter()).into_iter().collect::<Result<Vec<_>>>().unwrap();
        let keys = run(map.keys()).into_iter().collect::<Result<Vec<_>>>().unwrap();
        let values = run(map.values()).into_iter().collect::<Result<Vec<_>>>().unwrap();
        assert_eq!(keys.into_iter().zip(values).collect::<Vec<_>>(), all);
        let distinct: HashSet<_> = all.into_iter().collect();
        assert_eq!(distinct, entries().into_iter().collect());
    }
}

#[test]
fn an_empty_map_yields_nothing() {
    let map = open(build::<String, u32>(5, &[]));
    assert!(run(map.iter()).is_empty());
    assert!(run(map.keys()).is_empty());
    assert!(run(map.values()).is_empty());
}

#[test]
fn the_size_hint_of_an_intact_map_begins_with_its_length() {
    let map = open(build(7, &entries()));
    assert_eq!(map.iter().size_hint().1, Some(COUNT as usize));
    assert_eq!(map.keys().size_hint().1, Some(COUNT as usize));
    assert_eq!(map.values().size_hint().1, Some(COUNT as usize));
}

#[test]
fn entries_come_bucket_by_bucket_in_the_order_of_insertion() {
    let map = open(build(7, &entries()));
    let mut expected = entries();
    expected.sort_by_key(|(key, _)| map.bucket_index(key));
    let all = map.iter().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(all, expected);
    let buckets = (0..7).flat_map(|index| map.get_bucket(index).unwrap());
    assert_eq!(buckets.collect::<Vec<_>>(), expected);
}

#[test]
fn a_reference_to_a_map_can_be_iterated() {
    let map = open(build(7, &entries()));
    let mut count = 0;
    for entry in &map {
        let (key, value) = entry.unwrap();
        assert_eq!(key, format!("key {value}"));
        count += 1;
    }
    assert_eq!(count, COUNT);
}

#[test]
fn a_damaged_bucket_is_one_error_in_place_of_its_entries_and_the_next_buckets_follow() {
    for damaged in [&[0][..], &[11], &[3, 4], &[0, 5, 11]] {
        let intact = open(build(12, &entries()));
        let map = open_damaged(damaged);
        let expected: Vec<Option<(String, u32)>> = (0..12)
            .flat_map(|index| match damaged.contains(&index) {
                true => vec![None],
                false => intact.get_bucket(index).unwrap().into_iter().map(Some).collect(),
            })
            .collect();
        let all: Vec<_> = run(map.iter()).into_iter().map(Result::ok).collect();
        assert_eq!(all, expected);
        let keys: Vec<_> = run(map.keys()).into_iter().map(Result::ok).collect();
        let values: Vec<_> = run(map.values()).into_iter().map(Result::ok).collect();
        let (expected_keys, expected_values): (Vec<_>, Vec<_>) =
            expected.into_iter().map(Option::unzip).unzip();
        assert_eq!(keys, expected_keys);
        assert_eq!(values, expected_values);
        for &index in damaged {
            map.get_bucket(index).unwrap_err();
        }
    }
}

#[test]
fn a_key_of_another_type_makes_its_entry_an_error_but_not_its_value() {
    let mut parts = Parts::of(&build(12, &entries()));
    let bucket = parts.index[6];
    // The first key of the bucket, after the headers of bucket and entry, becomes an integer and a shorter string.
    let key = bucket.offset as usize - 24 + 2;
    let length = parts.buckets[key] & 0x1f;
    assert_eq!(parts.buckets[key] & 0xe0, 0xa0, "a short string");
    parts.buckets[key] = 0x91;
    parts.buckets[key + 1] = 0xa0 | (length - 1);
    let map = open(parts.to_file());
    let (entries, keys) = (run(map.iter()), run(map.keys()));
    assert_eq!((entries.len(), keys.len()), (COUNT as usize, COUNT as usize));
    assert_eq!(entries.iter().filter(|entry| entry.is_err()).count(), 1);
    assert_eq!(keys.iter().filter(|key| key.is_err()).count(), 1);
    let mut values = run(map.values()).into_iter().collect::<Result<Vec<_>>>().unwrap();
    values.sort_unstable();
    assert_eq!(values, Vec::from_iter(0..COUNT));
}

#[test]
fn a_bucket_that_is_damaged_after_an_undecodable_key_is_one_error() {
    let entries: Vec<(String, u32)> = (0..40).map(|i| (format!("key {i}"), i)).collect();
    let mut parts = Parts::of(&build(2, &entries));
    let first = parts.index[0];
    assert!(first.count > 1);
    // The first key becomes a boolean, followed by what looks like the value; the bytes after it make no sense.
    let key = first.offset as usize - 24 + 2 + usize::from(first.count > 15) * 2;
    assert_eq!(parts.buckets[key] & 0xe0, 0xa0, "a short string");
    parts.buckets[key] = 0xc3;
    let map = MassMapInner::<_>::load(BytesReader::new(parts.to_file()))
        .unwrap()
        .cast::<String, u32>();
    let items: Vec<_> = map.iter().collect();
    assert_eq!(items.len(), 1 + parts.index[1].count as usize);
    let error = items[0].as_ref().unwrap_err();
    assert!(
        matches!(cause(error), ReadError::DamagedBucket { bucket: 0, .. }),
        "{error}"
    );
    assert!(items[1..].iter().all(Result::is_ok));
}

#[test]
fn undecodable_entries_however_many_take_no_more_memory_than_a_multiple_of_the_file() {
    let all: Vec<(u64, u8)> = (0..100_000).map(|i| (i, 1)).collect();
    // All in one bucket: the longest extent possible.
    let file = build(1, &all);
    let inner = MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
    let map = inner.cast::<String, u8>();
    let (failed, peak) = peak_of(|| map.iter().filter(Result::is_err).count());
    assert_eq!(failed, all.len());
    assert!(
        peak < 12 * file.len(),
        "{peak} bytes were taken for a file of {}",
        file.len()
    );
}
