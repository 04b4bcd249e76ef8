//! Reads that fail if they take too long.

use std::io::Result;
use std::ops::Range;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};

use crate::error::RemoteError;
use crate::reader::{AsyncReader, Suffix};
use crate::readers::timer::Timer;

/// A reader whose reads fail if they take longer than a limit, so that a server that does not answer holds nobody up.
///
/// The error is [`RemoteError::TimedOut`]. The limit is for each call: of [`read_many`](AsyncReader::read_many), for all ranges
/// together. Behind a [`Hedged`](crate::Hedged) reader, `Hedged<TimeLimit<R, T>, T>`, each of the two requests has a limit of its own.
#[derive(Debug, Clone)]
pub struct TimeLimit<R, T> {
    inner: R,
    timer: T,
    limit: Duration,
}

impl<R: AsyncReader, T: Timer> TimeLimit<R, T> {
    /// Reads from `inner`, for at most `limit`.
    #[must_use]
    pub const fn new(inner: R, timer: T, limit: Duration) -> Self {
        Self { inner, timer, limit }
    }

    /// The reader that was given.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }

    async fn within<O>(
        &self,
        read: impl Future<Output = Result<O>>,
        asked: impl FnOnce() -> String,
    ) -> Result<O> {
        // The read is polled first: one that is ready at the last moment is in time.
        match select(pin!(read), pin!(self.timer.sleep(self.limit))).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => Err(RemoteError::TimedOut {
                location: self.inner.location().to_owned(),
                asked: asked(),
                limit: self.limit,
            }
            .into()),
        }
    }
}

impl<R: AsyncReader, T: Timer> AsyncReader for TimeLimit<R, T> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let asked = || format!("bytes {} to {}", range.start, range.end);
        self.within(self.inner.read(range.clone()), asked).await
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let count = ranges.len();
        let start = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let asked = || format!("{count} ranges between bytes {start} and {end}");
        self.within(self.inner.read_many(ranges), asked).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let asked = || format!("the last {length} bytes");
        self.within(self.inner.read_suffix(length), asked).await
    }

    fn ranges_at_once(&self) -> usize {
        self.inner.ranges_at_once()
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.inner.shared_bytes()
    }

    fn stored_length(&self) -> Option<u64> {
        self.inner.stored_length()
    }

    fn location(&self) -> &str {
        self.inner.location()
    }
}
