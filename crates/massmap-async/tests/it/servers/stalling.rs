//! Servers that do not answer hold up nobody but those who wait for them, and those for no longer than the limit.

use std::future::Future;
use std::io::{Error, ErrorKind};
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::future::join_all;
use massmap_async::{
    AsyncMassMap, AsyncReader, BlockingReader, Cached, ObjectReader, PageCache, RemoteError, TimeLimit,
    TokioTimer,
};
use massmap_core::{Probe, ReadError};
use massmap_hash::Xxh3HashLoader;
use massmap_io::AnyReader;
use massmap_read::{MassMap, UntypedMap};
use servers::{Fault, Object, TestServer};

use crate::maps::file::squares;
use crate::remote::{PATH, http, impatient, messages};

const COUNT: u64 = 20_000;

fn serve() -> TestServer {
    let server = TestServer::start();
    server.put(PATH, Object::new(squares(COUNT)));
    server
}

/// Where the page of a key lies in the file.
fn page_of(key: u64) -> Range<u64> {
    static MAP: LazyLock<UntypedMap<AnyReader>> =
        LazyLock::new(|| UntypedMap::load(AnyReader::from(squares(COUNT))).unwrap());
    let hash = MAP.inner().hash(&key);
    match MAP.inner().index().probe::<ReadError>(hash).unwrap() {
        Probe::Read(extent) => extent.offset()..extent.offset() + extent.length(),
        Probe::Miss => panic!("there is no filter"),
    }
}

/// Requests for any part of the page of `key` are treated so.
fn treat(server: &TestServer, key: u64, fault: Fault) {
    let page = page_of(key);
    server.set_rule(move |request| {
        let range = request.range().and_then(|range| range.strip_prefix("bytes="));
        let (first, last) = range.and_then(|range| range.split_once('-')).unwrap();
        let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
        match first < page.end && page.start <= last {
            true => fault.clone(),
            false => Fault::None,
        }
    });
}

/// Some keys of other pages than that of `key`.
fn others(key: u64) -> Vec<u64> {
    let page = page_of(key);
    let others: Vec<u64> = (0..COUNT)
        .step_by(997)
        .filter(|&other| page_of(other) != page)
        .collect();
    assert!(others.len() > 10);
    others
}

/// Turns a hang into a failure.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(60), future).await;
    ended.expect("it ends")
}

async fn open<R: AsyncReader>(reader: R) -> AsyncMassMap<u64, u64, R> {
    AsyncMassMap::open(reader).await.unwrap()
}

fn limited<R: AsyncReader>(reader: R, limit: Duration) -> TimeLimit<R, TokioTimer> {
    TimeLimit::new(reader, TokioTimer::new(), limit)
}

fn is_timed_out(error: &Error) -> bool {
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    error.kind() == ErrorKind::TimedOut && matches!(payload, Some(RemoteError::TimedOut { .. }))
}

const FAULTS: [Fault; 3] = [
    Fault::Stall,
    Fault::StallAfter(100),
    // A byte each second, forever as far as anybody can tell.
    Fault::Trickle(Duration::from_secs(1)),
];

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn lookups_of_other_pages_and_other_maps_go_on_while_one_waits_for_a_server_that_does_not_answer() {
    for fault in FAULTS {
        let (server, other_server) = (serve(), serve());
        let cache = PageCache::new(1 << 20);
        let map = Arc::new(open(Cached::new(http(&server), &cache).with_page_size(512)).await);
        let other = open(Cached::new(http(&other_server), &cache).with_page_size(512)).await;
        treat(&server, 7, fault);
        let stalled = tokio::spawn({
            let map = Arc::clone(&map);
            async move { map.get(&7).await.map(drop) }
        });
        let batch = tokio::spawn({
            let map = Arc::clone(&map);
            async move { map.batch_get([1, 7]).await.map(drop) }
        });
        soon(async {
            for key in others(7) {
                assert_eq!(map.get(&key).await.unwrap(), Some(key * key));
            }
            assert_eq!(other.get(&7).await.unwrap(), Some(49));
        })
        .await;
        assert!(!stalled.is_finished() && !batch.is_finished());
        stalled.abort();
        batch.abort();
    }
}

#[tokio::test]
async fn a_lookup_that_waits_longer_than_its_limit_fails_and_the_next_one_finds_the_key() {
    for fault in FAULTS {
        let server = serve();
        let map = open(limited(http(&server), SHORT * 10)).await;
        treat(&server, 7, fault);
        let error = soon(map.get(&7)).await.unwrap_err();
        assert!(is_timed_out(&error), "{error}");
        let error = soon(map.batch_get([1, 7, 9])).await.unwrap_err();
        assert!(is_timed_out(&error), "{error}");
        server.clear_rules();
        assert_eq!(soon(map.get(&7)).await.unwrap(), Some(49));
    }
}

