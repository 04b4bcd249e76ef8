//! How many reads each operation takes.

use std::io::{Error, ErrorKind};

use massmap::{FormatVersion, MassMap, MassMapBuilder, MassMapInner, MemoryWriter};
use support::files::format_1::build;
use support::readers::{CountingReader, Event, assert_sequential, batch};

type Map = MassMap<u64, String, CountingReader>;

fn entries() -> Vec<(u64, String)> {
    (0..1000).map(|i| (i * 31, format!("value {i}"))).collect()
}

fn open(buckets: u64, entries: &[(u64, String)]) -> Map {
    Map::load(CountingReader::new(build(buckets, entries))).unwrap()
}

/// The single read that a lookup of `key` should take.
fn bucket_read(map: &Map, key: u64) -> Vec<Event> {
    let bucket = map.bucket_metas()[map.bucket_index(&key)];
    if bucket.count == 0 {
        return Vec::new();
    }
    vec![Event::Read {
        offset: bucket.offset,
        length: bucket.length.into(),
    }]
}

#[test]
fn opening_takes_one_read_each_for_the_header_the_metadata_and_one_bucket() {
    let map = open(64, &entries());
    let header = map.header().clone();
    let first = map.bucket_metas()[0];
    let expected = [
        // As much as the header of either format has.
        Event::Read {
            offset: 0,
            length: 512,
        },
        Event::Read {
            offset: header.meta_offset,
            length: header.meta_length,
        },
        Event::Read {
            offset: first.offset,
            length: first.length.into(),
        },
    ];
    assert_eq!(map.reader().take(), expected);
}

#[test]
fn opening_without_types_takes_two_reads_and_casting_takes_none() {
    let inner = MassMapInner::<_>::load(CountingReader::new(build(64, &entries()))).unwrap();
    assert_eq!(inner.reader.take().len(), 2);
    let map: Map = inner.cast();
    assert_eq!(map.reader().take(), []);
    // The first lookup also checks the hash function.
    map.get(&31).unwrap();
    assert_eq!(map.reader().take().len(), 2);
    map.get(&31).unwrap();
    assert_eq!(map.reader().take(), bucket_read(&map, 31));
}

#[test]
fn opening_a_map_with_a_single_bucket_or_none_occupied_takes_two_reads() {
    assert_eq!(open(1, &entries()).reader().take().len(), 2);
    assert_eq!(open(200, &[]).reader().take().len(), 2);
}

#[test]
fn opening_a_file_that_is_shorter_than_a_header_of_format_2_takes_one_more_read_that_fails() {
    let reads = [(0, 512), (0, 24)].map(|(offset, length)| Event::Read { offset, length });
    let events = open(4, &[]).reader().take();
    assert_eq!(events[..2], reads);
    assert_eq!(events.len(), 3);
}

#[test]
fn opening_a_sparse_map_takes_a_bounded_number_of_reads() {
    let map = open(100_000, &entries());
    assert!(map.reader().take().len() <= 10);
}

#[test]
fn a_hit_and_a_miss_take_exactly_one_read_of_exactly_the_bucket() {
    for buckets in [1, 64, 900] {
        let map = open(buckets, &entries());
        map.reader().take();
        for key in 0..2000 {
            let found = map.get(&key).unwrap();
            assert_eq!(found.is_some(), key % 31 == 0);
            assert_eq!(map.reader().take(), bucket_read(&map, key), "{key}");
            map.contains_key(&key).unwrap();
            assert_eq!(map.reader().take(), bucket_read(&map, key), "{key}");
        }
    }
}

#[test]
fn an_empty_bucket_takes_no_read() {
    let map = open(8, &entries()[..2]);
    map.reader().take();
    let missing = (0..100)
        .find(|key| map.bucket_metas()[map.bucket_index(key)].count == 0)
        .unwrap();
    assert_eq!(map.get(&missing).unwrap(), None);
    assert!(!map.contains_key(&missing).unwrap());
    assert_eq!(map.get_bucket(map.bucket_index(&missing)).unwrap(), []);
    assert_eq!(map.reader().take(), []);
}

