//! `massmap bench`: measures lookups of a file on the user's machine.

mod keys;
mod maps;
mod missing;
mod report;
mod subject;
mod turn;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::output::console;
use crate::output::progress::Progress;
use keys::Budget;
use maps::Maps;
use massmap_data::Location;
use report::Report;
use subject::{Samples, subjects};
use turn::measure;

/// The most keys that are sampled, unless told otherwise.
const KEYS: u32 = 50_000;

/// Shares of the time: for sampling keys, and for finding missing ones.
const SAMPLING: f64 = 0.15;
const MISSING: f64 = 0.05;

/// Measure lookups in a massmap file on this machine, beside bare reads
///
/// Samples keys of the file, then takes short turns at: bare reads of the pages in which these keys lie, lookups of the keys, lookups of
/// keys that the map does not have, and lookups in batches, each through the page cache and past it (O_DIRECT, with io_uring for
/// batches), where the system has these. Shows the median and the 99th percentile of the times, how many there are a second, and how the
/// time compares with a bare read. What "cached" says is true only if memory has room for the pages.
///
/// Lookups know the type of the keys from the file alone, and values are not decoded: programs with types of their own take a little
/// less, or more, for large values. Lookups in mapped memory, which are faster, are not measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// About how long to measure, in seconds, from 0.1 to 3600
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: Duration,

    /// How many threads look up keys at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,

    /// The most keys to sample: fewer lie in fewer pages, of which the processor's caches hold more
    #[arg(long, value_name = "COUNT", default_value_t = KEYS, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    keys: u32,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,

    /// massmap file: a path
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Parses the time to measure.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.1..=3600.0).contains(seconds));
    let seconds = seconds.ok_or("not a number from 0.1 to 3600")?;
    Ok(Duration::from_secs_f64(seconds))
}

/// Runs the command.
///
/// # Errors
///
/// Fails if the file is no map of this machine, has no entries, or has keys that cannot be looked up, and if a lookup fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let report = match args.input.path() {
        Some(path) => bench(args, path),
        None => Err(anyhow::anyhow!(
            "only files of this machine can be measured; copy the object, or see massmap get --stats"
        )),
    };
    let report = report.with_context(|| args.input.to_string())?;
    console::print(&match args.json {
        true => console::json(&report)?,
        false => report.text(&args.input),
    })
}

fn bench(args: &Args, path: &Path) -> anyhow::Result<Report> {
    let begin = Instant::now();
    let progress = Progress::new();
    progress.show_text(|| "Sampling keys".to_owned());
    let maps = Maps::open(path)?;
    let map = &maps.cached;
    if map.is_empty() {
        bail!("the map has no entries: there is nothing to look up");
    }
    map.check_lookups().context("keys cannot be looked up")?;
    let budget = |share| Budget::new(args.seconds.mul_f64(share));
    let keys = keys::sample(map, args.keys, budget(SAMPLING)).context("cannot sample keys")?;
    progress.show_text(|| "Looking for keys that are missing".to_owned());
    let missing = missing::keys(map, &keys, budget(MISSING)).context("cannot look for missing keys")?;
    let samples = Samples { keys, missing };
    let subjects = subjects(&maps, &samples).context("cannot measure lookups")?;
    // Most files need little of the time for their keys. Some of it is for measuring in any case.
    let least = args.seconds.mul_f64(1.0 - SAMPLING - MISSING) / 2;
    let left = args.seconds.saturating_sub(begin.elapsed()).max(least);
    let measured =
        measure(subjects, args.threads.into(), left, &progress).context("cannot measure lookups")?;
    Ok(Report::new(&maps, &samples, args.threads, &measured))
}
