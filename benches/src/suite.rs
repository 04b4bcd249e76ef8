//! Criterion settings of the suites.

use std::time::Duration;

use criterion::Criterion;

/// Settings for short runs, which the command line overrides.
///
/// Twenty samples in less than a second show changes of a few percent on a quiet machine. For smaller changes, use
/// `--measurement-time` and the other options of Criterion.
#[must_use]
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(600))
        .configure_from_args()
}
