//! `massmap build`: JSON into a massmap file of either format.

use std::path::PathBuf;

use anyhow::Context;
use massmap::{AtomicFile, KnownHashLoader, MassMapBuilder};

use crate::describe::describe;
use crate::input::{self, ObjectEntries};
use crate::options::{self, Duplicates, Format, HashName};
use crate::{cmd, console, hash};

/// Build a massmap file from a JSON file
///
/// The input is an object, or an array whose elements are [key, value] pairs or objects {"key": …, "value": …}. Keys are
/// strings, values anything. Prints what info shows of the new file.
///
/// The output appears complete or not at all, and may be the input. The same input and options give the same bytes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON file to read
    #[arg(short, long, value_name = "FILE")]
    input: PathBuf,

    /// massmap file to create or replace
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Format of the file
    #[arg(long, value_enum, default_value_t = Format::V2)]
    format: Format,

    /// Hash function [default: xxh3 for format v2, foldhash for format v1]
    #[arg(long, value_enum)]
    hash: Option<HashName>,

    /// Seed of the hash function
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    hash_seed: u64,

    /// What to do with entries whose keys are equal
    #[arg(long, value_enum, default_value_t = Duplicates::Error)]
    duplicate_keys: Duplicates,

    /// Size of a page, which is what a lookup reads: a power of two from 512 to 1048576 (v2 only) [default: 4096]
    #[arg(long, value_name = "BYTES", value_parser = options::page_size)]
    page_size: Option<u32>,

    /// Let most lookups of missing keys do without a read, for 9 bits a key in file and memory (v2 only)
    #[arg(long)]
    miss_filter: bool,

    /// Note something about the map in the file; may be given several times (v2 only)
    #[arg(long, value_name = "NAME=VALUE", value_parser = options::note)]
    user_metadata: Vec<(String, String)>,

    /// Number of buckets, of which a lookup reads one (v1 only) [default: 65536]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    bucket_count: Option<u64>,

    /// How many bytes to collect before they are written
    #[arg(long, value_name = "BYTES", default_value_t = cmd::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with the output as it was before, if an option does not go with the format, the input is not what it should be,
/// no map can be built from it, or the output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    check_options(args)?;
    let output = AtomicFile::create(&args.output)?;
    let entries = input::read_entries(&args.input, ObjectEntries::All)?;
    let map = builder(args)
        .build(&output, entries.iter())
        .and_then(|_| hash::open(output.file().try_clone()?))
        .with_context(|| cmd::cannot_write(&args.output))?;
    output.commit()?;
    console::print(&describe(&map)?)
}

fn check_options(args: &Args) -> anyhow::Result<()> {
    match args.format {
        Format::V1 => options::refuse(
            "build",
            Format::V1,
            [
                ("--page-size", args.page_size.is_some()),
                ("--miss-filter", args.miss_filter),
                ("--user-metadata", !args.user_metadata.is_empty()),
            ],
        )?,
        Format::V2 => options::refuse(
            "build",
            Format::V2,
            [("--bucket-count", args.bucket_count.is_some())],
        )?,
    }
    let mut names: Vec<_> = args.user_metadata.iter().map(|(name, _)| name).collect();
    names.sort();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(twice) => Err(options::misuse(
            "build",
            &format!(
                "--user-metadata is given twice for {:?}",
                twice.first().map_or("", |name| name.as_str())
            ),
        )),
        None => Ok(()),
    }
}

fn builder(args: &Args) -> MassMapBuilder<KnownHashLoader> {
    let hash = args.hash.unwrap_or(match args.format {
        Format::V1 => HashName::Foldhash,
        Format::V2 => HashName::Xxh3,
    });
    let mut builder = <MassMapBuilder<KnownHashLoader> as Default>::default()
        .with_format(args.format.into())
        .with_hash_config(hash.config())
        .with_hash_seed(args.hash_seed)
        .with_duplicate_keys(args.duplicate_keys.into())
        .with_bucket_count(args.bucket_count.unwrap_or(cmd::DEFAULT_BUCKET_COUNT))
        .with_miss_filter(args.miss_filter)
        .with_writer_buffer_size(args.buffer_size);
    if let Some(page_size) = args.page_size {
        builder = builder.with_page_size(page_size);
    }
    for (name, value) in &args.user_metadata {
        builder = builder.with_user_metadata(name, value);
    }
    builder
}
