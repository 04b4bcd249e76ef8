//! The cache of pages.

#![expect(
    clippy::single_range_in_vec_init,
    reason = "what a single request was asked for is a range"
)]

mod cancelling;
mod memory;
mod together;

use std::io::ErrorKind;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use futures_executor::block_on;
use massmap_async::conformance::sample;
use massmap_async::{
    AsyncReader, Bytes, Cached, InPlace, MemoryReader, PageCache, RemoteError, Suffix, VersionTag,
};
use massmap_io::BytesReader;

use crate::readers::fake::{Fake, Random};

/// A reader of the sample, opened, with pages of 4096 bytes.
fn open(fake: &Fake) -> (Cached<&Fake>, PageCache) {
    let cache = PageCache::new(1 << 20);
    let cached = Cached::new(fake, &cache);
    let suffix = block_on(cached.read_suffix(100)).unwrap();
    assert_eq!(suffix.bytes, sample()[99_900..]);
    (cached, cache)
}

/// Reads, and checks what came.
fn read(reader: &impl AsyncReader, range: Range<u64>) {
    let bytes = block_on(reader.read(range.clone())).unwrap();
    is_sample(&range, &bytes);
}

#[track_caller]
fn is_sample(range: &Range<u64>, bytes: &[u8]) {
    static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(sample);
    let at = |offset| usize::try_from(offset).unwrap();
    assert!(*bytes == SAMPLE[at(range.start)..at(range.end)], "{range:?}");
}

#[test]
fn a_second_pass_over_the_pages_of_1000_keys_makes_no_request() {
    let pages = 5000;
    let bytes: Vec<u8> = (0..pages * 1024u32).flat_map(u32::to_le_bytes).collect();
    let fake = Fake::new("fake://large", VersionTag::strong("1"), bytes.clone());
    let cache = PageCache::new(16 << 20);
    let cached = Cached::new(&fake, &cache);
    block_on(cached.read_suffix(1)).unwrap();
    let mut random = Random(1);
    let keys: Vec<_> = (0..1000).map(|_| random.below(u64::from(pages))).collect();
    let distinct = std::collections::BTreeSet::from_iter(&keys).len();
    for requests in [distinct, 0, 0] {
        for page in &keys {
            let range = page * 4096..(page + 1) * 4096;
            let start = usize::try_from(range.start).unwrap();
            assert!(block_on(cached.read(range)).unwrap() == bytes[start..start + 4096]);
        }
        assert_eq!(fake.take_requests().len(), requests);
    }
    let stats = cache.stats();
    assert_eq!(
        (stats.misses, stats.hits),
        (distinct as u64, 3000 - distinct as u64)
    );
    assert_eq!(
        (stats.pages, stats.bytes),
        (distinct as u64, distinct as u64 * (4096 + 256))
    );
}

#[test]
fn each_gap_is_one_request_and_pages_are_shared_by_reads_of_any_size() {
    let fake = Fake::of_sample();
    let (cached, cache) = open(&fake);
    read(&cached, 8200..8300);
    read(&cached, 20_500..20_600);
    assert_eq!(fake.take_requests(), [8192..12_288, 20_480..24_576]);
    read(&cached, 5000..30_000);
    assert_eq!(fake.take_requests(), [4096..8192, 12_288..20_480, 24_576..32_768]);
    read(&cached, 4096..32_768);
    read(&cached, 9000..9001);
    assert_eq!(fake.take_requests(), []);
    read(&cached, 99_999..100_000);
    assert_eq!(
        fake.take_requests(),
        [98_304..100_000],
        "the file ends in its last page"
    );
    assert_eq!((cache.stats().pages, cache.stats().misses), (8, 8));
}

#[test]
fn ranges_of_a_batch_stay_requests_of_their_own() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    let ranges = vec![
        4096..8192,
        0..4096,
        8192..16_384,
        5..10,
        4000..5000,
        50_000..50_001,
    ];
    for requests in [4, 0] {
        let bytes = block_on(cached.read_many(ranges.clone())).unwrap();
        assert_eq!(bytes.len(), ranges.len());
        for (range, bytes) in ranges.iter().zip(bytes) {
            is_sample(range, &bytes);
        }
        let mut made = fake.take_requests();
        made.sort_by_key(|range| range.start);
        // The first two pages are needed together by one of the ranges.
        let expected = [0..8192, 8192..16_384, 49_152..53_248];
        assert_eq!(made, expected[..requests.min(3)]);
    }
    assert_eq!(
        block_on(cached.read_many(Vec::new())).unwrap(),
        Vec::<Bytes>::new()
    );
    assert_eq!(block_on(cached.read(4096..4096)).unwrap(), Bytes::new());
}

#[test]
fn the_size_of_pages_is_a_power_of_two() {
    for (size, page) in [
        (0, 512),
        (512, 512),
        (513, 1024),
        (65_536, 65_536),
        (u64::MAX, 100_000),
    ] {
        let fake = Fake::of_sample();
        let cached = Cached::new(&fake, &PageCache::new(1 << 30)).with_page_size(size);
        block_on(cached.read_suffix(1)).unwrap();
        read(&cached, 0..1);
        assert_eq!(fake.take_requests(), [0..page]);
    }
}

