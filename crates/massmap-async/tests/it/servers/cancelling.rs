//! Lookups over sockets that are dropped before they are ready.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::poll_fn;
use futures_util::{StreamExt, TryStreamExt};
use massmap_async::object_store::path::Path;
use massmap_async::{
    AsyncMassMap, AsyncOpenOptions, AsyncReader, AsyncUntypedMap, Cached, HedgeDelay, Hedged, ObjectReader,
    PageCache, TokioTimer,
};
use servers::{Fault, Latency, Object, TestServer};
use support::allocations::held;
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use super::leaks::{assert_nothing_kept, nothing_goes_on, runtime};
use crate::maps::file::{build, builder};
use crate::random::Random;
use crate::remote::{PATH, http_store, s3_store};

const COUNT: u64 = 3000;

fn serve() -> TestServer {
    let server = TestServer::start();
    let entries = (0..COUNT).map(|number| (number, number * number));
    server.put(
        PATH,
        Object::new(build(builder().with_miss_filter(true), entries)),
    );
    server
}

/// Among other faults, requests are never answered, or not to the end.
fn misbehave(server: &TestServer) {
    server.set_rule(|request| match request.number % 16 {
        3 => Fault::Stall,
        7 => Fault::StallAfter(100),
        11 => Fault::CloseAfter(100),
        13 => Fault::Delay(Duration::from_millis(3)),
        _ => Fault::None,
    });
}

fn options() -> AsyncOpenOptions {
    AsyncOpenOptions::new()
        .first_read(512)
        .requests_in_flight(4)
        .largest_gap(512)
        .longest_request(2048)
}

/// Runs a future for some time: for so many polls, or so many tenths of a millisecond. Whether it was ready.
async fn run(future: impl Future, random: &mut Random) -> bool {
    let mut future = pin!(future);
    if random.below(2) == 0 {
        let time = Duration::from_micros(100 * random.below(40));
        return tokio::time::timeout(time, future).await.is_ok();
    }
    let mut polls = random.below(60);
    poll_fn(|context| match polls {
        0 => Poll::Ready(false),
        _ => {
            polls -= 1;
            // Also if nothing has come meanwhile.
            context.waker().wake_by_ref();
            future.as_mut().poll(context).map(|_| true)
        }
    })
    .await
}

/// Begins calls of all kinds and drops them, so many times, and checks that the map is usable then. How many were ready and how many
/// were not.
async fn cancel<R: AsyncReader>(
    server: &TestServer,
    readers: impl Fn() -> R,
    times: usize,
    random: &mut Random,
) -> (usize, usize) {
    let options = options();
    let open = || AsyncMassMap::<u64, u64, _>::open_with(readers(), &options);
    let map = open().await.unwrap();
    let untyped = AsyncUntypedMap::open_with(readers(), &options).await.unwrap();
    misbehave(server);
    let (mut ready, mut dropped) = (0, 0);
    for _ in 0..times {
        let key = random.below(2 * COUNT);
        let keys: Vec<u64> = (0..random.below(40)).map(|_| random.below(2 * COUNT)).collect();
        let is_ready = match random.below(8) {
            0 | 1 => run(map.get(&key), random).await,
            2 => run(map.batch_get(&keys), random).await,
            3 => run(map.get_many_stream(&keys).take(5).count(), random).await,
            4 => run(map.iter().take(100).count(), random).await,
            5 => run(map.verify(), random).await,
            6 => run(untyped.batch_get(keys), random).await,
            _ => run(open(), random).await,
        };
        match is_ready {
            true => ready += 1,
            false => dropped += 1,
        }
    }
    server.clear_rules();
    assert_eq!(map.get(&7).await.unwrap(), Some(49));
    assert_eq!(map.get(&7000).await.unwrap(), None);
    let all: Vec<_> = map.iter().try_collect().await.unwrap();
    assert_eq!(all.len() as u64, COUNT);
    assert!(map.verify().await.is_ok());
    assert_eq!(untyped.get(7u64).await.unwrap(), Some(49u64.into()));
    (ready, dropped)
}

#[test]
fn calls_that_are_dropped_at_any_point_leave_no_task_no_socket_and_no_memory() {
    let server = serve();
    let mut random = Random::new(1);
    let mut level = 0;
    for round in 0..2 {
        let runtime = runtime();
        let (mut ready, mut dropped) = (0, 0);
        {
            let stores = [(http_store(&server, 2), PATH), (s3_store(&server), "folder/map")];
            let bare = |number: usize| {
                let (store, path) = &stores[number];
                ObjectReader::new(Arc::clone(store), Path::from(*path), "the map").with_requests_in_flight(5)
            };
            let cache = PageCache::new(100_000);
            let cached = || Cached::new(bare(0), &cache).with_page_size(512);
            let hedged = || {
                let delay = HedgeDelay::Fixed(Duration::from_micros(500));
                Hedged::new(bare(1), TokioTimer::new(), delay).with_largest_share(1.0)
            };
            runtime.block_on(async {
                for (more_ready, more_dropped) in [
                    cancel(&server, || bare(0), 250, &mut random).await,
                    cancel(&server, || bare(1), 250, &mut random).await,
                    cancel(&server, cached, 300, &mut random).await,
                    cancel(&server, hedged, 200, &mut random).await,
                ] {
                    ready += more_ready;
                    dropped += more_dropped;
                }
            });
        }
        assert!(ready > 200 && dropped > 200, "{ready} ready, {dropped} dropped");
        nothing_goes_on(&runtime, &server);
        drop(runtime);
        // What libraries set up once for a thread is there since the first round.
        match round {
            0 => level = held(),
            _ => assert_nothing_kept(level),
        }
    }
}

#[test]
fn tasks_that_are_aborted_at_any_point_leave_no_task_and_no_socket() {
    let server = serve();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let cache = PageCache::new(100_000);
        let reader =
            ObjectReader::new(http_store(&server, 2), Path::from(PATH), "the map").with_requests_in_flight(5);
        let cached = Cached::new(reader, &cache).with_page_size(512);
        let map = AsyncMassMap::<u64, u64, _>::open_with(cached, &options())
            .await
            .unwrap();
        let map = Arc::new(map);
        server.set_latency(Latency::always(Duration::from_millis(2)));
        misbehave(&server);
        let mut random = Random::new(2);
        let (mut ready, mut aborted) = (0, 0);
        for _ in 0..100 {
            // Some of them wait for pages that others request.
            let tasks: Vec<_> = (0..10)
                .map(|_| {
                    let (map, key) = (Arc::clone(&map), random.below(COUNT));
                    tokio::spawn(async move { map.get(&key).await })
                })
                .collect();
            // In two parts, so that some of those that wait have to go on by themselves.
            for part in [&tasks[..5], &tasks] {
                tokio::time::sleep(Duration::from_micros(random.below(3000))).await;
                part.iter().for_each(JoinHandle::abort);
            }
            for task in tasks {
                match task.await {
                    Ok(result) => {
                        ready += 1;
                        // Errors are those of bodies that break off.
                        assert!(result.is_err() || result.is_ok_and(|value| value.is_some()));
                    }
                    Err(error) => {
                        aborted += 1;
                        assert!(error.is_cancelled(), "{error}");
                    }
                }
            }
        }
        assert!(ready > 100 && aborted > 100, "{ready} ready, {aborted} aborted");
        server.clear_rules();
        for key in (0..COUNT).step_by(17) {
            assert_eq!(map.get(&key).await.unwrap(), Some(key * key));
        }
    });
    nothing_goes_on(&runtime, &server);
}
