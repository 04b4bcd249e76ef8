//! How the suites of our own layers measure.

use std::time::Duration;

use criterion::Criterion;

/// Criterion for a suite that runs while somebody waits: short, with what the command line sets instead.
///
/// Twenty samples in less than a second show changes of a few percent on a quiet machine. For smaller ones there are
/// `--measurement-time` and the other settings of Criterion.
#[must_use]
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(600))
        .configure_from_args()
}
