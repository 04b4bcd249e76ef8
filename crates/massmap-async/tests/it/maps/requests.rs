//! How many requests things take.

use std::io::Result;
use std::ops::Range;
use std::sync::Mutex;

use futures_executor::block_on;
use futures_util::TryStreamExt;
use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncReader, AsyncUntypedMap, Bytes, Suffix};
use massmap_core::{BatchPlan, Coalescing, Probe, ReadError};
use massmap_io::AnyReader;
use massmap_read::UntypedMap;

use super::file::{build, builder, squares};
use super::store::{Store, StoreReader};

type Squares = AsyncMassMap<u64, u64, StoreReader>;

#[test]
fn opening_takes_one_request_if_the_index_is_short_and_two_otherwise() {
    block_on(async {
        let store = Store::new(squares(10_000));
        let map = Squares::open(store.reader()).await.unwrap();
        assert_eq!(store.count(), 1);
        assert_eq!(map.len(), 10_000);
        AsyncUntypedMap::open(store.reader()).await.unwrap();
        assert_eq!(store.count(), 1);

        // The index does not fit.
        let options = AsyncOpenOptions::new().first_read(512);
        let map = Squares::open_with(store.reader(), &options).await.unwrap();
        assert_eq!(store.count(), 2);
        assert_eq!(map.get(&7).await.unwrap(), Some(49));

        let filtered = squares(200_000);
        let tail = build(
            builder().with_miss_filter(true),
            (0..200_000u64).map(|number| (number, number)),
        );
        assert!(tail.len() > filtered.len() + (64 << 10), "the filter is long");
        let store = Store::new(tail);
        Squares::open(store.reader()).await.unwrap();
        assert_eq!(store.count(), 2);
    });
}

#[test]
fn a_hit_takes_one_request_and_so_does_a_miss_even_the_first_one() {
    // Once with keys at the end that were read when it was opened, and once without.
    for first_read in [64 << 10, 512] {
        block_on(async {
            let store = Store::new(squares(10_000));
            let options = AsyncOpenOptions::new().first_read(first_read);
            let map = Squares::open_with(store.reader(), &options).await.unwrap();
            store.count();
            for key in [20_000, 3, 30_000, 4, 9_999] {
                let expected = (key < 10_000).then_some(key * key);
                assert_eq!(map.get(&key).await.unwrap(), expected);
                assert_eq!(store.count(), 1, "get of {key}");
                assert_eq!(map.contains_key(&key).await.unwrap(), expected.is_some());
                assert_eq!(store.count(), 1, "contains_key of {key}");
                assert_eq!(map.get_bytes(&key).await.unwrap().is_some(), expected.is_some());
                assert_eq!(store.count(), 1, "get_bytes of {key}");
            }
            let untyped = AsyncUntypedMap::open_with(store.reader(), &options)
                .await
                .unwrap();
            store.count();
            for key in [20_000u64, 3, 30_000] {
                let expected = (key < 10_000).then(|| (key * key).into());
                assert_eq!(untyped.get(key).await.unwrap(), expected);
                assert_eq!(store.count(), 1, "get of {key}");
            }
        });
    }
}

#[test]
fn a_key_that_the_filter_rules_out_takes_no_request() {
    let entries = (0..10_000u64).map(|number| (number, number * number));
    let store = Store::new(build(builder().with_miss_filter(true), entries));
    block_on(async {
        let map = Squares::open(store.reader()).await.unwrap();
        assert!(map.has_miss_filter());
        store.count();
        for key in 10_000..20_000 {
            assert_eq!(map.get(&key).await.unwrap(), None);
        }
        let requests = store.count();
        assert!(
            requests < 200,
            "one in 256 goes through, not {requests} in 10,000"
        );

        // Without keys that opening has read: the first miss examines stored keys, and the others need not.
        let options = AsyncOpenOptions::new().first_read(512);
        let map = Squares::open_with(store.reader(), &options).await.unwrap();
        store.count();
        let ruled_out: Vec<u64> = {
            let map = UntypedMap::load(AnyReader::from(squares_with_filter())).unwrap();
            let index = map.inner().index();
            let hash = |key: &u64| map.inner().hash(key);
            let is_out = |key: &u64| matches!(index.probe::<ReadError>(hash(key)), Ok(Probe::Miss));
            (10_000..10_100).filter(is_out).collect()
        };
        for key in &ruled_out {
            assert_eq!(map.get(key).await.unwrap(), None);
        }
        assert_eq!(store.count(), 1);
        map.check_keys().await.unwrap();
        assert_eq!(store.count(), 0, "the check was made");
    });
}

fn squares_with_filter() -> Bytes {
    let entries = (0..10_000u64).map(|number| (number, number * number));
    build(builder().with_miss_filter(true), entries)
}

