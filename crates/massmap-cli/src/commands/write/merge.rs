//! `massmap merge`: from several files to one.

use std::io;
use std::sync::Arc;

use anyhow::Context;
use massmap::{FilePool, FormatVersion, MassMapInfo, MassMapMerger, MassMapReader, WriteError};
use massmap_data::{Key, KeyTask, KeyType, decode_key, excerpt};
use serde::de::IgnoredAny;

use super::output_file::{self, OutputArgs, OutputFile};
use crate::map::source::Source;
use crate::map::{self, Map};
use crate::options::choices::{Destination, Duplicates, Format};
use crate::options::compression::CompressionArgs;
use crate::options::resources::Resources;
use crate::options::usage::reject_for_format;
use crate::options::{self, parse};
use crate::output::console;
use crate::output::describe::describe_written;
use crate::output::progress::Progress;
use massmap_data::Location;

/// Merge massmap files
///
/// The files need the same hash function and types; info shows these. Files of format 2 may have any entries. Files of
/// format 1 are concatenated, for which they need the same number of buckets and entries in separate ranges of buckets,
/// unless --format v2 or --duplicate-keys requires more. Files of both formats give one of format 2.
///
/// Anything but concatenation needs keys that are integers or strings and a hash function that this program knows. A merged
/// file of format 2 has the user metadata of all files; where they differ, that of the first. Prints the description of the
/// merged file that info shows. It is compressed like the first file if all files were built with compression.
///
/// The output file appears complete or not at all, and may be an input.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap files to merge, paths or URLs; may be given several times
    #[arg(short, long = "input", value_name = "FILE", required = true, num_args = 1..)]
    inputs: Vec<Location>,

    #[command(flatten)]
    output: OutputArgs,

    /// Format of the merged file [default: v1 if all files have it, otherwise v2]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// What to do with entries whose keys are equal; those of earlier files come first [default: as in the files, if all are
    /// of format v2 and agree; otherwise error for output of format v2, keep-all for v1]
    #[arg(long, value_enum)]
    duplicate_keys: Option<Duplicates>,

    /// Page size: a power of two from 512 to 1048576 (v2 only) [default: one that was chosen for a file of format v2, or that of a build]
    #[arg(long, value_name = "BYTES", value_parser = parse::page_size)]
    page_size: Option<u32>,

    /// Choose the page size for the place where the map will be read: larger pages for a store where each request takes a while, whatever
    /// it reads (v2 only) [default: disk]
    #[arg(long = "for", value_name = "PLACE", value_enum, conflicts_with = "page_size")]
    destination: Option<Destination>,

    /// Most consecutive pages that entries may share and a lookup then reads at once, from 1 to 16; more than 1 save space if
    /// entries take a quarter page or more (v2 only) [default: as the files say, the longest of them]
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..=16))]
    longest_run: Option<u32>,

    /// Answer most lookups of missing keys without a read, even if no file has such a filter (v2 only)
    #[arg(long)]
    miss_filter: bool,

    #[command(flatten)]
    compression: CompressionArgs,

    #[command(flatten)]
    resources: Resources,

    /// Number of bytes to copy at a time
    #[arg(long, value_name = "BYTES", default_value_t = options::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, leaving the output unchanged, if an option does not fit the format, an input cannot be opened as a map, the maps
/// cannot be merged, or the output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let output = args.output.create()?;
    // The pool closes files while more maps are open than the system allows open files.
    let pool = FilePool::default();
    let paths: Option<Vec<_>> = args.inputs.iter().map(Location::path).collect();
    match paths {
        // The kernel copies between files, if the merger knows that there is nothing else.
        Some(paths) => {
            let files = paths
                .into_iter()
                .map(|path| pool.open(path).context("cannot open the file"));
            merge(args, output, load(args, files)?)
        }
        None => {
            let sources = args.inputs.iter().map(|input| Source::open_in(&pool, input));
            merge(args, output, load(args, sources)?)
        }
    }
}

/// Opens the maps that the readers of the inputs read.
fn load<R: MassMapReader>(
    args: &Args,
    readers: impl Iterator<Item = anyhow::Result<R>>,
) -> anyhow::Result<Vec<Map<R>>> {
    let maps = args.inputs.iter().zip(readers);
    maps.map(|(input, reader)| reader.and_then(map::load).with_context(|| input.to_string()))
        .collect()
}

fn merge<R: MassMapReader + 'static>(
    args: &Args,
    output: OutputFile,
    maps: Vec<Map<R>>,
) -> anyhow::Result<()> {
    let inputs_are_v1 = maps.iter().all(|map| map.format() == FormatVersion::V1);
    let format = args.format.unwrap_or(match inputs_are_v1 {
        true => Format::V1,
        false => Format::V2,
    });
    if format == Format::V1 {
        reject_for_format(
            "merge",
            Format::V1,
            [
                ("--page-size", args.page_size.is_some()),
                ("--for", args.destination.is_some()),
                ("--longest-run", args.longest_run.is_some()),
                ("--miss-filter", args.miss_filter),
                ("--compression", args.compression.is_given()),
            ],
        )?;
    }

    let progress = Arc::new(Progress::new());
    let shown = Arc::clone(&progress);
    let merger = merger(args, format, &maps)?.with_progress(move |step| shown.show(step));
    let merged = match inputs_are_v1 && format == Format::V1 && args.duplicate_keys.is_none() {
        // Uses the type names in the files, so that maps of any types can be merged.
        true => match output {
            OutputFile::File(file) => merger.merge_inner_to_path(*file, maps),
            #[cfg(feature = "object-store")]
            OutputFile::Object(object) => object.publish(|writer| merger.merge_inner(writer, maps)),
        },
        false => check_keys(args, &maps)?.run(MergeKeyed { merger, output, maps }),
    };
    progress.clear();
    let info = merged.map_err(|error| {
        let duplicate = output_file::duplicate_key(&error);
        if let Some(message) = duplicate.and_then(|key| duplicate_key_message(&args.inputs, key)) {
            return anyhow::Error::msg(message);
        }
        let files = faulty_files(&error, &args.inputs);
        let error = args.output.write_error(error);
        match files {
            Some(files) => error.context(files),
            None => error,
        }
    })?;
    console::print(&describe_written(args.output.location(), format.into(), &info)?)
}

