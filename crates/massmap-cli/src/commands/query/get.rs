//! `massmap get`: prints the values of keys.

mod given;
mod listed;

use std::path::PathBuf;

use anyhow::Context;
use massmap_data::Location;
use massmap_data::keys::KeyNotation;

use super::missing::MissingArgs;
use super::stats::Stats;
use crate::map;
use crate::map::source::Source;
use crate::options::keys::KeyFileArgs;
use crate::options::parse;
use crate::options::rows::RowFormat;
use crate::options::usage::UsageError;

/// Look up keys and print their values
///
/// Prints the value of each key as JSON, one per line, in the order of the keys. A key that is missing or cannot be looked up
/// gets a line on stderr instead, and the exit code is 1. Floats that are not finite, which JSON does not have, are printed
/// as the strings "NaN", "-NaN", "inf" and "-inf".
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print [key, value] instead of each value, or of {"key": …, "value": …} for keys from a file
    #[arg(long)]
    with_keys: bool,

    /// Print the value of each key from a file alone
    #[arg(long, conflicts_with = "with_keys", requires = "keys_from")]
    values_only: bool,

    /// Write to this file, which appears when all keys were looked up, instead of standard output; as gzip or zstd if its name ends in
    /// .gz or .zst [default: -]
    #[arg(short, long, value_name = "FILE", value_parser = parse::rows_output(), requires = "keys_from")]
    output: Option<PathBuf>,

    /// Format of the output [default: from its name, such as FILE.csv or FILE.ndjson.gz; otherwise ndjson]
    #[arg(long, value_enum, requires = "keys_from")]
    format: Option<RowFormat>,

    #[command(flatten)]
    missing: MissingArgs,

    /// Print to stderr how many reads or requests, and how many bytes, opening the file and the lookups took
    #[arg(long)]
    stats: bool,

    /// How keys are written [default: text for strings, characters, numbers and booleans; base64 for bytes; json for all others]
    #[arg(long, value_name = "NOTATION", value_enum)]
    key_format: Option<KeyNotation>,

    #[command(flatten)]
    file: KeyFileArgs,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,

    /// Keys to look up
    ///
    /// Options go before the first key. Put -- before a first key that is the name of an option.
    // A key may begin with a hyphen: -1, for example.
    #[arg(
        value_name = "KEY",
        required_unless_present = "keys_from",
        allow_hyphen_values = true
    )]
    keys: Vec<String>,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened, or its key type or hash function is unknown. Fails, with the
/// other values printed, if a key is missing or cannot be looked up.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let settings = args.file.settings("get")?;
    check(args, settings.is_some())?;
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
