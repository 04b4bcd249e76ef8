//! Rounds, and the tables of what they gave.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use massmap_benches::{Limit, Target, Time};

use crate::files::Files;
use crate::{candidates, fio};

/// Reads in flight, and keys of a short batch.
pub(crate) const DEPTH: usize = 128;

/// Prints how long lookups take that have to go to the disk.
#[derive(Parser)]
pub(crate) struct Options {
    /// Size of each file, in GB
    #[arg(long, default_value_t = 4.0)]
    pub(crate) gigabytes: f64,
    /// Length of the values, in bytes
    #[arg(long, default_value_t = 100)]
    pub(crate) value_length: usize,
    /// How often all candidates take their turns
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Length of a turn
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Leaves the files for another run
    #[arg(long)]
    keep: bool,
    /// For the files [default: that of the benches, in the target directory]
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
}

/// What a turn of a candidate gave, or the medians of several turns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reads {
    /// Of single reads, in nanoseconds; `None` for batches.
    pub(crate) latency: Option<Latency>,
    /// How many a second.
    pub(crate) rate: f64,
}

/// In nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// Does all of it.
pub(crate) fn run() -> io::Result<()> {
    let options = Options::parse();
    let files = Files::prepare(&options)?;
    let result = measure(&options, &files);
    if !options.keep {
        files.remove()?;
    }
    result
}

fn measure(options: &Options, files: &Files) -> io::Result<()> {
    let turn = Duration::from_secs_f64(options.seconds);
    let mut candidates = candidates::all(files)?;
    let mut turns = vec![Vec::new(); candidates.len()];
    for round in 0..options.rounds.max(1) {
        eprintln!("round {} of {}", round + 1, options.rounds.max(1));
        for (candidate, turns) in candidates.iter_mut().zip(&mut turns) {
            turns.push(candidate.read(turn)?);
        }
    }
    let medians: Vec<(&str, Reads)> = candidates
        .iter()
        .zip(turns)
        .map(|(candidate, turns)| (candidate.name(), medians(&turns)))
        .collect();

    println!(
        "\n### {} entries with values of {} bytes, on disk\n",
        files.entries, options.value_length
    );
    println!("| | mean | median | 99th percentile | reads/s |\n|---|--:|--:|--:|--:|");
    for (name, reads) in &medians {
        let latency = reads.latency.map_or_else(
            || " | | ".to_owned(),
            |latency| {
                [latency.mean, latency.median, latency.p99]
                    .map(|time| Time(time).to_string())
                    .join(" | ")
            },
        );
        println!("| {name} | {latency} | {:.0} |", reads.rate);
    }
    print_targets(&medians);
    Ok(())
}

/// Field by field.
fn medians(turns: &[Reads]) -> Reads {
    let median = |field: &dyn Fn(&Reads) -> Option<f64>| {
        let mut values: Vec<f64> = turns.iter().filter_map(field).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let latency = |field: fn(Latency) -> f64| median(&|reads| reads.latency.map(field));
    Reads {
        latency: latency(|latency| latency.mean).map(|mean| Latency {
            mean,
            median: latency(|latency| latency.median).unwrap_or(mean),
            p99: latency(|latency| latency.p99).unwrap_or(mean),
        }),
        rate: median(&|reads| Some(reads.rate)).unwrap_or(0.0),
    }
}

fn print_targets(medians: &[(&str, Reads)]) {
    println!("\n| target | is | shall be | |\n|---|--:|--:|---|");
    let of = |name: &str| {
        medians
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, reads)| *reads)
    };
    let print = |what: &str, subject: &str, yardstick: &str, limit: Limit, time: fn(Reads) -> f64| {
        let target = Target {
            subject: format!("{subject}, {what}"),
            yardstick: yardstick.to_owned(),
            limit,
        };
        match (of(subject), of(yardstick)) {
            (Some(subject), Some(other)) => println!("{}", target.row(time(subject), time(other))),
            _ => println!("| {}: {yardstick} is missing | | | |", target.subject),
        }
    };
    let single = (candidates::SINGLE, fio::SINGLE, Limit::AtMost(1.1));
    let mean = |reads: Reads| reads.latency.map_or(f64::NAN, |latency| latency.mean);
    let median = |reads: Reads| reads.latency.map_or(f64::NAN, |latency| latency.median);
    print("mean", single.0, single.1, single.2, mean);
    print("median", single.0, single.1, single.2, median);
    // The time of a read where many are in flight.
    let time = |reads: Reads| 1e9 / reads.rate;
    print("reads/s", candidates::BATCH, fio::DEEP, Limit::Faster(0.9), time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_taken_of_each_field() {
        let turn = |mean, rate| Reads {
            latency: Some(Latency {
                mean,
                median: 10.0 - mean,
                p99: 7.0,
            }),
            rate,
        };
        let reads = medians(&[turn(1.0, 30.0), turn(3.0, 10.0), turn(2.0, 20.0)]);
        let latency = reads.latency.unwrap();
        assert_eq!(
            (latency.mean, latency.median, latency.p99, reads.rate),
            (2.0, 8.0, 7.0, 20.0)
        );
    }
}
