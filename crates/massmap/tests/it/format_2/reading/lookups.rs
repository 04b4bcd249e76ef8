//! Number and ranges of reads of each operation.

use std::collections::HashMap;
use std::hash::Hash;

use massmap::{MassMap, MassMapDefaultHashLoader, MassMapInner};
use massmap_format::PagedHeader;
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::entries::strings;
use support::files::build;
use support::files::format_2::{header_of, paged, run_range, runs_of, small_pages};
use support::readers::{CountingReader, Event, assert_sequential, batch};

type Map<K, V> = MassMap<K, V, CountingReader>;

fn counting<K, V>(file: &[u8]) -> Map<K, V>
where
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    Map::load(CountingReader::new(file.to_vec())).unwrap()
}

/// The single read of the run that starts at `page`.
fn run_read(file: &[u8], page: usize) -> Vec<Event> {
    let runs = runs_of(file);
    let run = runs.iter().find(|run| run.first_page == page as u64);
    let range = run_range(file, run.expect("keys lie at the beginning of a run"));
    vec![Event::Read {
        offset: range.start as u64,
        length: range.len() as u64,
    }]
}

#[test]
fn a_hit_takes_exactly_one_read_of_exactly_one_aligned_page() {
    let entries = strings(0..500);
    for filter in [false, true] {
        let file = build(small_pages().with_miss_filter(filter), &entries);
        assert!(header_of(&file).page_count > 10, "otherwise the test covers less");
        let map = counting::<String, u32>(&file);
        map.reader().take();
        for (key, value) in &entries {
            let expected = run_read(&file, map.bucket_index(key));
            assert!(
                matches!(expected[0], Event::Read { offset, length: 512 } if offset % 512 == 0 && offset > 0),
                "{expected:?}"
            );
            assert_eq!(map.get(key).unwrap(), Some(*value));
            assert_eq!(map.reader().take(), expected);
            assert!(map.contains_key(key).unwrap());
            assert_eq!(map.reader().take(), expected);
        }
    }
}

#[test]
fn a_hit_in_a_run_of_several_pages_takes_one_read_of_the_run() {
    let entries: Vec<(u64, String)> = (0..40).map(|i| (i, "x".repeat(300 * (i as usize % 5)))).collect();
    let file = build(small_pages(), &entries);
    let longest = runs_of(&file).iter().map(|run| run.pages).max();
    assert!(longest >= Some(3), "otherwise the test covers less");
    let map = counting::<u64, String>(&file);
    map.reader().take();
    for (key, value) in &entries {
        assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
        assert_eq!(map.reader().take(), run_read(&file, map.bucket_index(key)));
    }
}

#[test]
fn a_miss_takes_one_read_without_a_filter() {
    let file = build(small_pages(), &strings(0..500));
    let map = counting::<String, u32>(&file);
    map.reader().take();
    let mut outside = 0;
    for (key, _) in strings(1000..1500) {
        assert_eq!(map.get(&key).unwrap(), None);
        let reads = map.reader().take();
        assert!(!map.contains_key(&key).unwrap());
        assert_eq!(map.reader().take(), reads);
        match &reads[..] {
            // The bin lies before all entries, or behind all of them.
            [] => outside += 1,
            reads => assert_eq!(reads, run_read(&file, map.bucket_index(&key))),
        }
    }
    assert!(outside < 25, "{outside}");
}

#[test]
fn the_filter_catches_most_misses_without_a_read() {
    let file = build(small_pages().with_miss_filter(true), &strings(0..500));
    let map = counting::<String, u32>(&file);
    map.reader().take();
    let mut uncaught = 0;
    for (key, _) in strings(1000..5000) {
        assert_eq!(map.get(&key).unwrap(), None);
        match &map.reader().take()[..] {
            [] => {}
            events => {
                assert_eq!(events, run_read(&file, map.bucket_index(&key)));
                uncaught += 1;
            }
        }
    }
    // One in 256 passes on average, 16 of 4000. Three times as many happen in fewer than one of 2^40 maps.
    assert!(uncaught < 48, "{uncaught} of 4000 were not caught");
}

