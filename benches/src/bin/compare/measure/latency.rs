//! Times of single lookups.

use hdrhistogram::Histogram;

use crate::results::Latency;

/// Number of keys in a batch.
pub(super) const BATCH: usize = 128;

/// A histogram of lookup times in nanoseconds, with three significant digits.
pub(super) fn histogram() -> Histogram<u64> {
    // No lookup takes a minute.
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds are in order")
}

pub(super) fn latency(times: &Histogram<u64>) -> Latency {
    Latency {
        lookups: times.len(),
        mean: times.mean(),
        p50: times.value_at_quantile(0.5) as f64,
        p99: times.value_at_quantile(0.99) as f64,
        p999: times.value_at_quantile(0.999) as f64,
    }
}
