//! Futures and streams that are not polled for a while hold up nobody.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use massmap_async::{AsyncMassMap, AsyncOpenOptions, ObjectReader};
use servers::{Object, TestServer};

use crate::maps::file::{build, builder, squares};
use crate::remote::{PATH, http};

const COUNT: u64 = 20_000;

/// Turns a hang into a failure.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(Duration::from_secs(60), future).await;
    result.expect("nothing waits for what is not polled")
}

async fn open(server: &TestServer, requests: usize) -> AsyncMassMap<u64, u64, ObjectReader> {
    let reader = http(server).with_requests_in_flight(requests);
    let options = AsyncOpenOptions::new().longest_request(512).first_read(512);
    AsyncMassMap::open_with(reader, &options).await.unwrap()
}

#[tokio::test]
async fn a_lookup_between_the_results_of_a_stream_gets_its_turn() {
    let server = TestServer::start();
    server.put(PATH, Object::new(squares(COUNT)));
    // Fewer than a batch has in flight.
    let map = open(&server, 8).await;
    in_time(async {
        let keys: Vec<u64> = (0..300).map(|number| number * 61).collect();
        let mut results = std::pin::pin!(map.get_many_stream(&keys));
        while let Some((number, value)) = results.try_next().await.unwrap() {
            assert_eq!(value, Some(keys[number] * keys[number]));
            assert_eq!(
                map.get(&(number as u64)).await.unwrap(),
                Some((number * number) as u64)
            );
        }
        let mut entries = std::pin::pin!(
            map.iter()
                .enumerate()
                .filter(|(number, _)| std::future::ready(number % 50 == 0))
                .map(|(_, entry)| entry)
        );
        while let Some((key, value)) = entries.try_next().await.unwrap() {
            assert_eq!(map.get(&key).await.unwrap(), Some(value));
        }
    })
    .await;
}

#[tokio::test]
async fn tasks_with_streams_of_one_map_do_not_wait_for_each_other() {
    let server = TestServer::start();
    server.put(PATH, Object::new(squares(COUNT)));
    let map = Arc::new(open(&server, 256).await);
    let tasks = (0..8u64).map(|task| {
        let map = Arc::clone(&map);
        tokio::spawn(async move {
            let keys: Vec<u64> = (0..200).map(|number| (number * 97 + task * 13) % COUNT).collect();
            let mut results = std::pin::pin!(map.get_many_stream(&keys));
            let mut count = 0;
            while let Some((number, value)) = results.try_next().await.unwrap() {
                assert_eq!(map.get(&keys[number]).await.unwrap(), value);
                count += 1;
            }
            count
        })
    });
    for count in in_time(join_all(tasks)).await {
        assert_eq!(count.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_missing_key_between_the_results_of_a_stream_is_not_held_up_by_the_check_of_the_keys() {
    let server = TestServer::start();
    let entries = (0..COUNT).map(|number| (number, number));
    server.put(
        PATH,
        Object::new(build(builder().with_miss_filter(true), entries)),
    );
    let map = open(&server, 4).await;
    in_time(async {
        let keys: Vec<u64> = (0..100).flat_map(|number| [number * 7, COUNT + number]).collect();
        let mut results = std::pin::pin!(map.get_many_stream(&keys));
        while let Some(result) = results.next().await {
            let (number, value) = result.unwrap();
            assert_eq!(value.is_some(), keys[number] < COUNT);
            assert_eq!(map.get(&(2 * COUNT + number as u64)).await.unwrap(), None);
        }
    })
    .await;
}
