//! Futures that are dropped before they are ready.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
use futures_util::{StreamExt, TryStreamExt};
use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncUntypedMap};

use super::file::{build, builder};
use super::store::Store;

/// Polls a future so many times, and drops it. Whether it was ready.
fn poll<T>(future: impl Future<Output = T>, times: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(_)))
}

#[test]
fn futures_dropped_at_any_point_leave_the_map_usable_and_nothing_behind() {
    let entries = (0..3000u64).map(|number| (number, number * number));
    let store = Store::new(build(builder().with_miss_filter(true), entries));
    let options = AsyncOpenOptions::new()
        .first_read(512)
        .requests_in_flight(4)
        .longest_request(2048);
    let level = Arc::strong_count(&store);
    {
        let open = || AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options);
        let map = block_on(open()).unwrap();
        let untyped = block_on(AsyncUntypedMap::open_with(store.reader(), &options)).unwrap();
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % below
        };
        let (mut dropped, mut ready) = (0, 0);
        for _ in 0..1000 {
            store.delay.store(random(4) as usize, Ordering::Relaxed);
            let (key, times) = (random(6000), random(12) as usize);
            let keys: Vec<u64> = (0..random(40)).map(|_| random(6000)).collect();
            let is_ready = match random(8) {
                0 => poll(map.get(&key), times),
                1 => poll(map.batch_get(&keys), times),
                2 => poll(map.get_many_stream(&keys).take(5).count(), times),
                3 => poll(map.iter().take(100).count(), times),
                4 => poll(map.verify(), times),
                5 => poll(untyped.batch_get(keys), times),
                6 => poll(untyped.check_keys(), times),
                _ => poll(open(), times),
            };
            match is_ready {
                true => ready += 1,
                false => dropped += 1,
            }
        }
        assert!(dropped > 200 && ready > 200, "{dropped} dropped, {ready} ready");
        store.delay.store(1, Ordering::Relaxed);
        block_on(async {
            assert_eq!(map.get(&7).await.unwrap(), Some(49));
            assert_eq!(map.get(&7000).await.unwrap(), None);
            let all: Vec<_> = map.iter().try_collect().await.unwrap();
            assert_eq!(all.len(), 3000);
            assert!(map.verify().await.is_ok());
            assert!(untyped.verify().await.is_ok());
        });
    }
    assert_eq!(Arc::strong_count(&store), level, "all readers are gone");
    assert_eq!(store.in_flight(), 0, "all requests are gone");
}
