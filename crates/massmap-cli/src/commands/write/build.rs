//! `massmap build`: from JSON, NDJSON, CSV, TSV, Parquet or Arrow to a massmap file of either format.

use std::error::Error;
use std::hash::Hash;
use std::io;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use massmap::{DuplicateKeys, KnownHashLoader, MassMapBuilder, MassMapInfo};
use massmap_data::{
    EntryNames, EntrySchemas, EntryTask, Input, InputError, InputSettings, Location, duplicate_key_message,
};
use serde::Serialize;

use super::output_file::{self, OutputArgs, OutputFile};
use crate::map::{self, Map};
use crate::options::choices::{Destination, Duplicates, Format, HashName};
use crate::options::compression::CompressionArgs;
use crate::options::input::InputArgs;
use crate::options::resources::Resources;
use crate::options::usage::{UsageError, reject_for_format};
use crate::options::{self, parse};
use crate::output::console;
use crate::output::describe::describe_written;
use crate::output::progress::Progress;

/// Build a massmap file from JSON, NDJSON, CSV, TSV, Parquet or Arrow
///
/// Reads entries in order from files or standard input, plain or compressed with gzip or zstd. JSON is one object {key:
/// value, …}, or one array whose elements are [key, value] pairs or objects {"key": …, "value": …}; NDJSON is one such
/// element per line. In CSV and TSV, the first line names the columns unless --header says otherwise; in CSV, values may be
/// in double quotes. In Parquet and Arrow, keys and values have the types of their columns. --key and --value select other fields
/// and columns. Prints the description of the new file that info shows.
///
/// Several tables are matched by column names. Inputs without records, malformed or overlong records and duplicate keys are
/// errors; the message says where, and which option accepts them.
///
/// The output file appears complete or not at all, and may be an input. The same input and options give the same bytes.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    output: Option<OutputArgs>,

    /// Print what would be built, as JSON, without building it: the types of keys and values, the columns they come from, and the
    /// widths of entries of a fixed width
    #[arg(long, conflicts_with = "output")]
    schema: bool,

    /// Build a map like the one in FILE, a path or a URL: with its format, types, hash function, layout, compression and notes, as far as
    /// no other option is given
    ///
    /// What dump writes of FILE and this builds again is FILE, byte for byte. Keys and values must be of the types of FILE, and in tables
    /// have the columns that dump writes.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["key_type", "value_type", "format", "hash", "hash_seed"],
    )]
    like: Option<Location>,

    /// Format of the file [default: v2]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Hash function [default: xxh3 for format v2, foldhash for format v1]
    #[arg(long, value_enum)]
    hash: Option<HashName>,

    /// Seed of the hash function [default: 0]
    #[arg(long, value_name = "SEED")]
    hash_seed: Option<u64>,

    /// What to do with entries whose keys are equal [default: error]
    #[arg(long, value_enum)]
    duplicate_keys: Option<Duplicates>,

    /// Page size, the amount that a lookup reads: a power of two from 512 to 1048576 (v2 only) [default: 4096, or less for entries shorter than 16 bytes and for small maps]
    #[arg(long, value_name = "BYTES", value_parser = parse::page_size)]
    page_size: Option<u32>,

    /// Choose the page size for the place where the map will be read: larger pages for a store where each request takes a while, whatever
    /// it reads (v2 only) [default: disk]
    #[arg(long = "for", value_name = "PLACE", value_enum, conflicts_with = "page_size")]
    destination: Option<Destination>,

    /// Most consecutive pages that entries may share and a lookup then reads at once, from 1 to 16; more than 1 save space if
    /// entries take a quarter page or more (v2 only) [default: 1]
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..=16))]
    longest_run: Option<u32>,

    /// Answer most lookups of missing keys without a read, for 9 bits per key in file and memory (v2 only)
    #[arg(long)]
    miss_filter: bool,

    #[command(flatten)]
    compression: CompressionArgs,

    /// Store a note about the map in the file; may be given several times (v2 only)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse::name_and_value)]
    user_metadata: Vec<(String, String)>,

    /// Number of buckets; a lookup reads one (v1 only) [default: 65536]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    bucket_count: Option<u64>,

    /// Choose the number of buckets so that they have about this size (v1 only)
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = parse::bucket_bytes,
        conflicts_with = "bucket_count",
    )]
    target_bucket_bytes: Option<u32>,

    /// Keep only the entries of shard INDEX, from 0, of COUNT; merge combines all shards into one file
    #[arg(long, value_name = "INDEX/COUNT", value_parser = parse::shard)]
    shard: Option<(u32, u32)>,

    /// What all shards of this build have in common, 32 hexadecimal digits such as those of a UUID: merge refuses shards of
    /// different builds (v2 only)
    #[arg(long, value_name = "ID", value_parser = parse::build_id)]
    build_id: Option<[u8; 16]>,

    #[command(flatten)]
    resources: Resources,

    /// Number of bytes to collect before each write
    #[arg(long, value_name = "BYTES", default_value_t = options::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, leaving the output unchanged, if an option does not fit the format, the input is invalid, no map can be built from
