//! What the builds are asked for, and the table of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use massmap_benches::{Contestant, Time, take_turns};

/// Turns that each contestant takes.
const TURNS: usize = 5;

/// What a build gave.
#[derive(Clone, Copy)]
pub(crate) struct Built {
    pub(crate) took: Duration,
    /// Length of the file in bytes.
    pub(crate) length: u64,
}

type Build<'a> = dyn FnMut() -> io::Result<Built> + 'a;

/// Contestants that build the same entries.
pub(crate) struct Contest<'a> {
    title: String,
    entries: u64,
    contestants: Vec<(String, Box<Build<'a>>)>,
    /// Names of contestants that all are compared with.
    baselines: Vec<String>,
}

impl<'a> Contest<'a> {
    pub(crate) fn new(title: String, entries: usize) -> Self {
        Self {
            title,
            entries: entries as u64,
            contestants: Vec::new(),
            baselines: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, build: impl FnMut() -> io::Result<Built> + 'a) {
        self.contestants.push((name.into(), Box::new(build)));
    }

    /// Adds a contestant that is so slow that it builds in the first turn only.
    pub(crate) fn add_slow(
        &mut self,
        name: impl Into<String>,
        mut build: impl FnMut() -> io::Result<Built> + 'a,
    ) {
        let mut built = None;
        self.add(format!("{} (once)", name.into()), move || match built {
            Some(built) => Ok(built),
            None => Ok(*built.insert(build()?)),
        });
    }

    /// Adds a contestant that all are compared with.
    pub(crate) fn add_baseline(
        &mut self,
        name: impl Into<String>,
        build: impl FnMut() -> io::Result<Built> + 'a,
    ) {
        let name = name.into();
        self.baselines.push(name.clone());
        self.add(name, build);
    }

    /// Has all of them build in turns, and prints how long that took.
    pub(crate) fn run(self) {
        let lengths = RefCell::new(BTreeMap::new());
        let contestants = self.contestants.into_iter().map(|(name, mut build)| {
            let lengths = &lengths;
            Contestant::long(name.clone(), move || {
                let built = build().unwrap_or_else(|error| panic!("{name}: {error}"));
                lengths.borrow_mut().insert(name.clone(), built.length);
                built.took
            })
        });
        let all = take_turns(TURNS, contestants.collect());
        let lengths = lengths.into_inner();

        println!("\n### {}, {} entries\n", self.title, self.entries);
        print!("| | median | least | M entries/s | file | MB/s |");
        self.baselines.iter().for_each(|name| print!(" time / {name} |"));
        println!(
            "\n|---|--:|--:|--:|--:|--:|{}",
            "--:|".repeat(self.baselines.len())
        );
        for times in &all {
            let length = lengths.get(&times.name).copied().unwrap_or(0) as f64;
            // Nanoseconds to a million a second.
            let rate = |count: f64| 1e3 * count / times.median();
            print!(
                "| {} | {} | {} | {:.2} | {:.1} MB | {:.0} |",
                times.name,
                Time(times.median()),
                Time(times.least()),
                rate(self.entries as f64),
                length / 1e6,
                rate(length),
            );
            for name in &self.baselines {
                let baseline = all.iter().find(|times| times.name == *name);
                let baseline = baseline.expect("a baseline is a contestant").median();
                print!(" {:.2} |", times.median() / baseline);
            }
            println!();
        }
    }
}
