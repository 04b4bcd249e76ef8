//! `massmap merge`: several files into one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use massmap::{
    AtomicFile, FilePool, FormatVersion, MassMapInfo, MassMapInner, MassMapMerger, PooledFile, WriteError,
};
use serde::de::IgnoredAny;

use crate::map::TolerantHashLoader;
use crate::options::{self, Duplicates, Format, Resources};
use crate::output::console;
use crate::output::describe::describe_written;
use crate::output::progress::Progress;
use crate::types::key::{self, Key, KeyTask, KeyType};
use crate::{commands, map};

/// Merge massmap files
///
/// The files need the same hash function and types; info shows these. Files of format 2 may have any entries. Files of
/// format 1 are put one behind the other, for which they need the same number of buckets and entries in separate ranges of
/// buckets, unless --format v2 or --duplicate-keys asks for more. Files of both formats give one of format 2.
///
/// Whatever is more than putting files of format 1 one behind the other takes keys that are integers or strings and a hash
/// function that this program knows. A merged file of format 2 has the user metadata of all files; where they differ, that
/// of the first. Prints what info shows of the merged file.
///
/// The output appears complete or not at all, and may be one of the inputs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap files to merge; may be given several times
    #[arg(short, long = "input", value_name = "FILE", required = true, num_args = 1..)]
    inputs: Vec<PathBuf>,

    /// massmap file to create or replace
    #[arg(short, long, value_name = "FILE", value_parser = options::output())]
    output: PathBuf,

    /// Format of the merged file [default: v1 if all files have it, otherwise v2]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// What to do with entries whose keys are equal; those of earlier files come first [default: what was done in the files,
    /// if all are of format v2 and alike; otherwise error for a file of format v2, keep-all for one of v1]
    #[arg(long, value_enum)]
    duplicate_keys: Option<Duplicates>,

    /// Size of a page: a power of two from 512 to 1048576 (v2 only) [default: that of the first file that has pages, or
    /// 4096]
    #[arg(long, value_name = "BYTES", value_parser = options::page_size)]
    page_size: Option<u32>,

    /// How many pages entries may share, which lookups then read together, from 1 to 16: more of them make files with entries
    /// of a quarter page and more smaller (v2 only) [default: 1]
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..=16))]
    longest_run: Option<u32>,

    /// Let most lookups of missing keys do without a read, even if no file has such a filter (v2 only)
    #[arg(long)]
    miss_filter: bool,

    #[command(flatten)]
    resources: Resources,

    /// How many bytes to copy at a time
    #[arg(long, value_name = "BYTES", default_value_t = commands::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with the output as it was before, if an option does not go with the format, an input cannot be opened as a map,
