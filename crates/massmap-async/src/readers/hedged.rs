//! A second request where the first one takes long.

mod budget;
mod latencies;

use std::io::Result;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};

use crate::reader::{AsyncReader, Suffix};
use crate::readers::timer::Timer;
use budget::Budget;
use latencies::Latencies;

/// How long a [`Hedged`] reader waits for an answer before it makes a second request.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum HedgeDelay {
    /// Always the same time.
    Fixed(Duration),
    /// So long that this share of the last 256 reads, in percent, took at most as long. There are no second requests before 32 reads
    /// are done.
    Percentile(f64),
}

impl Default for HedgeDelay {
    /// The 95th percentile.
    fn default() -> Self {
        Self::Percentile(95.0)
    }
}

/// What a [`Hedged`] reader did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HedgeStats {
    /// Number of reads.
    pub reads: u64,
    /// Number of second requests.
    pub hedges: u64,
    /// Number of second requests that were answered first.
    pub won: u64,
}

/// A reader that makes a second request for the same range if the first one is not answered after a delay, and takes the first good
/// answer. The other request is dropped.
///
/// It is for stores where a few requests take much longer than most, for no reason that has to do with the range. The requests are at
/// most 5 % more, see [`with_largest_share`](Self::with_largest_share), so that a store that is slow as a whole does not get twice the
/// load.
///
/// An error before the delay has passed is that of the read. Of two requests of which one fails, the other's answer is waited for; if
/// both fail, the error is that of the first. Opening ([`read_suffix`](AsyncReader::read_suffix)) is one request, always.
///
/// Requests run in the future of the caller: no tasks are spawned.
#[derive(Debug)]
pub struct Hedged<R, T> {
    inner: R,
    timer: T,
    delay: HedgeDelay,
    budget: Budget,
    latencies: Latencies,
    reads: AtomicU64,
    hedges: AtomicU64,
    won: AtomicU64,
}

impl<R: AsyncReader, T: Timer> Hedged<R, T> {
    /// Reads from `inner`, with second requests after a delay.
    #[must_use]
    pub fn new(inner: R, timer: T, delay: HedgeDelay) -> Self {
        Self {
            inner,
            timer,
            delay,
            budget: Budget::new(0.05),
            latencies: Latencies::default(),
            reads: AtomicU64::new(0),
            hedges: AtomicU64::new(0),
            won: AtomicU64::new(0),
        }
    }

    /// Sets how many second requests there may be, as a share of the reads: from 0.0 (none) to 1.0 (each read may have one). 0.05 unless
    /// set.
    ///
    /// Reads that needed none allow for later ones, but for no more than about those of 2,000 reads.
    #[must_use]
    pub fn with_largest_share(mut self, share: f64) -> Self {
        self.budget = Budget::new(share);
        self
    }

    /// What was done so far.
    #[must_use]
    pub fn stats(&self) -> HedgeStats {
        HedgeStats {
            reads: self.reads.load(Ordering::Relaxed),
            hedges: self.hedges.load(Ordering::Relaxed),
            won: self.won.load(Ordering::Relaxed),
        }
    }

    /// The reader that was given.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Time until a second request. `None` if there is none.
    fn delay(&self) -> Option<Duration> {
        match self.delay {
            HedgeDelay::Fixed(delay) => Some(delay),
            HedgeDelay::Percentile(percent) => self.latencies.percentile(percent),
        }
    }

    async fn read_hedged(&self, range: Range<u64>) -> Result<Bytes> {
        let first = pin!(self.inner.read(range.clone()));
        let Some(delay) = self.delay() else {
            return first.await;
        };
        // The read is polled first: one that is ready at the moment of the delay needs no other.
        let first = match select(first, pin!(self.timer.sleep(delay))).await {
            Either::Left((result, _)) => return result,
            Either::Right(((), first)) => first,
        };
        if !self.budget.take() {
            return first.await;
        }
        self.hedges.fetch_add(1, Ordering::Relaxed);
        let second = pin!(self.inner.read(range));
        let (error, second_result) = match select(first, second).await {
            Either::Left((Ok(bytes), _)) => return Ok(bytes),
            Either::Left((Err(error), second)) => (error, second.await),
            Either::Right((Ok(bytes), _)) => {
                self.won.fetch_add(1, Ordering::Relaxed);
                return Ok(bytes);
            }
            Either::Right((Err(_), first)) => return first.await,
        };
        let bytes = second_result.map_err(|_| error)?;
        self.won.fetch_add(1, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl<R: AsyncReader, T: Timer> AsyncReader for Hedged<R, T> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.budget.add();
        let start = self.timer.now();
        let bytes = self.read_hedged(range).await?;
        // Not those that fail: a server that refuses at once is not fast.
        if matches!(self.delay, HedgeDelay::Percentile(_)) {
            self.latencies.add(self.timer.now().saturating_sub(start));
        }
        Ok(bytes)
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        self.inner.read_suffix(length).await
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
