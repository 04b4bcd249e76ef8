//! Compares massmap with other stores: the same data, the same queries in the same order, each store at its best settings and
//! in a process of its own, in turn, several rounds, with the limits of the machine beside them.
//!
//! ```text
//! cargo run --release -p massmap-benches --bin compare -- --quick                # a few minutes
//! cargo run --release -p massmap-benches --bin compare                           # an hour or so
//! cargo run --release -p massmap-benches --features rocksdb --bin compare        # with RocksDB, which takes long to compile
//! cargo run --release -p massmap-benches --bin compare -- --file pairs.tsv --data integers --stores v2-mapped,lmdb
//! ```
//!
//! Tables go to the terminal, `RESULTS.md`, plots and `results.json` to `comparison` in the target directory. With `--publish`
//! they go where the repository has them, too. The files of all stores with one data set are on disk at the same time: 20 GB
//! at full scale.

mod data;
mod field;
mod fio;
mod keys;
mod machine;
mod measure;
mod options;
mod protocol;
mod report;
mod results;
mod run;
mod store;
mod stores;
mod system;

use std::fs;
use std::io;
use std::path::Path;

use clap::Parser;
use massmap_benches::data_directory;

use crate::options::{CommandLine, Output, Subcommands};
use crate::results::Results;

fn main() -> anyhow::Result<()> {
    let CommandLine { command, options } = CommandLine::parse();
    match command {
        Some(Subcommands::Worker { task }) => Ok(measure::work(&task)?),
        Some(Subcommands::Render { results, output }) => {
            let results = report::from_json(&fs::read_to_string(results)?)?;
            Ok(show(&results, &output)?)
        }
        None => {
            let directory = match &options.directory {
                Some(directory) => directory.clone(),
                None => data_directory()?,
            };
            // Of this run alone, so that another one at the same time does no harm.
            let directory = directory.join(format!("compare-{}", std::process::id()));
            fs::create_dir_all(&directory)?;
            let results = run::run(&options, &directory);
            let removed = fs::remove_dir_all(&directory);
            show(&results?, &options.output)?;
            Ok(removed?)
        }
    }
}

fn show(results: &Results, output: &Output) -> io::Result<()> {
    report::print(results)?;
    let directory = match &output.output {
        Some(directory) => directory.clone(),
        None => data_directory()?.join("../comparison"),
    };
    report::write(results, &directory)?;
    eprintln!("written to {}", directory.display());
    if output.publish {
        report::publish(results, &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?;
    }
    Ok(())
}
