//! How long reads took lately.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many reads are remembered.
const WINDOW: usize = 256;
/// So many are needed for a percentile to mean something.
const FEWEST: usize = 32;
/// After so many reads the percentile is determined anew.
const INTERVAL: u64 = 16;

/// The latencies of the last reads, in nanoseconds.
#[derive(Debug)]
pub(super) struct Latencies {
    recent: Mutex<Recent>,
    /// How many reads there were.
    added: AtomicU64,
    /// The percentile that was determined last. Before the first one, longer than anything.
    percentile: AtomicU64,
    /// How many reads there had been when it was determined, in intervals.
    determined: AtomicU64,
}

#[derive(Debug, Default)]
struct Recent {
    nanoseconds: Vec<u64>,
    /// Which one is replaced next, once there are enough.
    next: usize,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            recent: Mutex::default(),
            added: AtomicU64::new(0),
            percentile: AtomicU64::new(u64::MAX),
            determined: AtomicU64::new(0),
        }
    }
}

impl Latencies {
    pub(super) fn add(&self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let Recent {
            nanoseconds: all,
            next,
        } = &mut *recent;
        match all.get_mut(*next) {
            Some(oldest) => *oldest = nanoseconds,
            None => all.push(nanoseconds),
        }
        *next = (*next + 1) % WINDOW;
        self.added.fetch_add(1, Ordering::Relaxed);
    }

    /// The latency that `percent` of the last reads had at most, of those up to some reads ago. `None` before there are enough.
    pub(super) fn percentile(&self, percent: f64) -> Option<Duration> {
        let added = self.added.load(Ordering::Relaxed);
        if added < FEWEST as u64 {
            return None;
        }
        let round = added / INTERVAL;
        // Most calls end here, without the lock. A call that comes before the new value is there uses the old one.
        if self.determined.swap(round, Ordering::Relaxed) != round {
            let latency = self.determine(percent);
            self.percentile.store(latency, Ordering::Relaxed);
        }
        Some(Duration::from_nanos(self.percentile.load(Ordering::Relaxed)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most the number of latencies")]
    fn determine(&self, percent: f64) -> u64 {
        let mut all = {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.nanoseconds.clone()
        };
        let last = all.len().saturating_sub(1);
        // The smallest that enough are not above: the rank counts from 1. NaN becomes 0.
        let rank = (percent.clamp(0.0, 100.0) / 100.0 * all.len() as f64).ceil() as usize;
        let index = rank.saturating_sub(1).min(last);
        match all.is_empty() {
            true => u64::MAX,
            false => *all.select_nth_unstable(index).1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_that_of_the_last_256_reads() {
        let latencies = Latencies::default();
        for millisecond in 1..=31 {
            assert_eq!(latencies.percentile(50.0), None);
            latencies.add(Duration::from_millis(millisecond));
        }
        latencies.add(Duration::from_millis(32));
        assert_eq!(latencies.percentile(50.0), Some(Duration::from_millis(16)));
        for millisecond in 1..=256 {
            latencies.add(Duration::from_millis(millisecond));
        }
        let found = latencies.determine(95.0);
        assert_eq!(found, 244_000_000, "of 1 to 256");
        for (percent, milliseconds) in [(100.0, 256), (0.0, 1), (-3.0, 1), (f64::NAN, 1), (1e300, 256)] {
            assert_eq!(
                latencies.determine(percent),
                milliseconds * 1_000_000,
                "{percent}"
            );
        }
        (0..256).for_each(|_| latencies.add(Duration::from_millis(7)));
        assert_eq!(latencies.percentile(99.0), Some(Duration::from_millis(7)));
    }

    #[test]
    fn a_percentile_is_determined_again_after_16_reads() {
        let latencies = Latencies::default();
        (0..32).for_each(|_| latencies.add(Duration::from_millis(1)));
        assert_eq!(latencies.percentile(100.0), Some(Duration::from_millis(1)));
        (0..15).for_each(|_| latencies.add(Duration::from_millis(2)));
        assert_eq!(latencies.percentile(100.0), Some(Duration::from_millis(1)));
        latencies.add(Duration::from_millis(2));
        assert_eq!(latencies.percentile(100.0), Some(Duration::from_millis(2)));
    }

    #[test]
    fn latencies_that_do_not_fit_are_the_longest() {
        let latencies = Latencies::default();
        (0..32).for_each(|_| latencies.add(Duration::MAX));
        assert_eq!(latencies.percentile(1.0), Some(Duration::from_nanos(u64::MAX)));
    }
}