/// it, or the output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let like = args.like.as_ref().map(Like::open).transpose()?;
    let format = match &like {
        Some(like) => like.format(),
        None => args.format.unwrap_or(Format::V2),
    };
    check_options(args, format)?;
    let mut settings = args.input.settings("build")?;
    if let Some(like) = &like {
        settings.schemas = Some(like.schemas.clone());
        // Nothing is all that may be in the input.
        settings.allow_empty |= like.map.is_empty();
    }
    let Some(output_args) = &args.output else {
        let input = open(args, &settings)?;
        return console::print(&console::json(&input.schema())?);
    };
    let output = output_args.create()?;
    let input = open(args, &settings)?;
    let meter = input.meter();
    let progress = Arc::new(Progress::with_input(move || meter.read()));
    let shown = Arc::clone(&progress);
    let builder = match &like {
        Some(like) => like.builder(),
        None => new_builder(args, format),
    };
    let builder = with_options(builder, args)?.with_progress(move |step| shown.show(step));
    // Those that tell what a key of several columns is.
    let settings = input.settings().clone();
    let built = input.run(Build { builder, output });
    progress.clear();
    let info = built.map_err(|error| {
        if let Some(message) = input_error(&error) {
            match args
                .like
                .as_ref()
                .filter(|_| like.is_some_and(|like| like.tells_no_types()))
            {
                Some(location) => anyhow!(
                    "{message}; {location} has no entries, and so it does not tell what others would be"
                ),
                None => anyhow::Error::msg(message),
            }
        } else if let Some(key) = output_file::duplicate_key(&error) {
            anyhow::Error::msg(duplicate_key_message(&settings, key, Duplicates::ADVICE))
        } else {
            output_args.write_error(error)
        }
    })?;
    console::print(&describe_written(output_args.location(), format.into(), &info)?)
}

fn open(args: &Args, settings: &InputSettings) -> anyhow::Result<Input> {
    let input = Input::open(settings).map_err(|error| anyhow::Error::msg(error.message()))?;
    args.input.check_known("build", &input.settings().sources)?;
    Ok(input)
}

struct Build {
    builder: MassMapBuilder<KnownHashLoader>,
    output: OutputFile,
}

