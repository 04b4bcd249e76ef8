//! How much data a run uses.

use std::env;

/// How many entries to use where a bench at full scale uses `full`.
///
/// The environment variable `MASSMAP_BENCH_ENTRIES` sets an upper bound. Runs that only check that the benches work,
/// those of `cargo test --benches`, use 10,000 at most.
///
/// # Panics
///
/// If the variable is no positive integer: a bench at a scale that nobody asked for would be worse.
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

/// The scales of a suite that at full scale has these, each once, though the limits of [`entries`] can make them equal.
#[must_use]
pub fn scales(full: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut scales: Vec<_> = full.into_iter().map(entries).collect();
    scales.dedup();
    scales
}

/// Whether this is a run that measures, not one that only checks that the benches work.
#[must_use]
pub fn is_full_run() -> bool {
    env::args().any(|argument| argument == "--bench")
}

/// Whether the command line asks for what has this title: it has no words, or the title contains one of them.
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
    fn scales_that_become_equal_are_one() {
        // Tests do not measure: at most 10,000, or what the environment says.
        let least = entries(1);
        assert_eq!(scales([1, 1]), [least]);
        assert_eq!(scales([1, 1 << 40, 1 << 41]).len(), scales([1, 1 << 40]).len());
    }
}
