//! `massmap get`: prints the values of keys.

mod args;
mod given;
mod listed;

pub(crate) use args::Args;

use super::stats::Stats;
use crate::map;
use crate::map::source::Source;
use crate::options::usage::UsageError;
use anyhow::Context;

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened, or its key type or hash function is unknown. Fails, with the
/// other values printed, if a key is missing or cannot be looked up.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut settings = args.file.settings("get")?;
    if let Some(settings) = &mut settings {
        // Such rows are left out with those whose key is missing.
        settings.allows_null = args.missing.skips();
    }
    check(args, settings.is_some())?;
    args.missing.check(args.output.as_deref(), "get")?;
    let source = match settings {
        None => Source::open(&args.input),
        Some(_) => Source::open_for_batches(&args.input),
    };
    let open = |source: Source| {
        let traffic = source.traffic();
        let map = map::open_untyped(source)?;
        let parser = map::key_parser(&map, args.key_format)?;
        Ok((map, parser, traffic))
    };
    let (map, parser, traffic) = source.and_then(open).with_context(|| args.input.to_string())?;
    let stats = args.stats.then(|| Stats::new(traffic));
    let result = match &settings {
        None => given::run(args, &map, &parser),
        Some(settings) => listed::run(args, settings, &map, &parser),
    };
    if let Some(stats) = stats {
        stats.report();
    }
    result
}

/// Checks what clap does not check. `has_file` is whether keys are in a file.
fn check(args: &Args, has_file: bool) -> Result<(), UsageError> {
    let message = match (has_file, args.keys.is_empty()) {
        (true, false) => "--keys-from cannot be used with keys on the command line",
        (false, _) if args.missing.has_file() => "--missing-to is for keys in a file: give --keys-from",
        _ => return Ok(()),
    };
    Err(UsageError {
        command: "get",
        message: message.to_owned(),
    })
}
