use super::*;
use crate::reader::version_tag::VersionTag;

fn file(name: &str) -> Arc<FileKey> {
    Arc::new(FileKey::new(name, &VersionTag::strong("1"), 4096, 0))
}

fn insert(cache: &PageCache, file: &Arc<FileKey>, number: u64, length: usize) {
    let begun = cache.begin(file, [number]);
    if begun.request.numbers == [number] {
        let page = Bytes::from(vec![7; length]);
        begun.request.succeed(BTreeMap::from([(number, page)]));
    }
}

#[test]
fn a_cache_takes_no_more_bytes_than_it_may() {
    for size in [0, 1, 300, 5000, 100_000, 1 << 20, (40 << 20) + 12_345] {
        let cache = PageCache::new(size);
        let files = [file("a"), file("b")];
        let mut most = 0;
        for number in 0..15_000u64 {
            let length = usize::try_from(number * 7919 % 8192).unwrap() + 1;
            insert(&cache, &files[usize::from(number % 3 == 0)], number, length);
            most = most.max(cache.stats().bytes);
        }
        assert!(most <= size, "{most} bytes in a cache of {size}");
        assert!(
            most >= size / 10 * 9 || size < 100_000,
            "{most} bytes of {size} are used"
        );
    }
}

#[test]
fn what_is_counted_is_what_is_held() {
    let cache = PageCache::new(1 << 20);
    let file = file("a");
    for number in 0..10_000 {
        insert(&cache, &file, number, 1000);
    }
    let found: Vec<_> = (0..10_000)
        .filter_map(|number| cache.get(&file, number))
        .collect();
    let bytes: usize = found.iter().map(Bytes::len).sum();
    let stats = cache.stats();
    assert_eq!(stats.pages, found.len() as u64);
    assert_eq!(stats.bytes, bytes as u64 + stats.pages * 256);
    assert_eq!((stats.misses, stats.hits), (10_000, stats.pages));
    cache.clear();
    assert_eq!((cache.stats().pages, cache.stats().bytes), (0, 0));
    assert_eq!(cache.get(&file, 9_999), None);
}

#[test]
fn a_large_cache_has_room_for_large_pages() {
    let cache = PageCache::new(1 << 30);
    let file = file("a");
    for number in 0..40 {
        insert(&cache, &file, number, 15 << 20);
    }
    assert!(cache.stats().pages > 15, "{cache:?}");
}

#[test]
fn a_request_is_made_for_pages_that_nobody_requests() {
    let cache = PageCache::new(1 << 20);
    let file = file("a");
    insert(&cache, &file, 3, 10);
    let first = cache.begin(&file, 0..5);
    assert_eq!(
        (first.found.len(), &first.request.numbers[..]),
        (1, &[0, 1, 2, 4][..])
    );
    assert!(first.requested.is_none());
    let second = cache.begin(&file, 2..8);
    assert_eq!(second.request.numbers, [5, 6, 7]);
    assert_eq!(second.requested.as_ref().map(|(number, _)| *number), Some(2));

    drop(first);
    let third = cache.begin(&file, 0..8);
    assert_eq!(third.request.numbers, [0, 1, 2, 4], "the first was dropped");
    drop((second, third));
    assert_eq!(cache.0.flights.lock().unwrap().len(), 0);
}

#[test]
fn a_request_that_was_given_up_is_replaced_and_may_still_succeed() {
    let cache = PageCache::new(1 << 20);
    let file = file("a");
    let stalled = cache.begin(&file, 0..2).request;
    stalled.flight.land(Landing::Abandoned);
    let other = cache.begin(&file, [1]).request;
    assert_eq!(other.numbers, [1]);
    let page = || Bytes::from_static(b"page");
    stalled.succeed(BTreeMap::from([(0, page()), (1, page())]));
    let running = cache.0.flights.lock().unwrap().len();
    assert_eq!(running, 1, "the other request is another's");
    assert_eq!(cache.get(&file, 0), Some(page()));
    drop(other);
    assert_eq!(cache.0.flights.lock().unwrap().len(), 0);
}