impl EntryTask for Build {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Serialize + Hash + Eq, V: Serialize>(
        self,
        names: &EntryNames,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> io::Result<MassMapInfo> {
        let builder = self
            .builder
            .with_key_type_name(&names.key)
            .with_value_type_name(&names.value);
        match self.output {
            OutputFile::File(file) => builder.try_build_to_path(*file, entries),
            #[cfg(feature = "object-store")]
            OutputFile::Object(object) => object.publish(|writer| builder.try_build(writer, entries)),
        }
    }
}

/// The message of the input error that caused `error`, if one did.
fn input_error(error: &io::Error) -> Option<String> {
    let mut cause = error.get_ref()? as &(dyn Error + 'static);
    loop {
        match cause.downcast_ref::<InputError>() {
            Some(error) => return Some(error.message()),
            None => cause = cause.source()?,
        }
    }
}

fn check_options(args: &Args, format: Format) -> anyhow::Result<()> {
    match format {
        Format::V1 => reject_for_format(
            "build",
            Format::V1,
            [
                ("--page-size", args.page_size.is_some()),
                ("--for", args.destination.is_some()),
                ("--build-id", args.build_id.is_some()),
                ("--longest-run", args.longest_run.is_some()),
                ("--miss-filter", args.miss_filter),
                ("--compression", args.compression.is_given()),
                ("--user-metadata", !args.user_metadata.is_empty()),
            ],
        )?,
        Format::V2 => reject_for_format(
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
        Some(twice) => Err(UsageError {
            command: "build",
            message: format!(
                "--user-metadata is given twice for {:?}",
                twice.first().map_or("", |name| name.as_str())
            ),
        }
        .into()),
        None => Ok(()),
    }
}

/// The map that another one is to be like.
struct Like {
    map: Map,
    schemas: EntrySchemas,
}

impl Like {
    fn open(location: &Location) -> anyhow::Result<Self> {
        let open = || {
            let map = map::open(location)?;
            map::check_hash(&map.meta.hash_config)?;
            let schemas = EntrySchemas::of(&map)?;
            anyhow::Ok(Self { map, schemas })
        };
        open().with_context(|| location.to_string())
    }

    fn format(&self) -> Format {
        self.map.format().into()
    }

    /// Whether the map is empty and says nothing of the types of its entries.
    fn tells_no_types(&self) -> bool {
        self.map.is_empty() && self.map.entry_types().is_some()
    }

    /// A builder with the settings of the map.
    fn builder(&self) -> MassMapBuilder<KnownHashLoader> {
        let builder = MassMapBuilder::<KnownHashLoader>::like(&self.map);
        match self.map.entry_types() {
            Some(types) => builder.with_entry_types(types.clone()),
            None => builder,
        }
    }
}

/// A builder with the options that say what is the same in all maps that are like another one.
fn new_builder(args: &Args, format: Format) -> MassMapBuilder<KnownHashLoader> {
    let hash = args.hash.unwrap_or(match format {
        Format::V1 => HashName::Foldhash,
        Format::V2 => HashName::Xxh3,
    });
    let builder = <MassMapBuilder<KnownHashLoader> as Default>::default()
        .with_format(format.into())
        .with_hash_config(hash.config())
        .with_hash_seed(args.hash_seed.unwrap_or(0))
        .with_duplicate_keys(DuplicateKeys::Error);
    match format {
        Format::V1 => builder.with_bucket_count(options::DEFAULT_BUCKET_COUNT),
        Format::V2 => builder,
    }
}

/// Adds the other options that were given.
fn with_options(
    mut builder: MassMapBuilder<KnownHashLoader>,
    args: &Args,
) -> anyhow::Result<MassMapBuilder<KnownHashLoader>> {
    builder = builder.with_writer_buffer_size(args.buffer_size);
    if let Some(duplicate_keys) = args.duplicate_keys {
        builder = builder.with_duplicate_keys(duplicate_keys.into());
    }
    if args.miss_filter {
        builder = builder.with_miss_filter(true);
    }
    if let Some(count) = args.bucket_count {
        builder = builder.with_bucket_count(count);
    }
    if let Some(bytes) = args.target_bucket_bytes {
        builder = builder.with_target_bucket_bytes(bytes);
    }
    if let Some((index, count)) = args.shard {
        builder = builder.with_shard(index, count);
    }
    if let Some(id) = args.build_id {
        builder = builder.with_build_id(id);
    }
    if let Some(page_size) = args
        .page_size
        .or(args.destination.and_then(Destination::page_size))
    {
        builder = builder.with_page_size(page_size);
    }
    if let Some(pages) = args.longest_run {
        builder = builder.with_longest_run(pages);
    }
    for (name, value) in &args.user_metadata {
        builder = builder.with_user_metadata(name, value);
    }
    if let Some(compression) = args.compression.compression()? {
        builder = builder.with_compression(compression);
    }
    Ok(args.resources.apply_to_builder(builder))
}