fn merger<R: MassMapReader>(args: &Args, format: Format, maps: &[Map<R>]) -> anyhow::Result<MassMapMerger> {
    let mut merger = MassMapMerger::default()
        .with_format(format.into())
        .with_writer_buffer_size(args.buffer_size);
    if let Some(duplicate_keys) = args.duplicate_keys {
        merger = merger.with_duplicate_keys(duplicate_keys.into());
    }
    if let Some(page_size) = args
        .page_size
        .or(args.destination.map(Destination::page_size_of_merged))
    {
        merger = merger.with_page_size(page_size);
    }
    if let Some(pages) = args.longest_run {
        merger = merger.with_longest_run(pages);
    }
    if args.miss_filter {
        merger = merger.with_miss_filter(true);
    }
    // Otherwise the merger takes the number of buckets from the inputs.
    if format == Format::V1 && maps.iter().all(|map| map.format() == FormatVersion::V2) {
        merger = merger.with_bucket_count(options::DEFAULT_BUCKET_COUNT);
    }
    if let Some(compression) = args.compression.compression()? {
        merger = merger.with_compression(compression);
    }
    Ok(args.resources.apply_to_merger(merger))
}

/// Checks that the keys of all files can be hashed. Returns the key type of the first file; merging compares it with the
/// others.
fn check_keys<R: MassMapReader>(args: &Args, maps: &[Map<R>]) -> anyhow::Result<KeyType> {
    let check = |map: &Map<R>| -> anyhow::Result<KeyType> {
        map::check_hash(&map.meta.hash_config)?;
        Ok(KeyType::of(&map.meta)?)
    };
    let mut key_types = Vec::with_capacity(maps.len());
    for (input, map) in args.inputs.iter().zip(maps) {
        let key_type = check(map).context("its keys must be hashed to merge it");
        key_types.push(key_type.with_context(|| input.to_string())?);
    }
    // Files without entries may not say what their keys would be.
    let with_entries = maps.iter().position(|map| !map.is_empty()).unwrap_or(0);
    key_types
        .get(with_entries)
        .copied()
        .context("there are no files to merge")
}

struct MergeKeyed<R> {
    merger: MassMapMerger,
    output: OutputFile,
    maps: Vec<Map<R>>,
}

impl<R: MassMapReader + 'static> KeyTask for MergeKeyed<R> {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Key>(self) -> io::Result<MassMapInfo> {
        match self.output {
            OutputFile::File(file) => self.merger.merge_keyed_to_path::<K, _, _>(*file, self.maps),
            #[cfg(feature = "object-store")]
            OutputFile::Object(object) => {
                object.publish(|writer| self.merger.merge_keyed::<_, K, _, _>(writer, self.maps))
            }
        }
    }
}

/// The message about a duplicate key: it says which files have it. `None` if they cannot be searched for it.
fn duplicate_key_message(inputs: &[Location], encoded: &[u8]) -> Option<String> {
    let key_type = KeyType::of(&map::open(inputs.first()?).ok()?.meta).ok()?;
    let shown = excerpt::key(&decode_key(key_type, encoded)?);
    let has_key = |input: &&Location| key_type.run(HasKey { input, encoded }).unwrap_or(false);
    let mut files = inputs.iter().filter(has_key);
    let found = match (files.next(), files.next()) {
        (Some(first), Some(second)) => format!("{first} and {second} both have"),
        (Some(only), None) => format!("{only} has several entries with"),
        (None, _) => return None,
    };
    Some(format!("{found} the key {shown}; {}", Duplicates::ADVICE))
}

/// Whether a file has a key.
struct HasKey<'a> {
    input: &'a Location,
    encoded: &'a [u8],
}

impl KeyTask for HasKey<'_> {
    type Output = anyhow::Result<bool>;

    fn run<K: Key>(self) -> anyhow::Result<bool> {
        let key: K = rmp_serde::from_slice(self.encoded)?;
        Ok(map::open(self.input)?
            .cast::<K, IgnoredAny>()
            .contains_key(&key)?)
    }
}

/// The names of the files that `error` is about, if it says which. Errors of merging number the maps.
fn faulty_files(error: &io::Error, inputs: &[Location]) -> Option<String> {
    let error = error.get_ref()?.downcast_ref::<WriteError>()?;
    if let WriteError::Key { map, .. }
    | WriteError::OutOfOrder { map, .. }
    | WriteError::Read { map, .. }
    | WriteError::Copy { map, .. } = error
    {
        return Some(inputs.get(*map)?.to_string());
    }
    let [first, other] = error.maps()?;
    Some(format!("{} and {}", inputs.get(first)?, inputs.get(other)?))
}
