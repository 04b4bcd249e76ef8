//! Lookups that are cancelled.

use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
use futures_util::future::poll_fn;
use massmap_async::conformance::sample;
use massmap_async::{AsyncReader, Bytes, Cached, PageCache, VersionTag};
use support::allocations::held;

use super::{is_sample, open, read};
use crate::readers::fake::{Fake, Random};

type Reading<'a> = Pin<Box<dyn Future<Output = std::io::Result<Bytes>> + 'a>>;

fn poll(reading: &mut Reading<'_>) -> Poll<std::io::Result<Bytes>> {
    reading.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn when_the_one_that_makes_a_request_is_cancelled_another_makes_it() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    fake.gate.close();
    let mut readings: Vec<Reading> = (0..10).map(|_| Box::pin(cached.read(0..7)) as Reading).collect();
    for reading in &mut readings {
        assert!(poll(reading).is_pending());
    }
    assert_eq!(fake.requests.lock().unwrap().len(), 1);
    // One after the other, also of those that wait.
    for requests in 2..5 {
        drop(readings.remove(0));
        drop(readings.pop());
        for reading in &mut readings {
            assert!(poll(reading).is_pending());
        }
        assert_eq!(fake.requests.lock().unwrap().len(), requests);
        assert_eq!(fake.live.load(Ordering::Relaxed), 1);
    }
    fake.gate.open();
    for reading in readings {
        is_sample(&(0..7), &block_on(reading).unwrap());
    }
    assert_eq!(fake.take_requests().len(), 4);
}

#[test]
fn those_who_wait_are_woken_when_the_request_is_cancelled() {
    let fake = Fake::of_sample();
    let (cached, _) = open(&fake);
    fake.gate.close();
    let mut first: Option<Reading> = Some(Box::pin(cached.read(0..7)));
    let mut second = pin!(cached.read(0..7));
    let mut polls = 0;
    let bytes = block_on(poll_fn(|cx| {
        polls += 1;
        if let Some(first) = &mut first {
            assert!(poll(first).is_pending());
        }
        let result = second.as_mut().poll(cx);
        if polls == 1 {
            first = None;
            fake.gate.open();
        }
        result
    }));
    is_sample(&(0..7), &bytes.unwrap());
}

/// 1,000 lookups that are polled in turn and dropped at random points, and then one of each page.
fn cancel_at_random(seed: u64) {
    let fake = Fake::new("fake://sample", VersionTag::strong("1"), sample());
    let cache = PageCache::new(1 << 20);
    let cached = Cached::new(&fake, &cache).with_page_size(512);
    block_on(cached.read_suffix(1)).unwrap();
    let mut random = Random(seed);
    let mut readings: Vec<(u64, Reading)> = Vec::new();
    for _ in 0..1000 {
        fake.polls
            .store(u32::try_from(random.below(6)).unwrap(), Ordering::Relaxed);
        let start = random.below(90_000);
        let range = start..start + 1 + random.below(5000);
        readings.push((random.below(12), Box::pin(cached.read(range))));
        for (_, reading) in &mut readings {
            let _ = poll(reading)
                .is_ready()
                .then(|| *reading = Box::pin(std::future::pending()));
        }
        readings
            .iter_mut()
            .for_each(|(left, _)| *left = left.saturating_sub(1));
        readings.retain(|(left, _)| *left > 0);
    }
    drop(readings);
    assert_eq!(
        fake.live.load(Ordering::Relaxed),
        0,
        "requests that nobody waits for"
    );
    fake.take_requests();
    read(&cached, 0..100_000);
    read(&cached, 0..100_000);
    let pages = cache.stats().pages;
    assert_eq!((pages, cache.stats().bytes), (196, 100_000 + 196 * 256));
    fake.take_requests();
    for page in 0..195 {
        read(&cached, page * 512..(page + 1) * 512);
    }
    assert_eq!(fake.take_requests(), []);
}

#[test]
fn lookups_cancelled_at_random_leave_the_cache_usable_and_no_memory_behind() {
    // What is allocated once for the whole process or thread.
    cancel_at_random(1);
    let before = held();
    for seed in 2..12 {
        cancel_at_random(seed);
        assert_eq!(held(), before, "seed {seed}");
    }
}
