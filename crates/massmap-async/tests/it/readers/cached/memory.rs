//! The memory that the cache takes.

use futures_executor::block_on;
use massmap_async::{AsyncReader, Cached, MemoryReader, PageCache, Suffix, VersionTag};
use support::allocations::held;

use crate::readers::fake::Random;

/// A large file of zeros of which every range is a part of one allocation, as those of some stores are.
struct Zeros(MemoryReader, u64);

impl AsyncReader for Zeros {
    async fn read(&self, range: std::ops::Range<u64>) -> std::io::Result<massmap_async::Bytes> {
        // One byte of 1 MiB would keep all of it.
        let bytes = vec![0; 1 << 20];
        let length = usize::try_from(range.end - range.start).unwrap();
        Ok(massmap_async::Bytes::from(bytes).slice(..length))
    }

    async fn read_suffix(&self, length: u64) -> std::io::Result<Suffix> {
        let suffix = self.0.read_suffix(length).await?;
        Ok(Suffix {
            file_length: self.1,
            version: VersionTag::strong("1"),
            ..suffix
        })
    }

    fn location(&self) -> &str {
        "zeros"
    }
}

/// Reads until five times as many bytes as fit into a cache of this size were requested. Gives the most memory that was held meanwhile.
fn read_at_random(size: u64, page_size: u64, most_read: u64) -> isize {
    let before = held();
    let cache = PageCache::new(size);
    let file = Zeros(MemoryReader::new(vec![0; 10]), 1 << 40);
    let cached = Cached::new(file, &cache).with_page_size(page_size);
    block_on(cached.read_suffix(10)).unwrap();
    let mut random = Random(9);
    let mut most = 0;
    while cache.stats().misses * page_size < 5 * size {
        let start = random.below(1 << 30) * 512;
        let range = start..start + 1 + random.below(most_read);
        drop(block_on(cached.read(range)).unwrap());
        most = most.max(held() - before);
    }
    most
}

#[test]
fn a_cache_takes_no_more_memory_than_it_may_whatever_is_read() {
    let size = 4 << 20;
    let limit = isize::try_from(size).unwrap();
    // What is allocated once for the thread.
    read_at_random(size, 65_536, 1);
    let before = held();
    for (page_size, most_read) in [(512, 512), (4096, 4096), (4096, 100_000), (65_536, 200_000)] {
        let most = read_at_random(size, page_size, most_read);
        assert!(most <= limit, "{most} bytes with pages of {page_size}");
        assert!(most >= limit / 2, "{most} bytes are hardly a cache of {limit}");
        assert_eq!(held(), before);
    }
}