#[test]
fn a_batch_is_one_call_that_reads_each_bucket_once_in_file_order_and_adjacent_ones_together() {
    let map = open(700, &entries());
    map.reader().take();
    let extent = |key: u64| {
        let bucket = map.bucket_metas()[map.bucket_index(&key)];
        (bucket.offset, u64::from(bucket.length))
    };
    let few = vec![93, 5, 31, 0, 7, 93, 30 * 31];
    let all = (0..31_000).rev().collect();
    for keys in [few, all] {
        let keys: Vec<u64> = keys;
        let values = map.batch_get::<u64>(&keys).unwrap();
        let found: Vec<bool> = values.iter().map(Option::is_some).collect();
        let expected: Vec<bool> = keys.iter().map(|key| key % 31 == 0).collect();
        assert_eq!(found, expected);
        let expected: Vec<Event> = keys
            .chunks(16 << 10)
            .map(|keys| batch(keys.iter().map(|key| extent(*key)).collect()))
            .collect();
        assert_eq!(map.reader().take(), expected);
    }
}

#[test]
fn a_batch_can_be_looked_up_without_collecting_it() {
    let map = open(700, &entries());
    let mut values = vec![None; 40_000];
    map.batch_get_with::<u64>(0..40_000, |number, value| {
        assert_eq!(values[number], None, "key {number} comes twice");
        values[number] = Some(value.map(<[u8]>::to_vec));
        Ok(())
    })
    .unwrap();
    for (key, value) in (0..40_000u64).zip(values) {
        let expected = map.get_with(&key, <[u8]>::to_vec).unwrap();
        assert_eq!(value, Some(expected), "key {key}");
    }

    let mut calls = 0;
    let stopped = map.batch_get_with::<u64>(0..40_000, |_, _| {
        calls += 1;
        if calls == 100 {
            Err(Error::other("enough"))
        } else {
            Ok(())
        }
    });
    assert_eq!(stopped.unwrap_err().to_string(), "enough");
    assert_eq!(calls, 100);
}

#[test]
fn a_batch_can_borrow_its_values() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let writer = MemoryWriter::new();
        let builder = match format {
            FormatVersion::V1 => MassMapBuilder::default().with_bucket_count(70),
            _ => MassMapBuilder::default().with_format(format),
        };
        builder.build(&writer, entries().iter()).unwrap();
        // The types are given after opening, so the batch checks the hash function.
        let reader = writer.into_reader();
        let map = MassMapInner::<_>::load(reader).unwrap().cast::<u64, String>();
        let keys: Vec<u64> = (0..40_000).rev().collect();
        for _ in 0..2 {
            let mut values = vec![None; keys.len()];
            map.batch_get_ref::<u64, &str>(&keys, |number, value| {
                assert_eq!(values[number].replace(value), None, "key {number} comes twice");
                Ok(())
            })
            .unwrap();
            for (key, value) in keys.iter().zip(values) {
                assert_eq!(value, Some(map.get_ref(key).unwrap()), "key {key}");
            }
        }
        let mistaken = map.batch_get_ref::<u64, u32>(&[0], |_, _| Ok(()));
        assert_eq!(mistaken.unwrap_err().kind(), ErrorKind::InvalidData);
    }
}

#[test]
fn iterating_takes_few_reads_of_all_buckets() {
    for (buckets, count) in [(2000, 1000), (7, 1000), (3000, 60_000)] {
        let entries: Vec<_> = (0..count).map(|i| (i * 31, format!("value {i}"))).collect();
        let map = open(buckets, &entries);
        let end = map.header().meta_offset;
        map.reader().take();
        assert_eq!(map.iter().count(), count as usize);
        assert_sequential(&map.reader().take(), 24, end);
        assert_eq!(map.keys().count(), count as usize);
        assert_sequential(&map.reader().take(), 24, end);
        assert_eq!(map.values().count(), count as usize);
        assert_sequential(&map.reader().take(), 24, end);
    }
}

#[test]
fn a_header_without_metadata_causes_no_empty_read() {
    let mut file = build(64, &entries());
    file[16..24].fill(0);
    Map::load(CountingReader::new(file)).map(drop).unwrap_err();
}
