//! `massmap convert`: from JSON to a massmap file of format 1, as massmap 0.1.5 does.

use std::path::PathBuf;

use massmap::MassMapBuilder;
use massmap_data::{EncodedJson, read_json_entries};

use super::output_file::{OutputArgs, OutputFile};
use crate::options::{self, parse};
use crate::output::console;

/// Convert a JSON file to a massmap file of format 1, as massmap 0.1.5 does
///
/// Unless you need exact compatibility, use build.
///
/// The input is an object, or an array whose elements are [key, value] pairs or objects {"key": …, "value": …}. Keys are
/// strings; values can be anything. Entries of an array keep their order and may repeat keys: lookups return the first value.
/// Prints header and metadata of the new file as JSON.
///
/// The output file appears complete or not at all, and may be the input.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON file to convert
    #[arg(short, long, value_name = "FILE")]
    input: PathBuf,

    #[command(flatten)]
    output: OutputArgs,

    /// Size limit of an entry of the input [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse::record_size)]
    max_record: Option<u64>,

    /// Seed of the hash function
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    hash_seed: u64,

    /// Number of buckets; a lookup reads one, and an open file takes two or three bytes of memory for each
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = options::DEFAULT_BUCKET_COUNT,
        value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)),
    )]
    bucket_count: u64,

    /// Number of bytes to collect before each write
    #[arg(long, value_name = "BYTES", default_value_t = options::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, leaving the output unchanged, if the input is invalid, no map can be built from it, or the output cannot be
/// written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let output = args.output.create()?;
    let entries = read_json_entries(&args.input, args.max_record)?;
    let builder = MassMapBuilder::default()
        .with_hash_seed(args.hash_seed)
        .with_bucket_count(args.bucket_count)
        .with_writer_buffer_size(args.buffer_size)
        .with_value_type_name(EncodedJson::type_name());
    let info = match output {
        OutputFile::File(file) => builder
            .with_spill_dir(file.directory())
            .build(&*file, entries.iter())
            .and_then(|info| file.commit().map(|()| info)),
        #[cfg(feature = "object-store")]
        OutputFile::Object(object) => object.publish(|writer| builder.build(writer, entries.iter())),
    };
    let info = info.map_err(|error| args.output.write_error(error))?;
    console::print(&console::json(&info)?)
}
