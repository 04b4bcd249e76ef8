//! Comparing several ways to do the same, in turns.
//!
//! Other load on the machine comes and goes: measured one after the other, it would fall to some and not to others. In
//! turns it falls to all, and medians leave it out.

use std::fmt;
use std::time::Duration;

use super::scale::is_full_run;

/// How long a turn takes, about: long enough for what the others have left in the CPU's caches not to count.
const TURN: Duration = Duration::from_millis(200);

/// Pieces of work by which is found out how many make a turn.
const TRIAL: u32 = 1024;

/// One way to do something.
pub struct Contestant<'a> {
    name: String,
    work: Box<dyn FnMut(u32) -> Duration + 'a>,
}

impl<'a> Contestant<'a> {
    /// `work` does as many pieces as it is told, and returns how long they took together: preparing them need not count.
    pub fn new(name: impl Into<String>, work: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
        }
    }

    /// How many pieces make a turn.
    fn pieces(&mut self) -> u32 {
        if !is_full_run() {
            return 1;
        }
        // Saturates where a piece takes no time.
        ((TURN.as_secs_f64() * 1e9 / self.take_turn(TRIAL)) as u32).max(1)
    }

    /// Time that one of `pieces` pieces of work takes, in nanoseconds.
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

/// How long a piece of work took a contestant in each of its turns.
#[derive(Debug, Clone)]
pub struct Times {
    /// The contestant's.
    pub name: String,
    /// In nanoseconds, the shortest first; at least one.
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

/// Lets the contestants take `turns` turns each, and a single one unless this is a full run.
pub fn take_turns(turns: usize, mut contestants: Vec<Contestant<'_>>) -> Vec<Times> {
    let turns = if is_full_run() { turns.max(1) } else { 1 };
    let pieces: Vec<u32> = contestants.iter_mut().map(Contestant::pieces).collect();
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

/// Nanoseconds, in a unit that suits.
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
    fn all_contestants_take_their_turns() {
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
