//! Medians and other percentiles.

use std::time::Duration;

/// Times of operations of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Sorted; at least one.
    sorted: Vec<Duration>,
}

impl Sample {
    /// # Panics
    ///
    /// If there are no times.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "something was measured");
        times.sort_unstable();
        Self { sorted: times }
    }

    pub(crate) fn median(&self) -> Duration {
        self.percentile(50.0)
    }

    /// The least time that `percent` of the times do not exceed: the nearest rank.
    pub(crate) fn percentile(&self, percent: f64) -> Duration {
        // Less than a rank by far, but more than the rounding of, say, 99.9 % of 1,000.
        const ROUNDING: f64 = 1e-6;
        let rank = (percent * self.sorted.len() as f64 / 100.0 - ROUNDING).ceil() as usize;
        self.sorted[rank.clamp(1, self.sorted.len()) - 1]
    }
}

/// The median of figures of any kind.
///
/// # Panics
///
/// If there are none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    assert!(!figures.is_empty(), "something was measured");
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let sample = Sample::new((1..=1000).rev().map(Duration::from_millis).collect());
        assert_eq!(sample.median(), Duration::from_millis(500));
        assert_eq!(sample.percentile(99.0), Duration::from_millis(990));
        assert_eq!(sample.percentile(99.9), Duration::from_millis(999));
        assert_eq!(sample.percentile(100.0), Duration::from_millis(1000));
        assert_eq!(sample.percentile(0.0), Duration::from_millis(1));
    }

    #[test]
    fn few_times_have_percentiles_too() {
        let sample = Sample::new(vec![Duration::from_millis(3), Duration::from_millis(1)]);
        assert_eq!(sample.median(), Duration::from_millis(1));
        assert_eq!(sample.percentile(99.9), Duration::from_millis(3));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![7.0]), 7.0);
    }
}
