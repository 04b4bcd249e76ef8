//! Compares several ways to do the same, which take turns.
//!
//! The load of a machine varies. If contestants were measured one after the other, it would affect only some of them. With turns, it
//! affects all of them, and medians exclude it.

use std::fmt;
use std::time::Duration;

use crate::scale::is_full_run;

/// Approximate duration of a turn, long enough to make the initial content of the CPU caches irrelevant.
const TURN: Duration = Duration::from_millis(200);

/// Number of operations for estimating how many make up a turn.
const TRIAL: u32 = 1024;

/// One of the ways to compare.
pub struct Contestant<'a> {
    name: String,
    work: Box<dyn FnMut(u32) -> Duration + 'a>,
    /// Whether a turn is a single operation.
    is_long: bool,
}

impl<'a> Contestant<'a> {
    /// `work` performs the given number of operations and returns their total time, which may exclude preparation.
    pub fn new(name: impl Into<String>, work: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
            is_long: false,
        }
    }

    /// `work` performs one operation, which takes long enough for a turn of its own, and returns its time.
    pub fn long(name: impl Into<String>, mut work: impl FnMut() -> Duration + 'a) -> Self {
        Self {
            is_long: true,
            ..Self::new(name, move |pieces| (0..pieces).map(|_| work()).sum())
        }
    }

    /// Number of operations of a turn.
    fn pieces(&mut self, is_full: bool) -> u32 {
        if self.is_long || !is_full {
            return 1;
        }
        // Saturates if an operation takes no time.
        ((TURN.as_secs_f64() * 1e9 / self.take_turn(TRIAL)) as u32).max(1)
    }

    /// Mean time of an operation in a turn of `pieces` operations, in nanoseconds.
    fn take_turn(&mut self, pieces: u32) -> f64 {
        (self.work)(pieces).as_secs_f64() * 1e9 / f64::from(pieces)
    }
}

impl fmt::Debug for Contestant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The times of an operation of a contestant, one per turn.
#[derive(Debug, Clone)]
pub struct Times {
    /// Name of the contestant.
    pub name: String,
    /// In nanoseconds, sorted; at least one.
    sorted: Vec<f64>,
}

impl Times {
    /// In nanoseconds.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.sorted[self.sorted.len() / 2]
    }

    /// In nanoseconds.
    #[must_use]
    pub fn lower_quartile(&self) -> f64 {
        self.sorted[self.sorted.len() / 4]
    }

    /// In nanoseconds.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.sorted[0]
    }
}

/// Lets each contestant take `turns` turns, or a single one unless this is a full run.
pub fn take_turns(turns: usize, contestants: Vec<Contestant<'_>>) -> Vec<Times> {
    take(turns, contestants, is_full_run())
}

/// The same in a program, whose runs are all full.
pub fn take_all_turns(turns: usize, contestants: Vec<Contestant<'_>>) -> Vec<Times> {
    take(turns, contestants, true)
}

fn take(turns: usize, mut contestants: Vec<Contestant<'_>>, is_full: bool) -> Vec<Times> {
    let turns = if is_full { turns.max(1) } else { 1 };
    let pieces: Vec<u32> = contestants
        .iter_mut()
        .map(|contestant| contestant.pieces(is_full))
        .collect();
    let mut times = vec![Vec::with_capacity(turns); contestants.len()];
    for _ in 0..turns {
        for ((contestant, pieces), times) in contestants.iter_mut().zip(&pieces).zip(&mut times) {
            times.push(contestant.take_turn(*pieces));
        }
    }
    let sorted = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    };
    contestants
        .into_iter()
        .zip(times)
        .map(|(contestant, times)| Times {
            name: contestant.name,
            sorted: sorted(times),
        })
        .collect()
}

/// Nanoseconds, shown in a suitable unit.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            time if time < 1e4 => write!(f, "{time:.0} ns"),
            time if time < 1e7 => write!(f, "{:.1} µs", time / 1e3),
            time if time < 1e10 => write!(f, "{:.1} ms", time / 1e6),
            time => write!(f, "{:.2} s", time / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_contestants_take_turns() {
        let (mut one, mut other) = (0, 0);
        let contestants = vec![
            Contestant::new("one", |pieces| {
                one += pieces;
                Duration::from_nanos(10) * pieces
            }),
            Contestant::new("other", |pieces| {
                other += pieces;
                Duration::from_secs(2) * pieces
            }),
        ];
        let times = take_turns(5, contestants);
        assert!(one > 0 && other > 0);
        let medians = times
            .iter()
            .map(|times| (times.name.as_str(), times.median(), times.least()));
        assert!(medians.eq([("one", 10.0, 10.0), ("other", 2e9, 2e9)]));
    }

    #[test]
    fn times_are_shown_with_few_digits() {
        assert_eq!(Time(812.4).to_string(), "812 ns");
        assert_eq!(Time(23_456.0).to_string(), "23.5 µs");
        assert_eq!(Time(12_345_678.0).to_string(), "12.3 ms");
        assert_eq!(Time(12_345_678_901.0).to_string(), "12.35 s");
    }
}