/// the maps cannot be merged, or the output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let file = commands::create(&args.output)?;
    let pool = FilePool::default();
    let maps = args
        .inputs
        .iter()
        .map(|path| open(&pool, path).with_context(|| path.display().to_string()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let inputs_are_v1 = maps.iter().all(|map| map.format() == FormatVersion::V1);
    let format = args.format.unwrap_or(match inputs_are_v1 {
        true => Format::V1,
        false => Format::V2,
    });
    if format == Format::V1 {
        options::refuse(
            "merge",
            Format::V1,
            [
                ("--page-size", args.page_size.is_some()),
                ("--longest-run", args.longest_run.is_some()),
                ("--miss-filter", args.miss_filter),
            ],
        )?;
    }

    let progress = Arc::new(Progress::new(None));
    let shown = Arc::clone(&progress);
    let merger = merger(args, format, &maps).with_progress(move |step| shown.show(step));
    let output = args.output.as_path();
    let merged = match inputs_are_v1 && format == Format::V1 && args.duplicate_keys.is_none() {
        // Takes the types that the files name, so that maps of any types can be merged.
        true => merger.merge_inner_to_path(file, maps),
        false => check_keys(args, &maps)?.run(MergeKeyed { merger, file, maps }),
    };
    progress.clear();
    let info = merged.map_err(|error| {
        if let Some(message) =
            commands::repeated_key(&error).and_then(|key| of_repeated_key(&args.inputs, key))
        {
            return anyhow::Error::msg(message);
        }
        let files = files_at_fault(&error, &args.inputs);
        let error = commands::cannot_write(error, output);
        match files {
            Some(files) => error.context(files),
            None => error,
        }
    })?;
    console::print(&describe_written(output, format.into(), &info)?)
}

/// A map to be merged, of which there may be more than files can be open.
type Map = MassMapInner<PooledFile, TolerantHashLoader>;

fn open(pool: &FilePool, path: &Path) -> anyhow::Result<Map> {
    let file = pool.open(path).context("cannot open the file")?;
    map::open(file).context("cannot read it as a massmap file")
}

fn merger(args: &Args, format: Format, maps: &[Map]) -> MassMapMerger {
    let mut merger = MassMapMerger::default()
        .with_format(format.into())
        .with_writer_buffer_size(args.buffer_size);
    if let Some(duplicate_keys) = args.duplicate_keys {
        merger = merger.with_duplicate_keys(duplicate_keys.into());
    }
    if let Some(page_size) = args.page_size {
        merger = merger.with_page_size(page_size);
    }
    if let Some(pages) = args.longest_run {
        merger = merger.with_longest_run(pages);
    }
    if args.miss_filter {
        merger = merger.with_miss_filter(true);
    }
    // Otherwise that of the inputs is taken over.
    if format == Format::V1 && maps.iter().all(|map| map.format() == FormatVersion::V2) {
        merger = merger.with_bucket_count(commands::DEFAULT_BUCKET_COUNT);
    }
    args.resources.of_merger(merger)
}

/// The key type that the first file names, which merging compares with the others', if the keys of all can be hashed.
fn check_keys(args: &Args, maps: &[Map]) -> anyhow::Result<KeyType> {
    let check = |map: &Map| {
        map::check(&map.meta.hash_config)?;
        KeyType::of(&map.meta)
    };
    let mut key_types = Vec::with_capacity(maps.len());
    for (path, map) in args.inputs.iter().zip(maps) {
        let key_type = check(map).context("its keys have to be hashed in order to be merged");
        key_types.push(key_type.with_context(|| path.display().to_string())?);
    }
    key_types.first().copied().context("there are no files to merge")
}

struct MergeKeyed {
    merger: MassMapMerger,
    file: AtomicFile,
    maps: Vec<Map>,
}

impl KeyTask for MergeKeyed {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Key>(self) -> io::Result<MassMapInfo> {
        self.merger.merge_keyed_to_path::<K, _, _>(self.file, self.maps)
    }
}

/// What is wrong with files in which the key that is encoded so occurs more than once, if they can be asked again.
fn of_repeated_key(inputs: &[PathBuf], encoded: &[u8]) -> Option<String> {
    let key_type = KeyType::of(&commands::open(inputs.first()?).ok()?.meta).ok()?;
    let (shown, _) = key::decode(key_type, encoded)?;
    let has_key = |path: &&PathBuf| key_type.run(HasKey { path, encoded }).unwrap_or(false);
    let mut files = inputs.iter().filter(has_key).map(|path| path.display());
    let found = match (files.next(), files.next()) {
        (Some(first), Some(second)) => format!("{first} and {second} both have"),
        (Some(only), None) => format!("{only} has several entries with"),
        (None, _) => return None,
    };
    Some(format!("{found} the key {shown}; {}", key::REPEATED_KEY_ADVICE))
}

/// Whether a file has the key that is encoded so.
struct HasKey<'a> {
    path: &'a Path,
    encoded: &'a [u8],
}

impl KeyTask for HasKey<'_> {
    type Output = anyhow::Result<bool>;

    fn run<K: Key>(self) -> anyhow::Result<bool> {
        let key: K = rmp_serde::from_slice(self.encoded)?;
        Ok(commands::open(self.path)?
            .cast::<K, IgnoredAny>()
            .contains_key(&key)?)
    }
}

/// The files that `error` is about, if it says which: it counts maps, users think in names.
fn files_at_fault(error: &io::Error, inputs: &[PathBuf]) -> Option<String> {
    let error = error.get_ref()?.downcast_ref::<WriteError>()?;
    if let WriteError::Key { map, .. }
    | WriteError::OutOfOrder { map, .. }
    | WriteError::Read { map, .. }
    | WriteError::Copy { map, .. } = error
    {
        return Some(inputs.get(*map)?.display().to_string());
    }
    let [first, other] = error.maps()?;
    Some(format!(
        "{} and {}",
        inputs.get(first)?.display(),
        inputs.get(other)?.display()
    ))
}
