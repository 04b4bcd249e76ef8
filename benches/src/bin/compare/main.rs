//! Compares massmap with other stores: the same data and the same queries in the same order, each store with its best settings
//! and in a process of its own. The stores take turns over several rounds, and the limits of the machine are measured too.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --bin compare -- --quick                # a few minutes
//! cargo run --release --manifest-path benches/Cargo.toml --bin compare                           # an hour or so
//! cargo run --release --manifest-path benches/Cargo.toml --features rocksdb --bin compare        # with RocksDB, which takes long to compile
//! cargo run --release --manifest-path benches/Cargo.toml --bin compare -- --file pairs.tsv --data integers --stores v2-mapped,lmdb
//! ```
//!
//! Prints tables to the terminal, and writes `RESULTS.md`, plots and `results.json` to `comparison` in the target directory. With
//! `--publish`, also updates those of the repository. The files of all stores with one data set are on disk at the same time:
//! 20 GB at full scale.

mod data;
mod measure;
mod options;
mod report;
mod results;
mod run;
mod stores;
mod system;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use massmap_benches::data_directory;

use crate::options::{CommandLine, Output, Subcommands};
use crate::results::Results;
use crate::run::directory::RunDirectory;

fn main() -> anyhow::Result<()> {
    let CommandLine { command, options } = CommandLine::parse();
    match command {
        Some(Subcommands::Worker { parent, task }) => Ok(measure::worker::work(parent, &task)?),
        Some(Subcommands::Render {
            results: path,
            output,
        }) => {
            let named = || path.display().to_string();
            let results = fs::read_to_string(&path).with_context(named)?;
            let results = report::from_json(&results).with_context(named)?;
            show(&results, &output)
        }
        None => {
            // Checked before a run of an hour.
            let output = output_directory(&options.output)?;
            if options.output.publish {
                options.check_published().map_err(anyhow::Error::msg)?;
                anyhow::ensure!(
                    !system::machine::has_changes(),
                    "--publish needs committed sources: there are uncommitted changes"
                );
            }
            let parent = match &options.directory {
                Some(parent) => parent.clone(),
                None => data_directory()?,
            };
            let directory = RunDirectory::create(&parent).with_context(|| parent.display().to_string())?;
            let keep = |results: &Results| write(results, &output);
            let results = run::run(&options, directory.path(), &keep);
            let removed = directory.remove();
            let results = results?;
            show(&results, &options.output)?;
            removed?;
            // Partial results are useful, but must not pass for complete ones.
            anyhow::ensure!(
                results.failures().next().is_none(),
                "not everything was measured: omissions are listed below the tables"
            );
            Ok(())
        }
    }
}

/// Writes files first, then prints. A failure of one does not stop the others.
fn show(results: &Results, output: &Output) -> anyhow::Result<()> {
    let directory = output_directory(output);
    let written = directory.and_then(|directory| {
        write(results, &directory)?;
        Ok(directory)
    });
    let published = if output.publish { publish(results) } else { Ok(()) };
    report::print(results)?;
    // stderr may be closed.
    _ = writeln!(io::stderr(), "written to {}", written?.display());
    published
}

fn write(results: &Results, directory: &Path) -> anyhow::Result<()> {
    report::write(results, directory).with_context(|| directory.display().to_string())
}

fn publish(results: &Results) -> anyhow::Result<()> {
    check_complete(results)?;
    Ok(report::publish(
        results,
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
    )?)
}

/// Checks that results are complete and from committed sources, as published ones must be.
fn check_complete(results: &Results) -> anyhow::Result<()> {
    anyhow::ensure!(
        results.is_complete && results.failures().next().is_none(),
        "not published, since not everything was measured"
    );
    anyhow::ensure!(
        !results.growth.is_empty(),
        "not published, since growth was not measured"
    );
    let revision = results.revision.as_deref().unwrap_or_default();
    anyhow::ensure!(
        !revision.ends_with("-dirty"),
        "not published, since the sources of {revision} are not committed"
    );
    Ok(())
}

/// The directory for reports. Creates it if needed.
fn output_directory(output: &Output) -> anyhow::Result<PathBuf> {
    let directory = match &output.output {
        Some(directory) => directory.clone(),
        None => data_directory()?.join("../comparison"),
    };
    fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::results::Failure;

    #[test]
    fn incomplete_results_are_not_published() {
        check_complete(&sample::results()).unwrap();
        let refused = |message: &str, change: &dyn Fn(&mut Results)| {
            let mut results = sample::results();
            change(&mut results);
            let error = check_complete(&results).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        };
        refused("not everything", &|results| results.is_complete = false);
        refused("not everything", &|results| {
            let (title, error) = ("redb".to_owned(), "no".to_owned());
            results.data[0].failures.push(Failure { title, error });
        });
        refused("growth", &|results| results.growth.clear());
        refused("abc-dirty", &|results| {
            results.revision = Some("abc-dirty".to_owned());
        });
    }
}