#[test]
fn a_map_without_entries_answers_without_a_read() {
    let map = counting::<String, u32>(&build::<MassMapDefaultHashLoader, String, u32>(paged(), &[]));
    map.reader().take();
    assert_eq!(map.get("any").unwrap(), None);
    assert_eq!(map.batch_get::<str>(["any"]).unwrap(), [None]);
    assert!(map.iter().next().is_none());
    assert!(
        map.reader()
            .take()
            .iter()
            .all(|event| *event == Event::Batch(vec![(0, 0)]))
    );
}

#[test]
fn a_batch_is_one_call_that_reads_each_run_once_in_file_order_and_adjacent_ones_together() {
    let file = build(small_pages().with_miss_filter(true), &strings(0..5000));
    let map = counting::<String, u32>(&file);
    map.reader().take();
    let extents = |keys: &[&str]| -> Vec<(u64, u64)> {
        let reads = keys
            .iter()
            .flat_map(|key| run_read(&file, map.bucket_index(*key)));
        reads
            .map(|read| match read {
                Event::Read { offset, length } => (offset, length),
                Event::Batch(_) => unreachable!("a run takes a read"),
            })
            .collect()
    };
    let keys = ["key 7", "key 3", "absent", "key 7", "key 499"];
    let found = map.batch_get::<str>(keys).unwrap();
    assert_eq!(found, [Some(7000), Some(3000), None, Some(7000), Some(499_000)]);
    let read = map.reader().take();
    // The filter may or may not reject the absent key.
    let present: Vec<&str> = keys.into_iter().filter(|key| *key != "absent").collect();
    assert!(
        read == [batch(extents(&present))] || read == [batch(extents(&keys))],
        "{read:?}"
    );

    let all = strings(0..5000);
    let keys: Vec<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
    let found = map.batch_get::<str>(keys.iter().copied()).unwrap();
    assert!(
        found
            .iter()
            .zip(&all)
            .all(|(found, (_, value))| *found == Some(*value))
    );
    assert_eq!(map.reader().take(), [batch(extents(&keys))]);
}

#[test]
fn iterating_takes_few_reads_of_all_pages() {
    for count in [1, 60, 3000] {
        let entries: Vec<(u64, String)> = (0..count)
            .map(|i| (i, "x".repeat(200 * (i as usize % 5))))
            .collect();
        let file = build(small_pages(), &entries);
        let map = counting::<u64, String>(&file);
        let page_size = u64::from(map.inner().page_size().unwrap());
        map.reader().take();
        let all: HashMap<u64, String> = map.iter().map(Result::unwrap).collect();
        assert_eq!(all, entries.into_iter().collect());
        let end = (1 + map.bucket_count() as u64) * page_size;
        assert_sequential(&map.reader().take(), page_size, end);
    }
}

/// Asserts that opening takes at most three reads, and that the bytes read outside the tail do not grow.
fn assert_opens_cheaply<K, V>(file: &[u8])
where
    K: Serialize + DeserializeOwned + Hash + Eq,
    V: Serialize + DeserializeOwned + Clone,
{
    let header = header_of(file);
    let untyped = MassMapInner::<_>::load(CountingReader::new(file.to_vec())).unwrap();
    let (tail, length) = header.tail();
    let read = |offset, length| Event::Read { offset, length };
    let expected = [read(0, PagedHeader::SIZE as u64), read(tail, length)];
    assert_eq!(untyped.reader.take(), expected);

    let map = counting::<K, V>(file);
    let events = map.reader().take();
    assert!(
        events.len() <= 3,
        "{} pages, {} entries: {events:?}",
        header.page_count,
        header.entry_count
    );
}

#[test]
fn opening_takes_at_most_three_reads_whatever_the_number_of_small_entries() {
    for count in [0, 1, 2, 10, 100, 3000] {
        assert_opens_cheaply::<String, u32>(&build(small_pages(), &strings(0..count)));
        assert_opens_cheaply::<String, u32>(&build(paged().with_miss_filter(true), &strings(0..count)));
    }
}

#[test]
fn opening_takes_at_most_three_reads_if_pages_hold_few_entries() {
    for count in [2, 3, 5, 10, 100] {
        let entries: Vec<(u64, String)> = (0..count).map(|i| (i, "x".repeat(400))).collect();
        assert_opens_cheaply::<u64, String>(&build(small_pages(), &entries));
        let entries: Vec<(u64, String)> = (0..count).map(|i| (i, "x".repeat(1400))).collect();
        assert_opens_cheaply::<u64, String>(&build(small_pages(), &entries));
    }
}