#[tokio::test]
async fn a_lookup_that_waits_longer_than_the_client_may_fails_and_the_next_one_finds_the_key() {
    for fault in FAULTS {
        let server = serve();
        let map = open(impatient(&server)).await;
        treat(&server, 7, fault);
        let error = soon(map.get(&7)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{}", messages(&error));
        server.clear_rules();
        assert_eq!(soon(map.get(&7)).await.unwrap(), Some(49));
    }
}

#[tokio::test]
async fn those_who_wait_for_the_page_of_another_wait_no_longer_than_that_one() {
    for fault in FAULTS {
        let server = serve();
        let cache = PageCache::new(1 << 20);
        let reader = Cached::new(limited(http(&server), SHORT * 10), &cache).with_page_size(512);
        let map = open(reader).await;
        treat(&server, 7, fault);
        server.forget_requests();
        let results = soon(join_all((0..100).map(|_| map.get(&7)))).await;
        for result in results {
            let error = result.unwrap_err();
            assert!(is_timed_out(&error), "{error}");
        }
        assert_eq!(server.request_count(), 1, "one request for all of them");
        server.clear_rules();
        assert_eq!(soon(map.get(&7)).await.unwrap(), Some(49));
    }
}

#[tokio::test]
async fn those_who_wait_for_the_page_of_another_request_it_themselves_when_that_one_is_dropped() {
    for fault in FAULTS {
        let server = serve();
        let cache = PageCache::new(1 << 20);
        let map = Arc::new(open(Cached::new(http(&server), &cache).with_page_size(512)).await);
        treat(&server, 7, fault);
        server.forget_requests();
        let look_up = || {
            let map = Arc::clone(&map);
            tokio::spawn(async move { map.get(&7).await })
        };
        let first = look_up();
        soon(async {
            while server.request_count() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        let waiting: Vec<_> = (0..100).map(|_| look_up()).collect();
        tokio::task::yield_now().await;
        server.clear_rules();
        first.abort();
        for task in waiting {
            assert_eq!(soon(task).await.unwrap().unwrap(), Some(49));
        }
        assert_eq!(server.request_count(), 2);
    }
}

#[tokio::test]
async fn requests_that_are_not_answered_leave_room_for_others_when_their_time_is_over() {
    let server = serve();
    let reader = http(&server).with_requests_in_flight(4);
    let map = Arc::new(open(limited(reader, SHORT * 10)).await);
    treat(&server, 7, Fault::Stall);
    let stalled: Vec<_> = (0..4)
        .map(|_| {
            let map = Arc::clone(&map);
            tokio::spawn(async move { map.get(&7).await })
        })
        .collect();
    tokio::task::yield_now().await;
    soon(async {
        for key in others(7) {
            // The first of them may wait for its turn, and longer than it may.
            while let Err(error) = map.get(&key).await {
                assert!(is_timed_out(&error), "{error}");
            }
        }
    })
    .await;
    for task in stalled {
        assert!(is_timed_out(&task.await.unwrap().unwrap_err()));
    }
}

#[tokio::test]
async fn opening_waits_no_longer_than_its_limit() {
    for fault in FAULTS {
        let server = serve();
        server.set_rule(move |_| fault.clone());
        let opening = AsyncMassMap::<u64, u64, _>::open(limited(http(&server), SHORT * 10));
        let error = soon(opening).await.unwrap_err();
        assert!(is_timed_out(&error), "{error}");
        let error = soon(AsyncMassMap::<u64, u64, _>::open(impatient(&server)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{}", messages(&error));
    }
}

type Blocking = MassMap<u64, u64, BlockingReader<ObjectReader>, Xxh3HashLoader>;

#[test]
fn programs_without_a_runtime_wait_no_longer_than_the_client_and_in_one_thread_alone() {
    for fault in FAULTS {
        let server = serve();
        let options = massmap_async::BlockingOptions::new().first_read(512);
        let map = Blocking::load(options.open(impatient(&server)).unwrap()).unwrap();
        treat(&server, 7, fault);
        std::thread::scope(|scope| {
            let stalled = scope.spawn(|| map.get(&7));
            for key in others(7) {
                assert_eq!(map.get(&key).unwrap(), Some(key * key));
            }
            let error = stalled.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{}", messages(&error));
        });
        server.clear_rules();
        assert_eq!(map.get(&7).unwrap(), Some(49));
    }
}
