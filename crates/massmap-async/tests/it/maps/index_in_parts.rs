//! Maps whose index is read in parts, when lookups need them.

use std::sync::LazyLock;

use futures_executor::block_on;
use futures_util::TryStreamExt;
use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncUntypedMap, Bytes, dynamic::Value};
use massmap_core::{Opened, Opening, Step};
use massmap_format::SectionKind;

use super::file::{build, builder, squares};
use super::store::{Store, StoreReader};

/// Number of entries, each of which has a page of its own.
const COUNT: u64 = 120_000;

type Long = AsyncMassMap<u64, LongValue, StoreReader>;
type LongValue = (u64, [u64; 32]);

fn value(key: u64) -> LongValue {
    (key * 3, [key; 32])
}

/// A map whose index and miss filter take several parts each.
static FILE: LazyLock<Bytes> = LazyLock::new(|| {
    build(
        builder().with_miss_filter(true),
        (0..COUNT).map(|key| (key, value(key))),
    )
});

fn header(file: &Bytes) -> massmap_format::PagedHeader {
    let mut opening = Opening::of_bytes(file.clone());
    let Step::Done(Opened { index, .. }) = opening.step().unwrap() else {
        panic!("all bytes are there");
    };
    index.paged_header().unwrap().clone()
}

fn section(file: &Bytes, kind: SectionKind) -> std::ops::Range<usize> {
    let header = header(file);
    let section = header.section(kind).unwrap();
    section.offset as usize..(section.offset + section.length) as usize
}

fn options() -> AsyncOpenOptions {
    AsyncOpenOptions::new().first_read(512).index_in_parts(true)
}

/// The bytes of requests since the last call, and how many there were.
fn read(store: &Store) -> (u64, usize) {
    let ranges = store.ranges();
    (
        ranges.iter().map(|range| range.end - range.start).sum(),
        ranges.len(),
    )
}

#[test]
fn a_single_lookup_reads_a_small_part_of_the_index() {
    let (index, filter) = (
        section(&FILE, SectionKind::PageIndex).len() as u64,
        section(&FILE, SectionKind::MissFilter).len() as u64,
    );
    assert!(index > 128 << 10 && filter > 100 << 10, "{index}, {filter}");
    let store = Store::new(FILE.clone());
    block_on(async {
        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        let (bytes, requests) = read(&store);
        assert!(
            requests <= 3 && bytes < 85 << 10,
            "{requests} requests for {bytes} bytes"
        );
        assert_eq!(map.get(&77_777).await.unwrap(), Some(value(77_777)));
        let (bytes, requests) = read(&store);
        assert!(
            requests <= 4 && bytes < 115 << 10,
            "{requests} requests for {bytes} bytes"
        );
        assert_eq!(map.get(&77_777).await.unwrap(), Some(value(77_777)));
        assert_eq!(read(&store).1, 1, "the parts stay in memory");
    });
}

#[test]
fn lookups_find_what_they_find_with_a_whole_index() {
    let store = Store::new(FILE.clone());
    block_on(async {
        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        // The first lookups are of missing keys, most of which the filter rules out.
        for key in (COUNT..COUNT + 20).chain((0..COUNT).step_by(4001)) {
            let expected = (key < COUNT).then(|| value(key));
            assert_eq!(map.get(&key).await.unwrap(), expected, "{key}");
        }
        let untyped = AsyncUntypedMap::open_with(store.reader(), &options())
            .await
            .unwrap();
        assert_eq!(untyped.get(COUNT).await.unwrap(), None);
        assert!(matches!(untyped.get(5u64).await.unwrap(), Some(Value::Array(_))));

        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        read(&store);
        let keys: Vec<u64> = (0..2000).map(|number| number * 131 % (2 * COUNT)).collect();
        let expected: Vec<_> = keys
            .iter()
            .map(|key| (*key < COUNT).then(|| value(*key)))
            .collect();
        assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
        let mut ranges = store.ranges();
        let tail = header(&FILE).tail().0;
        ranges.retain(|range| range.start >= tail);
        let count = ranges.len();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup();
        assert_eq!(ranges.len(), count, "each part is read once");
        assert_eq!(map.batch_get(&keys).await.unwrap(), expected);
        assert!(store.ranges().iter().all(|range| range.start < tail));
    });
}

#[test]
fn walks_read_the_rest_of_the_index() {
    let store = Store::new(FILE.clone());
    block_on(async {
        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        assert_eq!(map.get(&7).await.unwrap(), Some(value(7)));
        let entries: Vec<_> = map.iter().map_ok(|(key, _)| key).try_collect().await.unwrap();
        assert_eq!(entries.len() as u64, COUNT);
        let report = map.verify().await;
        assert!(report.is_ok(), "{report:?}");
        assert_eq!(report.entries, COUNT);
        assert!(map.check_keys().await.unwrap());
        assert_eq!(map.get(&COUNT).await.unwrap(), None);

        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        assert!(map.verify().await.is_ok());
        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        assert!(map.check_keys().await.unwrap());
    });
}

#[test]
fn an_index_that_was_read_with_the_end_of_the_file_takes_no_more_requests() {
    let store = Store::new(squares(10_000));
    let options = AsyncOpenOptions::new().index_in_parts(true);
    block_on(async {
        let map = AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options)
            .await
            .unwrap();
        assert_eq!(store.count(), 1);
        assert_eq!(map.get(&7).await.unwrap(), Some(49));
        assert_eq!(store.count(), 1);
    });
}

#[test]
fn damage_in_a_part_is_an_error_of_the_lookups_that_need_it_and_of_no_others() {
    let sections = [SectionKind::PageIndex, SectionKind::MissFilter];
    let mut refused = 0;
    let mut answered = 0;
    for kind in sections {
        let range = section(&FILE, kind);
        for place in range.clone().step_by(range.len() / 9) {
            let mut file = FILE.to_vec();
            file[place] ^= 0x10;
            let store = Store::new(file.into());
            block_on(async {
                // The beginnings and the checksums are looked at when the map is opened.
                let Ok(map) = Long::open_with(store.reader(), &options()).await else {
                    refused += 1;
                    return;
                };
                let mut failed = 0;
                for key in (0..2 * COUNT).step_by(2 * COUNT as usize / 37) {
                    match map.get(&key).await {
                        Ok(found) => {
                            assert_eq!(found, (key < COUNT).then(|| value(key)), "{key}");
                            answered += 1;
                        }
                        Err(error) => {
                            assert!(error.to_string().contains("block"), "{error}");
                            failed += 1;
                        }
                    }
                }
                assert!(failed < 37, "not all lookups need the damaged part");
                assert!(!map.verify().await.is_ok());
            });
        }
    }
    assert!(
        refused >= 2 && answered > 100,
        "{refused} refused, {answered} answered"
    );
}

#[test]
fn requests_that_fail_are_made_again() {
    let store = Store::new(FILE.clone());
    block_on(async {
        let map = Long::open_with(store.reader(), &options()).await.unwrap();
        for answers in 0..4 {
            *store.fail_after.lock().unwrap() = Some(answers);
            _ = map.get(&(answers as u64 * 30_000)).await;
            _ = map.batch_get(&[1000, 60_000, 110_000, 2 * COUNT]).await;
        }
        *store.fail_after.lock().unwrap() = None;
        for key in [0, 30_000, 60_000, 90_000, 110_000] {
            assert_eq!(map.get(&key).await.unwrap(), Some(value(key)));
        }
        assert_eq!(map.get(&COUNT).await.unwrap(), None);
    });
}
