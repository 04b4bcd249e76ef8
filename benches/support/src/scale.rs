//! The scale of a run.

use std::env;

/// Number of entries to use if a bench at full scale uses `full`.
///
/// The environment variable `MASSMAP_BENCH_ENTRIES` sets an upper bound. Runs that only check that the benches work, those of
/// `cargo test --benches`, use at most 10,000.
///
/// # Panics
///
/// If the variable is not a positive integer.
#[must_use]
pub fn entries(full: u64) -> u64 {
    // Cargo passes `--bench` to benches, and nothing when it runs them as tests.
    let limit = match env::var("MASSMAP_BENCH_ENTRIES") {
        Ok(limit) => limit
            .parse()
            .ok()
            .filter(|&limit| limit > 0)
            .expect("MASSMAP_BENCH_ENTRIES must be a positive integer"),
        Err(_) if is_full_run() => full,
        Err(_) => 10_000,
    };
    full.min(limit)
}

/// The scales of a suite that has these at full scale, without duplicates, which limits of [`entries`] may cause.
#[must_use]
pub fn scales(full: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut scales: Vec<_> = full.into_iter().map(entries).collect();
    scales.dedup();
    scales
}

/// Whether this run measures, rather than only checks that the benches work.
#[must_use]
pub fn is_full_run() -> bool {
    env::args().any(|argument| argument == "--bench")
}

/// Whether the command line selects this title: it has no words, or the title contains one of them.
#[must_use]
pub fn is_wanted(title: &str) -> bool {
    let mut words = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .peekable();
    words.peek().is_none() || words.any(|word| title.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scales_are_merged() {
        // Tests use at most 10,000, or the number in the environment.
        let least = entries(1);
        assert_eq!(scales([1, 1]), [least]);
        assert_eq!(scales([1, 1 << 40, 1 << 41]).len(), scales([1, 1 << 40]).len());
    }
}
