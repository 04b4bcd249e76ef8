//! Measures lookups of a million keys from a cold file of 4 GB: by `massmap get --keys-from`, by a loop over batches of `UringFile`, and by a
//! process for each key.
//!
//! ```text
//! cargo build --release -p massmap-cli
//! cargo run --release --manifest-path benches/command-line/Cargo.toml -- --program target/release/massmap --directory /var/tmp
//! ```
//!
//! The file is built in the directory, which should be on the drive to measure, and removed at the end unless `--keep` is given. Before
//! each turn, the system is told to forget the file. Contestants take turns; medians are printed.

mod contestants;
mod data;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;

use crate::contestants::Contestant;
use crate::data::Data;

#[derive(Parser)]
struct Options {
    /// The `massmap` program to measure.
    #[arg(long)]
    program: PathBuf,

    /// Where to build the file.
    #[arg(long)]
    directory: PathBuf,

    /// Bytes of the file, about.
    #[arg(long, default_value_t = 4_000_000_000)]
    bytes: u64,

    /// Number of keys to look up together.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,

    /// Number of keys to look up with a process each.
    #[arg(long, default_value_t = 1_000)]
    processes: u64,

    /// Number of turns.
    #[arg(long, default_value_t = 5)]
    turns: usize,

    /// Leave the file and the keys in the directory, and use those that are there.
    #[arg(long)]
    keep: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(options.turns > 0 && options.keys > 0 && options.processes > 0, "nothing to measure");
    let data = Data::prepare(&options.directory, options.bytes, options.keys, options.keep)?;
    println!(
        "{} entries, {} bytes, {} keys, {} turns",
        data.entries(),
        data.length()?,
        options.keys,
        options.turns
    );
    let mut times = Contestant::ALL.map(|_| Vec::new());
    for turn in 0..options.turns {
        for (contestant, times) in Contestant::ALL.into_iter().zip(&mut times) {
            let count = match contestant {
                Contestant::Processes => options.processes,
                _ => options.keys,
            };
            data.forget()?;
            let time = contestant
                .run(&options.program, &data, count)
                .with_context(|| contestant.name())?;
            println!("{turn} {:<28} {}", contestant.name(), rate(count, time));
            times.push(time.div_f64(count as f64 / 1e6));
        }
    }
    println!("medians:");
    for (contestant, times) in Contestant::ALL.into_iter().zip(&mut times) {
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!("  {:<28} {}", contestant.name(), rate(1_000_000, median));
    }
    Ok(())
}

/// A rate, for people.
fn rate(count: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64();
    format!("{:>10.0} keys/s ({seconds:.3} s for {count} keys)", count as f64 / seconds)
}
