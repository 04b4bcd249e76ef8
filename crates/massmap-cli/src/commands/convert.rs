//! `massmap convert`: JSON into a massmap file.

use std::path::PathBuf;

use massmap::MassMapBuilder;

use crate::input::json::convert;
use crate::output::console;
use crate::types::encoded_json::Encoded;
use crate::{commands, options};

/// Convert a JSON file into a massmap file of format 1, as massmap 0.1.5 does
///
/// For everything but exact compatibility, use build.
///
/// The input is an object, or an array whose elements are [key, value] pairs or objects {"key": …, "value": …}. Keys are
/// strings, values anything. Entries of an array keep their order, and may repeat keys: lookups return the first value.
/// Prints header and metadata of the new file as JSON.
///
/// The output appears complete or not at all, and may be the input.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON file to convert
    #[arg(short, long, value_name = "FILE")]
    input: PathBuf,

    /// massmap file to create or replace
    #[arg(short, long, value_name = "FILE", value_parser = options::output())]
    output: PathBuf,

    /// How long an entry of the input may be [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = options::record_size)]
    max_record: Option<u64>,

    /// Seed of the hash function
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    hash_seed: u64,

    /// Number of buckets; a lookup reads one, and each takes two or three bytes of memory in whoever opens the file
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = commands::DEFAULT_BUCKET_COUNT,
        value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)),
    )]
    bucket_count: u64,

    /// How many bytes to collect before they are written
    #[arg(long, value_name = "BYTES", default_value_t = commands::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with the output as it was before, if the input is not what it should be, no map can be built from it, or the
/// output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let output = commands::create(&args.output)?;
    let entries = convert::read_entries(&args.input, args.max_record)?;
    let info = MassMapBuilder::default()
        .with_hash_seed(args.hash_seed)
        .with_bucket_count(args.bucket_count)
        .with_writer_buffer_size(args.buffer_size)
        .with_spill_dir(output.directory())
        .with_value_type_name(Encoded::type_name())
        .build(&output, entries.iter())
        .and_then(|info| output.commit().map(|()| info))
        .map_err(|error| commands::cannot_write(error, &args.output))?;
    console::print(&console::json(&info)?)
}
