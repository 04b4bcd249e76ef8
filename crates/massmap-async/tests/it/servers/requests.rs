//! How many requests the server gets.

use massmap_async::dynamic::Value;
use massmap_async::{
    AsyncMassMap, AsyncOpenOptions, AsyncUntypedMap, BlockingOptions, Bytes, Cached, ObjectReader, PageCache,
};
use massmap_core::{BatchPlan, Coalescing, Probe, ReadError};
use massmap_hash::Xxh3HashLoader;
use massmap_io::AnyReader;
use massmap_read::{MassMap, UntypedMap};

use super::served::{Seen, Served};
use crate::maps::file::{build, builder, squares};

type Squares<R> = AsyncMassMap<u64, u64, R>;

/// From the numbers below 20,000 to their squares, with a filter.
fn filtered() -> Bytes {
    let entries = (0..20_000u64).map(|number| (number, number * number));
    build(builder().with_miss_filter(true), entries)
}

/// Asserts that the first request alone has no condition: what it brings tells the version of the object.
fn assert_conditions(seen: &[Seen]) {
    for (number, request) in seen.iter().enumerate() {
        assert_ne!(request.has_condition, Some(number == 0), "{seen:?}");
    }
}

#[tokio::test]
async fn opening_takes_one_request_if_the_tail_fits_in_it_and_two_otherwise() {
    let (short, long) = (squares(20_000), filtered_to_be_long());
    for served in Served::all() {
        served.put(&short);
        let map = Squares::open(served.reader()).await.unwrap();
        let seen = served.requests(1);
        assert_conditions(&seen);
        assert!(matches!(&seen[0].range[..], "bytes=-65536" | ""), "{seen:?}");
        assert_eq!(map.len(), 20_000);
        AsyncUntypedMap::open(served.reader()).await.unwrap();
        assert_conditions(&served.requests(1));

        let options = AsyncOpenOptions::new().first_read(512);
        Squares::open_with(served.reader(), &options).await.unwrap();
        assert_conditions(&served.requests(2));
        served.put(&long);
        let map = Squares::open(served.reader()).await.unwrap();
        assert_conditions(&served.requests(2));
        assert_eq!(map.get(&7).await.unwrap(), Some(49));
        served.lookups(1);
    }
}

/// A file whose filter alone is longer than 64 KiB.
fn filtered_to_be_long() -> Bytes {
    let entries = (0..100_000u64).map(|number| (number, number * number));
    let file = build(builder().with_miss_filter(true), entries);
    assert!(file.len() > squares(100_000).len() + (64 << 10));
    file
}

#[tokio::test]
async fn a_hit_and_a_miss_take_one_request_each_even_the_first_ones() {
    let file = squares(20_000);
    for served in Served::all() {
        served.put(&file);
        // With keys at the end that opening has read, and without.
        for first_read in [64 << 10, 512] {
            let options = AsyncOpenOptions::new().first_read(first_read);
            let opening = if first_read == 512 { 2 } else { 1 };
            let map = Squares::open_with(served.reader(), &options).await.unwrap();
            served.requests(opening);
            for key in [30_000, 3, 40_000, 19_999] {
                let expected = (key < 20_000).then_some(key * key);
                assert_eq!(map.get(&key).await.unwrap(), expected);
                served.lookups(1);
                assert_eq!(map.contains_key(&key).await.unwrap(), expected.is_some());
                served.lookups(1);
                assert_eq!(map.get_bytes(&key).await.unwrap().is_some(), expected.is_some());
                served.lookups(1);
            }
            let map = AsyncUntypedMap::open_with(served.reader(), &options)
                .await
                .unwrap();
            served.requests(opening);
            for key in [30_000u64, 3, 40_000] {
                let expected = (key < 20_000).then(|| (key * key).into());
                assert_eq!(map.get(key).await.unwrap(), expected);
                served.lookups(1);
            }
        }
    }
}

#[tokio::test]
async fn keys_that_the_filter_rules_out_take_no_request() {
    let file = filtered();
    let local = UntypedMap::load(AnyReader::from(file.clone())).unwrap();
    let is_out = |key: &u64| {
        let hash = local.inner().hash(key);
        matches!(local.inner().index().probe::<ReadError>(hash), Ok(Probe::Miss))
    };
    let ruled_out: Vec<u64> = (20_000..20_100).filter(is_out).collect();
    assert!(ruled_out.len() > 90);
    for served in Served::all() {
        served.put(&file);
        let map = Squares::open(served.reader()).await.unwrap();
        served.requests(1);
        for key in &ruled_out {
            assert_eq!(map.get(key).await.unwrap(), None);
        }
        assert_eq!(
            map.batch_get(&ruled_out).await.unwrap(),
            vec![None; ruled_out.len()]
        );
        served.requests(0);

        // Without keys that opening has read: the first miss reads a page of them.
        let options = AsyncOpenOptions::new().first_read(512);
        let map = Squares::open_with(served.reader(), &options).await.unwrap();
        served.requests(2);
        for key in &ruled_out {
            assert_eq!(map.get(key).await.unwrap(), None);
        }
        served.lookups(1);
    }
}

/// 1,000 keys, of which a sixth are missing.
fn random_keys(count: u64) -> Vec<u64> {
    (0..1000)
        .map(|number| number * 7919 % (count + count / 5))
        .collect()
}

