//! Reads with a time limit.

use std::io::{ErrorKind, Result};
use std::sync::atomic::Ordering;
use std::time::Duration;

use massmap_async::{AsyncReader, Cached, PageCache, RemoteError, TimeLimit, TokioTimer};
use tokio::time::Instant;

use crate::readers::fake::Fake;

const LIMIT: Duration = Duration::from_secs(3);

fn is_timed_out<T>(result: Result<T>, said: &str) {
    let error = result.err().expect("the store does not answer");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(
        error.to_string(),
        format!(
            "fake://sample was asked for {said} and did not answer within 3s: try again, or raise the limit"
        )
    );
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    assert!(matches!(
        payload,
        Some(RemoteError::TimedOut { limit: LIMIT, .. })
    ));
}

#[test]
fn a_store_that_does_not_answer_holds_nobody_up_beyond_the_limit() {
    super::paused().block_on(async {
        let fake = Fake::of_sample();
        let limited = TimeLimit::new(&fake, TokioTimer::new(), LIMIT);
        let start = Instant::now();
        assert!(limited.read(5..9).await.is_ok());
        assert_eq!(start.elapsed(), Duration::ZERO);

        fake.gate.close();
        is_timed_out(limited.read(5..9).await, "bytes 5 to 9");
        assert_eq!(start.elapsed(), LIMIT);
        let several = limited.read_many(vec![5..9, 1..2, 70..80]).await;
        is_timed_out(several, "3 ranges between bytes 1 and 80");
        is_timed_out(limited.read_suffix(12).await, "the last 12 bytes");
        assert_eq!(start.elapsed(), 3 * LIMIT);
        assert_eq!(fake.live.load(Ordering::Relaxed), 0, "the requests were dropped");

        fake.gate.open();
        assert!(limited.read(5..9).await.is_ok());
    });
}

#[test]
fn a_stalled_request_holds_up_those_who_wait_for_it_no_longer_than_itself() {
    super::paused().block_on(async {
        let fake = Fake::of_sample();
        let cached = Cached::new(
            TimeLimit::new(&fake, TokioTimer::new(), LIMIT),
            &PageCache::new(1 << 20),
        );
        cached.read_suffix(10).await.unwrap();
        fake.gate.close();
        let start = Instant::now();
        let reads = (0..100).map(|_| cached.read(0..10));
        for read in futures_util::future::join_all(reads).await {
            is_timed_out(read, "bytes 0 to 4096");
        }
        assert_eq!((start.elapsed(), fake.take_requests().len()), (LIMIT, 1));
        fake.gate.open();
        assert!(cached.read(0..10).await.is_ok());
    });
}
