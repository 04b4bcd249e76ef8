//! Comparing several ways to do the same, in turns.
//!
//! Other load on the machine comes and goes: measured one after the other, it would fall to some and not to others. In
//! turns it falls to all, and medians leave it out.

use std::fmt;
use std::time::{Duration, Instant};

use crate::is_full_run;

/// How long a turn takes, about: long enough for what the others have left in the CPU's caches not to count.
const TURN: Duration = Duration::from_millis(15);

/// The same for those that are to find in the caches what they would if they were alone.
const LONG_TURN: Duration = Duration::from_millis(200);

/// One way to do something.
pub struct Contestant<'a> {
    name: String,
    work: Work<'a>,
}

enum Work<'a> {
    /// Many pieces of it make a turn.
    Short(Box<dyn FnMut() + 'a>),
    /// Many pieces of it make a turn. It does as many as it is told at once, and tells how long they took.
    Many(Box<dyn FnMut(u32) -> Duration + 'a>),
    /// One piece of it makes a turn, and tells how long it took.
    Long(Box<dyn FnMut() -> Duration + 'a>),
}

impl<'a> Contestant<'a> {
    /// `work` does one piece of it each time.
    pub fn new(name: impl Into<String>, work: impl FnMut() + 'a) -> Self {
        Self {
            name: name.into(),
            work: Work::Short(Box::new(work)),
        }
    }

    /// `work` does as many pieces as it is told, which make a turn much longer than others do, and returns how long they took
    /// together: preparing them need not count.
    pub fn many(name: impl Into<String>, work: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            work: Work::Many(Box::new(work)),
        }
    }

    /// `work` does one piece of it, which takes seconds, and returns how long that took: preparing it and cleaning up
    /// behind it need not count.
    pub fn long(name: impl Into<String>, work: impl FnMut() -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            work: Work::Long(Box::new(work)),
        }
    }

    /// How many pieces make a turn.
    fn pieces(&mut self) -> u32 {
        let (turn, trial) = match self.work {
            _ if !is_full_run() => return 1,
            // The first turn warms caches up, too.
            Work::Short(_) => (TURN, 16),
            Work::Many(_) => (LONG_TURN, 1024),
            Work::Long(_) => return 1,
        };
        // Saturates where a piece takes no time.
        ((turn.as_secs_f64() * 1e9 / self.take_turn(trial)) as u32).max(1)
    }

    /// Time that one of `pieces` pieces of work takes, in nanoseconds.
    fn take_turn(&mut self, pieces: u32) -> f64 {
        match &mut self.work {
            Work::Short(work) => {
                let start = Instant::now();
                for _ in 0..pieces {
                    work();
                }
                start.elapsed().as_secs_f64() * 1e9 / f64::from(pieces)
            }
            Work::Many(work) => work(pieces).as_secs_f64() * 1e9 / f64::from(pieces),
            Work::Long(work) => work().as_secs_f64() * 1e9,
        }
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

/// Lets the contestants take `turns` turns each and prints a table of how long a piece of work takes them, with the
/// ratio of each one's median to that of the first.
///
/// Says nothing about speed unless this is a full run.
pub fn compare(title: &str, turns: usize, contestants: Vec<Contestant<'_>>) {
    let all = take_turns(turns, contestants);
    println!(
        "\n### {title}\n\n| | median | lower quartile | least | ratio to the first |\n|---|--:|--:|--:|--:|"
    );
    for times in &all {
        println!(
            "| {} | {} | {} | {} | {:.2} |",
            times.name,
            Time(times.median()),
            Time(times.lower_quartile()),
            Time(times.least()),
            times.median() / all[0].median(),
        );
    }
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
        let (mut one, mut another, mut other) = (0, 0, 0);
        let contestants = vec![
            Contestant::new("one", || one += 1),
            Contestant::many("another", |pieces| {
                another += pieces;
                Duration::from_nanos(10) * pieces
            }),
            Contestant::long("other", || {
                other += 1;
                Duration::from_secs(2)
            }),
        ];
        compare("test", 5, contestants);
        assert!(one > 0 && another > 0 && other > 0);
    }

    #[test]
    fn long_work_tells_how_long_it_took() {
        let contestant = Contestant::long("work", || Duration::from_secs(2));
        let times = take_turns(1, vec![contestant]).remove(0);
        assert_eq!(
            (times.name.as_str(), times.median(), times.least()),
            ("work", 2e9, 2e9)
        );
    }

    #[test]
    fn times_are_shown_with_few_digits() {
        assert_eq!(Time(812.4).to_string(), "812 ns");
        assert_eq!(Time(23_456.0).to_string(), "23.5 µs");
        assert_eq!(Time(12_345_678.0).to_string(), "12.3 ms");
        assert_eq!(Time(12_345_678_901.0).to_string(), "12.35 s");
    }
}