/// The headers `Range` of the requests that a batch of `keys` takes.
fn planned(file: &Bytes, keys: &[u64], coalescing: Coalescing) -> Vec<String> {
    planned_before(u64::MAX, file, keys, coalescing)
}

/// The same without keys whose pages begin at `end` or later.
fn planned_before(end: u64, file: &Bytes, keys: &[u64], coalescing: Coalescing) -> Vec<String> {
    let map = UntypedMap::load(AnyReader::from(file.clone())).unwrap();
    let mut plan = BatchPlan::new(coalescing);
    for (number, key) in (0..).zip(keys) {
        let hash = map.inner().hash(key);
        if let Probe::Read(extent) = map.inner().index().probe::<ReadError>(hash).unwrap()
            && extent.offset() < end
        {
            plan.push(number, extent);
        }
    }
    plan.sort();
    plan.reads()
        .map(|read| format!("bytes={}-{}", read.offset(), read.offset() + read.length() - 1))
        .collect()
}

/// Asserts that the server got these requests, in any order, if it tells.
fn assert_ranges(seen: Vec<Seen>, mut planned: Vec<String>) {
    if seen.iter().all(|request| request.has_condition.is_none()) {
        return;
    }
    let mut seen: Vec<String> = seen.into_iter().map(|request| request.range).collect();
    seen.sort_unstable();
    planned.sort_unstable();
    assert_eq!(seen, planned);
}

#[tokio::test]
async fn a_batch_of_a_thousand_keys_takes_a_request_for_each_coalesced_range() {
    let count = 50_000;
    let file = squares(count);
    let keys = random_keys(count);
    let expected: Vec<_> = keys
        .iter()
        .map(|key| (*key < count).then_some(key * key))
        .collect();
    for served in Served::all() {
        served.put(&file);
        for (largest_gap, longest_read) in [(64 << 10, 1 << 20), (1024, 8192), (0, 1 << 20)] {
            let options = AsyncOpenOptions::new()
                .largest_gap(largest_gap)
                .longest_request(longest_read);
            let map = Squares::open_with(served.reader(), &options).await.unwrap();
            served.requests(1);
            let coalescing = Coalescing {
                largest_gap,
                longest_read,
            };
            let planned = planned(&file, &keys, coalescing);
            assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
            assert_ranges(served.lookups(planned.len()), planned);
        }
    }
}

#[tokio::test]
async fn a_second_pass_through_a_cache_takes_no_request() {
    let count = 20_000;
    let file = squares(count);
    let keys = random_keys(count);
    let expected: Vec<_> = keys
        .iter()
        .map(|key| (*key < count).then_some(key * key))
        .collect();
    let options = AsyncOpenOptions::new().largest_gap(2048);
    for served in Served::all() {
        served.put(&file);
        let cache = PageCache::new(64 << 20);
        let cached = |reader: ObjectReader| Cached::new(reader, &cache).with_page_size(512);
        let map = Squares::open_with(cached(served.reader()), &options)
            .await
            .unwrap();
        served.requests(1);
        let coalescing = Coalescing {
            largest_gap: 2048,
            longest_read: 1 << 20,
        };
        let planned = planned(&file, &keys, coalescing);
        assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
        assert_ranges(served.lookups(planned.len()), planned);
        assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
        for (key, value) in keys.iter().zip(&expected) {
            assert_eq!(map.get(key).await.unwrap(), *value);
        }
        served.requests(0);
        // Another reader of the same object finds the pages, too.
        let other = AsyncUntypedMap::open_with(cached(served.reader()), &options)
            .await
            .unwrap();
        served.requests(1);
        let values = other.batch_get(keys.iter().copied()).await.unwrap();
        let expected: Vec<Option<Value>> = expected.iter().map(|value| value.map(Value::from)).collect();
        assert_eq!(values, expected);
        served.requests(0);
    }
}

#[test]
fn a_map_of_a_program_without_a_runtime_takes_as_many_requests() {
    let file = squares(50_000);
    for served in Served::all() {
        served.put(&file);
        let reader = BlockingOptions::new()
            .largest_gap(0)
            .open(served.reader())
            .unwrap();
        let map = MassMap::<u64, u64, _, Xxh3HashLoader>::load(reader).unwrap();
        // A sample of the keys is checked in pages that this one has brought.
        assert_conditions(&served.requests(1));
        let kept_from = file.len() as u64 - (64 << 10);
        for key in [3, 30_000, 60_000] {
            let hash = map.inner().hash(&key);
            let expected = (key < 50_000).then_some(key * key);
            assert_eq!(map.get(&key).unwrap(), expected);
            let Probe::Read(extent) = map.inner().index().probe::<ReadError>(hash).unwrap() else {
                panic!("there is no filter");
            };
            served.lookups(usize::from(extent.offset() < kept_from));
        }
        let keys = random_keys(50_000);
        let expected: Vec<_> = keys
            .iter()
            .map(|key| (*key < 50_000).then_some(key * key))
            .collect();
        assert_eq!(map.batch_get(&keys).unwrap(), expected);
        let coalescing = Coalescing {
            largest_gap: 0,
            longest_read: 1 << 20,
        };
        // What lies in the last 64 KiB is there already.
        let planned = planned_before(kept_from, &file, &keys, coalescing);
        assert_ranges(served.lookups(planned.len()), planned);
    }
}
