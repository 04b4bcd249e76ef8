//! How many second requests there may be.

use std::sync::atomic::{AtomicU64, Ordering};

/// Second requests, as a share of the first ones: each read earns a part of one.
#[derive(Debug)]
pub(super) struct Budget {
    /// What each read earns, in millionths of a request.
    earned: u64,
    /// What is there, in millionths of a request. 0 at the beginning, so that the share is never exceeded.
    available: AtomicU64,
}

const REQUEST: u64 = 1_000_000;

/// So many reads can earn without spending.
const WINDOW: u64 = 2_000;

impl Budget {
    /// A budget for a share of the reads, from 0.0 to 1.0. What is outside counts as the nearest of them, and NaN as 0.
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    pub(super) fn new(share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self {
            // NaN becomes 0.
            earned: (share * REQUEST as f64) as u64,
            available: AtomicU64::new(0),
        }
    }

    /// A read begins.
    pub(super) fn add(&self) {
        // At least one request, or a small share would never earn it.
        let most = (self.earned * WINDOW).max(REQUEST);
        self.update(|available| Some((available + self.earned).min(most)));
    }

    /// Whether there may be a second request, which is then spent.
    pub(super) fn take(&self) -> bool {
        self.update(|available| available.checked_sub(REQUEST))
    }

    fn update(&self, f: impl Fn(u64) -> Option<u64>) -> bool {
        self.available
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, f)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_never_exceeded() {
        let budget = Budget::new(0.05);
        let mut taken = 0;
        for read in 1..=10_000 {
            budget.add();
            while budget.take() {
                taken += 1;
            }
            assert!(taken * 20 <= read, "{taken} of {read}");
        }
        assert_eq!(taken, 500);
    }

    #[test]
    fn a_long_time_without_second_requests_does_not_allow_a_flood_of_them() {
        let budget = Budget::new(0.05);
        (0..1_000_000).for_each(|_| budget.add());
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
    }

    #[test]
    fn any_share_is_accepted() {
        for (share, of_1000) in [
            (0.0, 0),
            (-1.0, 0),
            (f64::NAN, 0),
            (1.0, 1000),
            (7.0, 1000),
            (f64::INFINITY, 1000),
            (0.001, 1),
        ] {
            let budget = Budget::new(share);
            (0..1000).for_each(|_| budget.add());
            assert_eq!((0..2000).filter(|_| budget.take()).count(), of_1000, "{share}");
        }
        // The window of 2,000 reads earns less than one request.
        let budget = Budget::new(0.0001);
        (0..10_000).for_each(|_| budget.add());
        assert!(budget.take() && !budget.take());
    }
}
