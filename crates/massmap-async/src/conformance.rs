//! A test suite for readers of any backend.
//!
//! It runs on any executor. Its futures may be moved between threads if those of the reader may.

mod replacement;

use std::io::ErrorKind;
use std::ops::Range;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::{join_all, poll_fn};

use crate::AsyncReader;

pub use replacement::replaced;

/// The bytes that [`reader`] expects: more than a packet of a network or a page of any cache, and without repetitions.
#[must_use]
pub fn sample() -> Vec<u8> {
    (0u32..25_000).flat_map(u32::to_le_bytes).collect()
}

/// Checks a reader over the bytes of [`sample`], which has not read anything yet.
///
/// Not checked, since only the compiler can, is whether its futures are [`Send`].
///
/// # Panics
///
/// Panics if the reader does not behave as [`AsyncReader`] demands.
pub async fn reader(reader: &impl AsyncReader) {
    let sample = sample();
    suffixes(reader, &sample).await;
    ranges(reader, &sample).await;
    beyond_the_end(reader, &sample).await;
    several_ranges(reader, &sample).await;
    dropped(reader, &sample).await;
    at_the_same_time(reader, &sample).await;
    if let Some(bytes) = reader.shared_bytes() {
        assert!(
            *bytes == *sample,
            "shared bytes are other than those that are read"
        );
    }
    assert_ne!(
        reader.ranges_at_once(),
        0,
        "a batch has to pass at least one range"
    );
    // What was done so far changes nothing.
    suffixes(&reader, &sample).await;
    ranges(&reader, &sample).await;
}

/// Ranges at the beginning, in the middle and at the end, aligned and not.
const RANGES: [Range<u64>; 9] = [
    0..1,
    0..24,
    4096..8192,
    1..4097,
    99_999..100_000,
    5..65_541,
    0..100_000,
    16_383..32_768,
    100..101,
];

async fn suffixes(reader: &impl AsyncReader, sample: &[u8]) {
    let end = sample.len();
    let mut version = None;
    for length in [65_536, 1, end as u64 - 1, end as u64, end as u64 + 1, u64::MAX] {
        let suffix = reader.read_suffix(length).await.expect("the file is there");
        let start = end.saturating_sub(usize::try_from(length).unwrap_or(usize::MAX));
        assert!(
            Some(&*suffix.bytes) == sample.get(start..),
            "wrong suffix of {length} bytes"
        );
        assert_eq!(
            suffix.file_length, end as u64,
            "a wrong length of the file, with a suffix of {length} bytes"
        );
        let first = version.get_or_insert_with(|| suffix.version.clone());
        assert_eq!(
            *first, suffix.version,
            "another version, although nothing changed"
        );
    }
}

async fn ranges(reader: &impl AsyncReader, sample: &[u8]) {
    for range in RANGES {
        let bytes = reader.read(range.clone()).await.expect("the range is there");
        is_right(sample, &range, &bytes);
    }
}

async fn beyond_the_end(reader: &impl AsyncReader, sample: &[u8]) {
    let end = sample.len() as u64;
    for range in [
        end..end + 1,
        end - 1..end + 1,
        0..end + 1,
        end + 1_000_000..end + 1_000_001,
        end - 1..1 << 40,
        1 << 63..(1 << 63) + 1,
        0..i64::MAX as u64,
        0..u64::MAX,
        u64::MAX - 1..u64::MAX,
    ] {
        let read = reader.read(range.clone()).await;
        let error = read.expect_err("the range is not there");
        let kind = error.kind();
        // An impossible offset may be refused as invalid.
        let refused = kind == ErrorKind::UnexpectedEof
            || (range.end > i64::MAX as u64 && kind == ErrorKind::InvalidInput);
        assert!(refused, "{range:?} is refused for another reason: {error}");
    }
    let error = reader.read_many(vec![0..4, end - 1..end + 1, 4..8]).await;
    let error = error.expect_err("one range is not there");
    assert_eq!(
        error.kind(),
        ErrorKind::UnexpectedEof,
        "one range is not there: {error}"
    );
}

async fn several_ranges(reader: &impl AsyncReader, sample: &[u8]) {
    let end = sample.len() as u64;
    let duplicates_and_overlapping = vec![
        end - 4..end,
        0..4,
        0..4,
        8..20_008,
        2..6,
        8..20_008,
        4096..8192,
        8192..12_288,
    ];
    let one = |range| -> Vec<Range<u64>> { vec![range] };
    for ranges in [
        duplicates_and_overlapping,
        RANGES.to_vec(),
        one(70..80),
        Vec::new(),
    ] {
        let bytes = reader.read_many(ranges.clone()).await;
        let bytes = bytes.expect("all ranges are there");
        assert_eq!(bytes.len(), ranges.len(), "not one result for each range");
        for (range, bytes) in ranges.iter().zip(&bytes) {
            is_right(sample, range, bytes);
        }
    }
}

/// Futures that are dropped before they are ready, as those of a lookup that is cancelled.
async fn dropped(reader: &impl AsyncReader, sample: &[u8]) {
    for range in RANGES {
        drop(reader.read(range.clone()));
        begin(reader.read(range.clone())).await;
        begin(reader.read_many(vec![range.clone(), 0..10])).await;
        begin(reader.read_suffix(range.end)).await;
        // Another that waits for the same bytes gets them.
        let mut first = Box::pin(reader.read(range.clone()));
        let mut second = pin!(reader.read(range.clone()));
        let begun = poll_fn(|cx| {
            let _ = first.as_mut().poll(cx).is_ready();
            Poll::Ready(second.as_mut().poll(cx))
        });
        let begun = begun.await;
        drop(first);
        let bytes = match begun {
            Poll::Ready(bytes) => bytes,
            Poll::Pending => second.await,
        };
        is_right(sample, &range, &bytes.expect("the range is there"));
    }
}

/// Polls a future once, and drops it.
async fn begin(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _ = future.as_mut().poll(cx).is_ready();
        Poll::Ready(())
    })
    .await;
}

async fn at_the_same_time(reader: &impl AsyncReader, sample: &[u8]) {
    let ranges: Vec<_> = (0..300u64)
        .map(|number| number * 7919 % 99_000)
        .map(|start| start..start + 1 + start % 1000)
        .collect();
    let read = join_all(ranges.iter().map(|range| reader.read(range.clone()))).await;
    for (range, bytes) in ranges.iter().zip(read) {
        is_right(sample, range, &bytes.expect("the range is there"));
    }
}

/// Whether `bytes` are those of `range`.
#[track_caller]
fn is_right(sample: &[u8], range: &Range<u64>, bytes: &[u8]) {
    let inside = |offset| usize::try_from(offset).expect("the sample is in memory");
    let expected = sample.get(inside(range.start)..inside(range.end));
    assert!(Some(bytes) == expected, "wrong bytes at {range:?}");
}
