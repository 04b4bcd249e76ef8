//! Comparing several ways to do the same, in turns.
//!
//! Other load on the machine comes and goes: measured one after the other, it would fall to some and not to others. In
//! turns it falls to all, and medians leave it out.

use std::fmt;
use std::time::{Duration, Instant};

use crate::is_full_run;

/// How long a turn takes, about: long enough for what the others have left in the CPU's caches not to count.
const TURN: Duration = Duration::from_millis(15);

/// One way to do something.
pub struct Contestant<'a> {
    name: String,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Contestant<'a> {
    /// `work` does one piece of it each time.
    pub fn new(name: impl Into<String>, work: impl FnMut() + 'a) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
        }
    }

    /// Time that one of `pieces` pieces of work takes, in nanoseconds.
    fn take_turn(&mut self, pieces: u32) -> f64 {
        let start = Instant::now();
        for _ in 0..pieces {
            (self.work)();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(pieces)
    }
}

impl fmt::Debug for Contestant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Lets the contestants take `turns` turns each and prints a table of how long a piece of work takes them, with the
/// ratio of each one's median to that of the first.
///
/// Says nothing about speed unless this is a full run.
pub fn compare(title: &str, turns: usize, mut contestants: Vec<Contestant<'_>>) {
    let turns = if is_full_run() { turns.max(1) } else { 1 };
    let pieces: Vec<u32> = contestants
        .iter_mut()
        .map(|contestant| {
            // The first turn warms caches up, too.
            let one = contestant.take_turn(if is_full_run() { 16 } else { 1 });
            // Saturates where a piece takes no time.
            if is_full_run() {
                (TURN.as_secs_f64() * 1e9 / one) as u32
            } else {
                1
            }
            .max(1)
        })
        .collect();
    let mut times = vec![Vec::with_capacity(turns); contestants.len()];
    for _ in 0..turns {
        for ((contestant, pieces), times) in contestants.iter_mut().zip(&pieces).zip(&mut times) {
            times.push(contestant.take_turn(*pieces));
        }
    }

    println!(
        "\n### {title}\n\n| | median | lower quartile | least | ratio to the first |\n|---|--:|--:|--:|--:|"
    );
    let mut first = None;
    for (contestant, times) in contestants.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let (median, quartile, least) = (times[turns / 2], times[turns / 4], times[0]);
        let ratio = median / *first.get_or_insert(median);
        println!(
            "| {} | {} | {} | {} | {ratio:.2} |",
            contestant.name,
            Time(median),
            Time(quartile),
            Time(least)
        );
    }
}

/// Nanoseconds, in a unit that suits.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            time if time < 1e4 => write!(f, "{time:.0} ns"),
            time if time < 1e7 => write!(f, "{:.1} µs", time / 1e3),
            time => write!(f, "{:.1} ms", time / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_contestants_take_their_turns() {
        let (mut one, mut other) = (0, 0);
        let contestants = vec![
            Contestant::new("one", || one += 1),
            Contestant::new("other", || other += 1),
        ];
        compare("test", 5, contestants);
        assert!(one > 0 && other > 0);
    }

    #[test]
    fn times_are_shown_with_few_digits() {
        assert_eq!(Time(812.4).to_string(), "812 ns");
        assert_eq!(Time(23_456.0).to_string(), "23.5 µs");
        assert_eq!(Time(12_345_678.0).to_string(), "12.3 ms");
    }
}
