//! Measures lookups over HTTP, where the first byte of every answer takes 20 ms, by massmap and by others on the same server, and
//! lookups on this machine through the same interface.
//!
//! ```text
//! cargo run --release --manifest-path benches/remote/Cargo.toml               # minutes; prints everything
//! cargo run --release --manifest-path benches/remote/Cargo.toml -- --quick    # seconds: checks answers and numbers of requests
//! cargo run --release --manifest-path benches/remote/Cargo.toml -- hedging    # only parts whose title has this word
//! ```
//!
//! With `--publish`, a run of everything writes `benches/REMOTE.md`. The server is within the process and listens on loopback. Answers and
//! numbers of requests are checked: what does not hold ends the run. Times are compared with targets, and nothing else happens.

mod context;
mod data;
mod machine;
mod options;
mod parts;
mod report;
mod server;
mod statistics;
mod worker;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Parser;

use crate::context::Context;
use crate::options::{CommandLine, Job, Scale};
use crate::parts::ALL;
use crate::report::Report;

fn main() -> anyhow::Result<()> {
    let command_line = CommandLine::parse();
    if let Some(Job::Lookups { route, count }) = command_line.job {
        return worker::look_up(route, count);
    }
    let scale = match command_line.quick {
        true => Scale::QUICK,
        false => Scale::FULL,
    };
    let is_wanted = |title: &str| {
        let words = &command_line.words;
        words.is_empty() || words.iter().any(|word| title.contains(&word[..]))
    };
    ensure!(
        !command_line.publish || (command_line.words.is_empty() && !command_line.quick),
        "--publish needs a run of everything"
    );
    ensure!(
        ALL.iter().any(|(title, _)| is_wanted(title)),
        "no part has such a title: {}",
        ALL.map(|(title, _)| title).join(", ")
    );
    let (started, begun) = (machine::Moment::now(), Instant::now());
    let context = Context::new(scale)?;
    let mut report = Report::default();
    for (title, measure) in ALL.into_iter().filter(|(title, _)| is_wanted(title)) {
        let section = measure(&context).with_context(|| title.to_owned())?;
        report.add(title, section);
    }
    let text = report.render(&machine::Run {
        started,
        ended: machine::Moment::now(),
        took: begun.elapsed(),
    });
    print!("{text}");
    if command_line.publish {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../REMOTE.md");
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