#[test]
fn what_is_beyond_the_end_is_not_asked_for() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    #[expect(clippy::reversed_empty_ranges, reason = "it must not do harm")]
    for range in [
        99_999..100_001,
        100_000..100_001,
        u64::MAX - 1..u64::MAX,
        0..u64::MAX,
        9..5,
    ] {
        let error = block_on(cached.read(range.clone())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{range:?}");
        let error = block_on(cached.read_many(vec![0..1, range])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
    assert_eq!(fake.take_requests(), []);
}

#[test]
fn what_is_read_before_the_version_is_known_and_large_reads_are_not_kept() {
    let fake = Fake::of_sample();
    let cache = PageCache::new(320_000);
    let cached = Cached::new(&fake, &cache);
    read(&cached, 5..10);
    read(&cached, 5..10);
    block_on(cached.read_suffix(100)).unwrap();
    // Ten pages take 40,960 bytes, more than an eighth.
    read(&cached, 5..40_000);
    assert_eq!(fake.take_requests(), [5..10, 5..10, 5..40_000]);
    block_on(cached.read_many(vec![5..20_000, 20_000..40_000])).unwrap();
    assert_eq!(fake.take_requests(), [5..20_000, 20_000..40_000]);
    assert_eq!((cache.stats().pages, cache.stats().misses), (0, 0));
    read(&cached, 5..36_864);
    assert_eq!((fake.take_requests(), cache.stats().pages), (vec![0..36_864], 9));
}

#[test]
fn bytes_in_memory_are_not_kept_twice() {
    let cache = PageCache::new(1 << 20);
    let cached = Cached::new(MemoryReader::new(sample()), &cache);
    let other = Cached::new(InPlace::new(BytesReader::new(sample())), &cache);
    block_on(cached.read_suffix(1)).unwrap();
    block_on(other.read_suffix(1)).unwrap();
    read(&cached, 0..5000);
    assert_eq!(cached.shared_bytes(), Some(sample().into()));
    assert_eq!(cache.stats().pages, 0);
    // These cannot be shared: the cache does not know that they are in memory.
    read(&other, 0..5000);
    assert_eq!(cache.stats().pages, 2);
}

fn version(location: &str, tag: VersionTag, fill: u8) -> Fake {
    Fake::new(location, tag, vec![fill; 100_000])
}

#[test]
fn versions_and_files_never_mix() {
    let strong = VersionTag::strong;
    let (a, b) = ("s3://a/map", "s3://b/map");
    let fakes = [
        version(a, strong("1"), 1),
        version(a, strong("2"), 2),
        version(b, strong("1"), 3),
        version(a, VersionTag::weak("1"), 4),
        version(a, VersionTag::weak("1"), 5),
        version(a, strong(""), 6),
        version(a, strong(""), 7),
        version("", strong("1"), 8),
        version("", strong("1"), 9),
    ];
    let cache = PageCache::new(1 << 20);
    let readers: Vec<_> = fakes.iter().map(|fake| Cached::new(fake, &cache)).collect();
    for reader in &readers {
        block_on(reader.read_suffix(1)).unwrap();
    }
    let mut random = Random(5);
    for _ in 0..5000 {
        let which = usize::try_from(random.below(readers.len() as u64)).unwrap();
        let start = random.below(90_000);
        let bytes = block_on(readers[which].read(start..start + 1 + random.below(10_000))).unwrap();
        assert!(
            bytes.iter().all(|byte| usize::from(*byte) == which + 1),
            "reader {which}: {bytes:?}"
        );
    }
}

#[test]
fn readers_of_one_version_find_each_others_pages() {
    let (first, second) = (Fake::of_sample(), Fake::of_sample());
    let cache = PageCache::new(1 << 20);
    let one = Cached::new(&first, &cache);
    let two = Cached::new(&second, &cache);
    let other_pages = Cached::new(&second, &cache).with_page_size(8192);
    for reader in [&one, &two, &other_pages] {
        block_on(reader.read_suffix(1)).unwrap();
    }
    read(&one, 0..10_000);
    read(&two, 0..10_000);
    assert_eq!(
        (first.take_requests(), second.take_requests()),
        (vec![0..12_288], vec![])
    );
    read(&other_pages, 0..10_000);
    assert_eq!(second.take_requests(), [0..16_384]);
    // Also once the first reader is gone.
    drop((one, other_pages));
    read(&two, 0..12_288);
    assert_eq!(second.take_requests(), []);
}

#[test]
fn a_replacement_that_the_reader_does_not_notice_is_noticed_at_the_next_suffix() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    read(&cached, 0..10);
    *fake.version.lock().unwrap() = VersionTag::strong("2");
    let error = block_on(cached.read_suffix(100)).unwrap_err();
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    assert!(matches!(payload, Some(RemoteError::Changed { .. })), "{error}");
    *fake.version.lock().unwrap() = VersionTag::strong("1");
    assert!(block_on(cached.read_suffix(100)).is_ok());
    *fake.bytes.lock().unwrap() = Bytes::from_static(&[7; 99_999]);
    assert!(block_on(cached.read_suffix(100)).is_err(), "another length");
    // The old version is still the one of this reader.
    read(&cached, 0..4096);
}

#[test]
fn a_reader_that_gives_too_few_bytes_fills_no_page() {
    struct Short(Fake);
    impl AsyncReader for Short {
        async fn read(&self, range: Range<u64>) -> std::io::Result<Bytes> {
            self.0.read(range.start..range.end - 1).await
        }
        async fn read_many(&self, ranges: Vec<Range<u64>>) -> std::io::Result<Vec<Bytes>> {
            self.0.read_many(ranges[1..].to_vec()).await
        }
        async fn read_suffix(&self, length: u64) -> std::io::Result<Suffix> {
            self.0.read_suffix(length).await
        }
    }
    let cache = PageCache::new(1 << 20);
    let cached = Cached::new(Arc::new(Short(Fake::of_sample())), &cache);
    block_on(cached.read_suffix(1)).unwrap();
    let one = block_on(cached.read(0..1)).unwrap_err();
    let many = block_on(cached.read_many(vec![0..1, 9000..9001])).unwrap_err();
    for error in [one, many] {
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("faulty"), "{error}");
    }
    assert_eq!(cache.stats().pages, 0);
}
