//! Many who need the same pages at the same time.

use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use futures_executor::{LocalPool, block_on};
use futures_util::future::{join, join_all};
use futures_util::stream::{self, StreamExt};
use futures_util::task::LocalSpawnExt;
use massmap_async::{AsyncReader, Cached, PageCache};

use super::{is_sample, open, read};
use crate::readers::fake::{Fake, Random, yields};

#[test]
fn a_thousand_who_need_a_page_make_one_request() {
    let fake = Fake::of_sample();
    let (cached, cache) = open(&fake);
    for bytes in block_on(join_all((0..1000).map(|number| cached.read(number..number + 7)))) {
        assert_eq!(bytes.unwrap().len(), 7);
    }
    assert_eq!(fake.take_requests(), [0..4096]);
    assert_eq!((cache.stats().misses, cache.stats().hits), (1, 999));
}

#[test]
fn a_thousand_tasks_on_several_threads_make_one_request() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    for round in 0..20 {
        let cached = Arc::new(Cached::new(Fake::of_sample(), &PageCache::new(1 << 20)));
        runtime.block_on(cached.read_suffix(1)).unwrap();
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                let cached = Arc::clone(&cached);
                runtime.spawn(async move { cached.read(number..number + 7).await.unwrap() })
            })
            .collect();
        for (number, task) in (0..).zip(tasks) {
            is_sample(&(number..number + 7), &runtime.block_on(task).unwrap());
        }
        let fake = Arc::into_inner(cached).expect("the tasks are done").into_inner();
        assert_eq!(fake.take_requests().len(), 1, "round {round}");
    }
}

#[test]
fn an_error_is_for_all_who_waited_and_is_not_kept() {
    let fake = Fake::of_sample();
    let (cached, cache) = open(&fake);
    *fake.failing.lock().unwrap() = Some(ErrorKind::ConnectionReset);
    for requests in 1..3 {
        for result in block_on(join_all((0..1000).map(|_| cached.read(0..7)))) {
            let error = result.unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string()),
                (ErrorKind::ConnectionReset, "the store says so".into())
            );
        }
        assert_eq!(fake.requests.lock().unwrap().len(), requests);
    }
    *fake.failing.lock().unwrap() = None;
    read(&cached, 0..7);
    assert_eq!((fake.take_requests().len(), cache.stats().pages), (3, 1));
}

#[test]
fn the_error_of_one_reader_is_not_that_of_another() {
    let (failing, good) = (Fake::of_sample(), Fake::of_sample());
    let cache = PageCache::new(1 << 20);
    let readers = [&failing, &good].map(|fake| Cached::new(fake, &cache));
    for reader in &readers {
        block_on(reader.read_suffix(1)).unwrap();
    }
    *failing.failing.lock().unwrap() = Some(ErrorKind::PermissionDenied);
    let (denied, read) = block_on(join(
        readers[0].read(0..7),
        join_all((0..100).map(|_| readers[1].read(0..7))),
    ));
    assert_eq!(denied.unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert!(read.into_iter().all(|bytes| bytes.is_ok()));
    assert_eq!(
        (failing.take_requests().len(), good.take_requests().len()),
        (1, 1)
    );
}

#[test]
fn those_who_wait_for_one_of_several_gaps_that_failed_try_themselves() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    read(&cached, 4096..8192);
    fake.take_requests();
    *fake.failing.lock().unwrap() = Some(ErrorKind::ConnectionReset);
    let both = async {
        let healed = async {
            yields(1).await;
            *fake.failing.lock().unwrap() = None;
            cached.read(0..7).await
        };
        join(cached.read(0..12_000), healed).await
    };
    let (several, one) = block_on(both);
    assert!(several.is_err());
    is_sample(&(0..7), &one.unwrap());
    assert_eq!(fake.take_requests(), [0..4096, 8192..12_288, 0..4096]);
}

#[test]
fn overlapping_ranges_in_any_order_do_not_wait_for_each_other() {
    for seed in 1..=40 {
        let mut pool = LocalPool::new();
        let fake = Rc::new(Fake::of_sample());
        // In some rounds pages are evicted at once.
        let size = if seed % 4 == 0 { 350_000 } else { 1 << 20 };
        let cache = PageCache::new(size);
        let cached = Rc::new(Cached::new(Rc::clone(&fake), &cache).with_page_size(1024));
        pool.run_until(cached.read_suffix(1)).unwrap();
        let mut random = Random(seed);
        let done = Rc::new(std::cell::Cell::new(0));
        for _ in 0..200 {
            let mut range = |_| {
                let start = random.below(90_000);
                start..start + 1 + random.below(9000)
            };
            let ranges: Vec<_> = [(); 3].map(&mut range).into();
            let (cached, done) = (Rc::clone(&cached), Rc::clone(&done));
            let wait = u32::try_from(random.below(20)).unwrap();
            let task = async move {
                yields(wait).await;
                let bytes = cached.read_many(ranges.clone()).await.unwrap();
                for (range, bytes) in ranges.iter().zip(bytes) {
                    is_sample(range, &bytes);
                }
                done.set(done.get() + 1);
            };
            pool.spawner().spawn_local(task).unwrap();
            fake.polls
                .store(u32::try_from(random.below(10)).unwrap(), Ordering::Relaxed);
        }
        pool.run_until_stalled();
        assert_eq!(done.get(), 200, "seed {seed}: the others wait for each other");
    }
}

#[test]
fn a_lookup_between_results_of_a_stream_does_not_wait_for_the_stream() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    let done = std::cell::Cell::new(false);
    let lookups = async {
        fake.gate.close();
        let pages = [0, 5, 5, 5].map(|page| page * 4096..page * 4096 + 10);
        let mut results = stream::iter(pages)
            .map(|range| cached.read(range))
            .buffer_unordered(4);
        let first = async {
            let opened = async {
                yields(5).await;
                // All requests can go on, but only the stream polls them.
                fake.gate.open();
            };
            join(results.next(), opened).await.0
        };
        first.await.unwrap().unwrap();
        // The page is being requested by the stream, and others in the stream wait for it.
        is_sample(
            &(5 * 4096..5 * 4096 + 20),
            &cached.read(5 * 4096..5 * 4096 + 20).await.unwrap(),
        );
        while let Some(result) = results.next().await {
            result.unwrap();
        }
        done.set(true);
    };
    let mut lookups = std::pin::pin!(lookups);
    // As often as it may take, but not forever.
    for _ in 0..100_000 {
        let cx = &mut Context::from_waker(Waker::noop());
        if lookups.as_mut().poll(cx).is_ready() {
            break;
        }
    }
    assert!(done.get(), "the lookup waits for the stream, which nobody polls");
}