/// The reads that a batch of `keys` takes.
fn planned(file: &Bytes, keys: &[u64], coalescing: Coalescing) -> Vec<Range<u64>> {
    let map = UntypedMap::load(AnyReader::from(file.clone())).unwrap();
    let mut plan = BatchPlan::new(coalescing);
    for (number, key) in (0..).zip(keys) {
        if let Probe::Read(extent) = map
            .inner()
            .index()
            .probe::<ReadError>(map.inner().hash(key))
            .unwrap()
        {
            plan.push(number, extent);
        }
    }
    plan.sort();
    plan.reads()
        .map(|read| read.offset()..read.offset() + read.length())
        .collect()
}

#[test]
fn a_batch_takes_a_request_for_each_coalesced_range_and_no_more_in_flight_than_allowed() {
    let file = squares(100_000);
    let store = Store::new(file.clone());
    let keys: Vec<u64> = (0..1000).map(|number| number * 7919 % 120_000).collect();
    let expected: Vec<_> = keys
        .iter()
        .map(|key| (*key < 100_000).then_some(key * key))
        .collect();
    block_on(async {
        for (largest_gap, longest_read, in_flight) in [
            (64 << 10, 1 << 20, 64),
            (0, 1 << 20, 16),
            (2048, 8192, 3),
            (0, 512, 1),
        ] {
            let options = AsyncOpenOptions::new()
                .largest_gap(largest_gap)
                .longest_request(longest_read)
                .requests_in_flight(in_flight);
            let map = Squares::open_with(store.reader(), &options).await.unwrap();
            store.count();
            store.most_in_flight();
            store.delay.store(3, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
            let mut ranges = store.ranges();
            let most = store.most_in_flight();
            store.delay.store(0, std::sync::atomic::Ordering::Relaxed);
            ranges.sort_by_key(|range| range.start);
            let coalescing = Coalescing {
                largest_gap,
                longest_read,
            };
            let planned = planned(&file, &keys, coalescing);
            assert_eq!(ranges, planned);
            assert_eq!(most, in_flight.min(planned.len()));
        }
    });
}

#[test]
fn an_iteration_reads_every_page_once_in_long_requests_and_not_much_if_it_ends_soon() {
    let file = squares(100_000);
    let store = Store::new(file.clone());
    block_on(async {
        let options = AsyncOpenOptions::new().read_ahead(2);
        let map = Squares::open_with(store.reader(), &options).await.unwrap();
        store.count();
        store.delay.store(1, std::sync::atomic::Ordering::Relaxed);
        let mut entries: Vec<_> = map.iter().try_collect().await.unwrap();
        entries.sort_unstable();
        assert!(
            entries
                .iter()
                .copied()
                .eq((0..100_000).map(|number| (number, number * number)))
        );
        let ranges = store.ranges();
        assert!(ranges.is_sorted_by(|one, next| one.end == next.start));
        assert!(ranges.iter().all(|range| range.end - range.start <= 1 << 20));
        assert!(ranges.len() < 8, "{} requests", ranges.len());
        assert_eq!(store.most_in_flight(), 2);

        let mut some = std::pin::pin!(map.iter());
        some.try_next().await.unwrap();
        let read: u64 = store.ranges().iter().map(|range| range.end - range.start).sum();
        assert!(read <= 192 << 10, "{read} bytes for one entry");
    });
}

/// A reader for which a call costs more than a read, and what it was called with.
struct Together {
    reader: StoreReader,
    calls: Mutex<Vec<Vec<Range<u64>>>>,
}

impl AsyncReader for Together {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.calls.lock().unwrap().push(vec![range.clone()]);
        self.reader.read(range).await
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        self.calls.lock().unwrap().push(ranges.clone());
        self.reader.read_many(ranges).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        self.reader.read_suffix(length).await
    }

    fn ranges_at_once(&self) -> usize {
        10
    }
}

#[test]
fn a_reader_that_takes_several_ranges_at_once_gets_them_up_to_the_longest_request() {
    let store = Store::new(squares(100_000));
    let keys: Vec<u64> = (0..1000).map(|number| number * 97).collect();
    for (longest_request, most) in [(1 << 20, 10), (4 * 512, 4), (1, 1)] {
        let reader = Together {
            reader: store.reader(),
            calls: Mutex::default(),
        };
        let options = AsyncOpenOptions::new().longest_request(longest_request);
        block_on(async {
            let map = AsyncMassMap::<u64, u64, _>::open_with(reader, &options)
                .await
                .unwrap();
            map.reader().calls.lock().unwrap().clear();
            let values = map.batch_get(&keys).await.unwrap();
            assert!(values.into_iter().eq(keys.iter().map(|key| Some(key * key))));
            let calls = map.reader().calls.lock().unwrap();
            let sizes: Vec<_> = calls.iter().map(Vec::len).collect();
            assert_eq!(sizes.iter().max(), Some(&most));
            for call in &*calls {
                let bytes: u64 = call.iter().map(|range| range.end - range.start).sum();
                assert!(bytes <= longest_request.max(512), "{bytes} bytes in one call");
                assert!(call.len() == 1 || call.is_sorted_by(|one, next| one.end < next.start));
            }
        });
    }
}
