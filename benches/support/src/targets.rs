//! Targets for times, and whether they are met.

use crate::rounds::{Time, Times};

/// A required ratio of the times of two contestants.
#[derive(Debug, Clone)]
pub struct Target {
    /// The contestant that the target is about.
    pub subject: String,
    /// The contestant that it is compared with.
    pub yardstick: String,
    /// The required ratio.
    pub limit: Limit,
}

/// A bound for a ratio.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// The subject takes at most this many times as long.
    AtMost(f64),
    /// The subject is at least this many times as fast.
    Faster(f64),
}

impl Target {
    /// `subject` takes at most `limit` times as long as `yardstick`.
    pub fn at_most(subject: impl Into<String>, yardstick: impl Into<String>, limit: f64) -> Self {
        Self {
            subject: subject.into(),
            yardstick: yardstick.into(),
            limit: Limit::AtMost(limit),
        }
    }

    /// `subject` is at least `limit` times as fast as `yardstick`.
    pub fn faster(subject: impl Into<String>, yardstick: impl Into<String>, limit: f64) -> Self {
        Self {
            limit: Limit::Faster(limit),
            ..Self::at_most(subject, yardstick, limit)
        }
    }

    /// A table row: the ratio of the two times, the limit, and whether it is met.
    #[must_use]
    pub fn row(&self, subject: f64, yardstick: f64) -> String {
        let Self {
            subject: name,
            yardstick: other,
            limit,
        } = self;
        let verdict = |met: bool| if met { "met" } else { "**missed**" };
        match *limit {
            Limit::AtMost(limit) => {
                let ratio = subject / yardstick;
                let verdict = verdict(ratio <= limit);
                format!("| {name}: time / time of {other} | {ratio:.2} | at most {limit:.2} | {verdict} |")
            }
            Limit::Faster(limit) => {
                let ratio = yardstick / subject;
                let verdict = verdict(ratio >= limit);
                format!("| {name}: times as fast as {other} | {ratio:.2} | at least {limit:.2} | {verdict} |")
            }
        }
    }
}

/// Prints a table of times, with their ratios to each of the `yardsticks`, and a table of the targets.
///
/// # Panics
///
/// If a yardstick or a target names an unknown contestant.
pub fn report(title: &str, all: &[Times], yardsticks: &[&str], targets: &[Target]) {
    let median = |name: &str| {
        let times = all.iter().find(|times| times.name == name);
        times
            .unwrap_or_else(|| panic!("there is no contestant {name}"))
            .median()
    };
    print!("\n### {title}\n\n| | median | lower quartile | least |");
    yardsticks.iter().for_each(|name| print!(" / {name} |"));
    println!("\n|---|--:|--:|--:|{}", "--:|".repeat(yardsticks.len()));
    for times in all {
        print!(
            "| {} | {} | {} | {} |",
            times.name,
            Time(times.median()),
            Time(times.lower_quartile()),
            Time(times.least()),
        );
        for name in yardsticks {
            print!(" {:.2} |", times.median() / median(name));
        }
        println!();
    }
    if !targets.is_empty() {
        println!("\n| target | ratio | limit | |\n|---|--:|--:|---|");
        for target in targets {
            println!(
                "{}",
                target.row(median(&target.subject), median(&target.yardstick))
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_met_up_to_their_limit() {
        let row = |target: Target| target.row(150.0, 100.0);
        assert!(row(Target::at_most("one", "other", 1.5)).contains("| 1.50 | at most 1.50 | met |"));
        assert!(row(Target::at_most("one", "other", 1.4)).contains("missed"));
        assert!(row(Target::faster("one", "other", 0.66)).contains("| 0.67 | at least 0.66 | met |"));
        assert!(row(Target::faster("one", "other", 0.7)).contains("missed"));
    }
}
