//! `massmap build`: JSON, NDJSON, CSV or TSV into a massmap file of either format.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use massmap::{AtomicFile, KnownHashLoader, MassMapBuilder, MassMapInfo};
use serde::Serialize;

use crate::commands;
use crate::input::{self, EntryTask, Input, InputArgs, InputError};
use crate::options::{self, Duplicates, Format, HashName, Resources};
use crate::output::console;
use crate::output::describe::describe_written;
use crate::output::progress::Progress;
use crate::types::dynamic::FromTyped;
use crate::types::key::Key;

/// Build a massmap file from JSON, NDJSON, CSV or TSV
///
/// Reads entries one after the other, from files or standard input, plain or compressed with gzip or zstd. JSON is one
/// object {key: value, …}, or one array whose elements are [key, value] pairs or objects {"key": …, "value": …}; NDJSON is
/// one such element a line. In CSV and TSV, the first line names the columns, unless --header says otherwise; in CSV, double
/// quotes may enclose a value. --key and --value pick other fields and columns. Prints what info shows of the new file.
///
/// Several tables go together by the names of their columns. Inputs without a record, records that are malformed or too
/// long, and keys that occur twice are errors that say where and which option takes them.
///
/// The output appears complete or not at all, and may be an input. The same input and options give the same bytes.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// massmap file to create or replace
    #[arg(short, long, value_name = "FILE", value_parser = options::output())]
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

    /// How many pages entries may share, which lookups then read together, from 1 to 16: more of them make files with entries
    /// of a quarter page and more smaller (v2 only) [default: 1]
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..=16))]
    longest_run: Option<u32>,

    /// Let most lookups of missing keys do without a read, for 9 bits a key in file and memory (v2 only)
    #[arg(long)]
    miss_filter: bool,

    /// Note something about the map in the file; may be given several times (v2 only)
    #[arg(long, value_name = "NAME=VALUE", value_parser = options::note)]
    user_metadata: Vec<(String, String)>,

    /// Number of buckets, of which a lookup reads one (v1 only) [default: 65536]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    bucket_count: Option<u64>,

    /// Choose the number of buckets so that they have about this size (v1 only)
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = options::bucket_bytes,
        conflicts_with = "bucket_count",
    )]
    target_bucket_bytes: Option<u32>,

    /// Keep only the entries of one of COUNT shards, with an INDEX from 0; merge makes one file of all shards
    #[arg(long, value_name = "INDEX/COUNT", value_parser = options::shard)]
    shard: Option<(u32, u32)>,

    #[command(flatten)]
    resources: Resources,

    /// How many bytes to collect before they are written
    #[arg(long, value_name = "BYTES", default_value_t = commands::DEFAULT_BUFFER_SIZE)]
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
    let output = commands::create(&args.output)?;
    let input = Input::open(&args.input)?;
    let progress = Arc::new(Progress::new(Some(input.meter())));
    let shown = Arc::clone(&progress);
    let builder = builder(args).with_progress(move |step| shown.show(step));
    let built = input.run(Build { builder, output });
    progress.clear();
    let info = built.map_err(|error| {
        if let Some(message) = input_at_fault(&error) {
            anyhow::Error::msg(message)
        } else if let Some(key) = commands::repeated_key(&error) {
            anyhow::Error::msg(input::of_repeated_key(&args.input, key))
        } else {
            commands::cannot_write(error, &args.output)
        }
    })?;
    console::print(&describe_written(&args.output, args.format.into(), &info)?)
}

struct Build {
    builder: MassMapBuilder<KnownHashLoader>,
    output: AtomicFile,
}

impl EntryTask for Build {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Key, V: Serialize + FromTyped>(
        self,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> io::Result<MassMapInfo> {
        self.builder
            .with_value_type_name(V::stored_as())
            .try_build_to_path(self.output, entries)
    }
}

/// What is wrong with the input, if that is what `error` is about, and not the output.
fn input_at_fault(error: &io::Error) -> Option<String> {
    let mut cause = error.get_ref()? as &(dyn Error + 'static);
    loop {
        match cause.downcast_ref::<InputError>() {
            Some(error) => return Some(error.message()),
            None => cause = cause.source()?,
        }
    }
}

fn check_options(args: &Args) -> anyhow::Result<()> {
    args.input.check("build")?;
    match args.format {
        Format::V1 => options::refuse(
            "build",
            Format::V1,
            [
                ("--page-size", args.page_size.is_some()),
                ("--longest-run", args.longest_run.is_some()),
                ("--miss-filter", args.miss_filter),
                ("--user-metadata", !args.user_metadata.is_empty()),
            ],
        )?,
        Format::V2 => options::refuse(
            "build",
            Format::V2,
            [
                ("--bucket-count", args.bucket_count.is_some()),
                ("--target-bucket-bytes", args.target_bucket_bytes.is_some()),
            ],
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
        .with_miss_filter(args.miss_filter)
        .with_writer_buffer_size(args.buffer_size);
    builder = match (args.format, args.target_bucket_bytes) {
        (Format::V2, _) => builder,
        (Format::V1, Some(bytes)) => builder.with_target_bucket_bytes(bytes),
        (Format::V1, None) => {
            builder.with_bucket_count(args.bucket_count.unwrap_or(commands::DEFAULT_BUCKET_COUNT))
        }
    };
    if let Some((index, count)) = args.shard {
        builder = builder.with_shard(index, count);
    }
    if let Some(page_size) = args.page_size {
        builder = builder.with_page_size(page_size);
    }
    if let Some(pages) = args.longest_run {
        builder = builder.with_longest_run(pages);
    }
    for (name, value) in &args.user_metadata {
        builder = builder.with_user_metadata(name, value);
    }
    args.resources.of_builder(builder)
}
