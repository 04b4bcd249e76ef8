//! Ten thousand lookups at the same time.

use std::sync::Arc;
use std::time::Duration;

use massmap_async::{AsyncMassMap, Cached, ObjectReader, PageCache};
use servers::{Latency, Object, TestServer};
use support::allocations::{held, peak_of};

use super::leaks::{assert_nothing_kept, nothing_goes_on, runtime};
use crate::maps::file::squares;
use crate::remote::{PATH, http};

const LOOKUPS: u64 = 10_000;
const IN_FLIGHT: usize = 64;
const PAGE: usize = 512;

/// What a task takes besides its future, in bytes: its header, its handle, and what it waits with for its turn or its page.
const TASK: usize = 1024;

/// What a request in flight takes besides its page, in bytes: the connection's buffers and task, the request and the answer.
const REQUEST: usize = 64 << 10;

fn serve() -> TestServer {
    let server = TestServer::start();
    server.put(PATH, Object::new(squares(20_000)));
    server.set_latency(Latency::always(Duration::from_millis(2)));
    server
}

/// A reader that is allowed less requests at a time than there are lookups.
fn reader(server: &TestServer) -> ObjectReader {
    http(server).with_requests_in_flight(IN_FLIGHT)
}

/// Looks 10,000 keys up, a sixth of which are missing, each in a task of its own. Gives the size of what a task runs, in bytes.
///
/// A macro, since the compiler cannot tell of a reader that is not named whether its futures may be moved between threads.
macro_rules! look_up {
    ($map:expr, $count:expr) => {{
        let map = Arc::new($map);
        let mut size = 0;
        let tasks: Vec<_> = (0..$count)
            .map(|number| {
                let (map, key) = (Arc::clone(&map), number * 7919 % 24_000);
                let lookup = async move { (key, map.get(&key).await) };
                size = size_of_val(&lookup);
                tokio::spawn(lookup)
            })
            .collect();
        for task in tasks {
            let (key, value) = task.await.unwrap();
            assert_eq!(value.unwrap(), (key < 20_000).then_some(key * key));
        }
        size
    }};
}

/// Asserts that this much memory, at most, was taken by lookups of this size, and no more connections than allowed.
#[track_caller]
fn assert_bounded(server: &TestServer, size: usize, peak: usize, kept: usize) {
    let bound = LOOKUPS as usize * (size + TASK) + IN_FLIGHT * (PAGE + REQUEST) + kept;
    assert!(peak <= bound, "{peak} bytes, and {bound} were expected at most");
    let most = server.most_in_flight();
    assert!((2..=IN_FLIGHT).contains(&most), "{most} requests in flight");
}

#[test]
fn ten_thousand_lookups_take_the_memory_of_their_tasks_and_of_the_requests_in_flight() {
    let server = serve();
    let mut level = 0;
    // What libraries set up once for a thread is there after the first ones.
    for count in [1_000, LOOKUPS] {
        let before = server.request_count();
        let runtime = runtime();
        let (size, peak) = peak_of(|| {
            runtime.block_on(async {
                let map = AsyncMassMap::<u64, u64, _>::open(reader(&server)).await.unwrap();
                look_up!(map, count)
            })
        });
        nothing_goes_on(&runtime, &server);
        drop(runtime);
        if count < LOOKUPS {
            level = held();
            continue;
        }
        assert_nothing_kept(level);
        assert_bounded(&server, size, peak, 0);
        let requests = server.request_count() - before;
        assert!((9_000..=10_001).contains(&requests), "{requests} requests");
    }
}

#[test]
fn ten_thousand_lookups_through_a_cache_make_a_request_for_each_page() {
    let server = serve();
    let mut level = 0;
    for count in [1_000, LOOKUPS] {
        let before = server.request_count();
        let runtime = runtime();
        let cache = PageCache::new(1 << 20);
        let (size, peak) = peak_of(|| {
            runtime.block_on(async {
                let reader = Cached::new(reader(&server), &cache).with_page_size(PAGE as u64);
                let map = AsyncMassMap::<u64, u64, _>::open(reader).await.unwrap();
                look_up!(map, count)
            })
        });
        let pages = cache.stats().pages as usize;
        drop(cache);
        nothing_goes_on(&runtime, &server);
        drop(runtime);
        assert_eq!(server.request_count() - before, pages + 1);
        if count < LOOKUPS {
            level = held();
            continue;
        }
        assert_nothing_kept(level);
        assert_bounded(&server, size, peak, 1 << 20);
        assert!((500..1000).contains(&pages), "{pages} pages");
    }
}
