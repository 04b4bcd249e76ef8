//! `massmap merge`: several files into one.

use std::io;
use std::path::PathBuf;

use anyhow::Context;
use massmap::{MassMapMerger, WriteError};

use crate::publish::Target;
use crate::{cmd, console};

/// Merge massmap files that were built in parts
///
/// The files need the same hash function, number of buckets and types, and their entries must lie in separate ranges of
/// buckets; `massmap info` shows all of these. Prints header and metadata of the merged file as JSON.
///
/// The output appears complete or not at all, and may be one of the inputs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap files to merge; may be given several times
    #[arg(short, long = "input", value_name = "FILE", required = true, num_args = 1..)]
    inputs: Vec<PathBuf>,

    /// massmap file to create or replace
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// How many bytes to copy at a time
    #[arg(long, value_name = "BYTES", default_value_t = cmd::DEFAULT_BUFFER_SIZE)]
    buffer_size: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with the output as it was before, if an input cannot be opened as a map, the maps cannot be merged, or the
/// output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::new(&args.output)?;
    let maps = args
        .inputs
        .iter()
        .map(|path| cmd::open(path).with_context(|| path.display().to_string()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let merged = target.publish(|file| {
        MassMapMerger::default()
            .with_writer_buffer_size(args.buffer_size)
            // Takes the types that the files name, so that maps of any types can be merged.
            .merge_inner(file, maps)
    });
    let info = merged.map_err(|error| match files_at_odds(&error, &args.inputs) {
        Some(files) => error.context(files),
        None => error,
    })?;
    console::print(&console::json(&info)?)
}

/// The files that do not go together, if that is what `error` is about: it counts maps, users think in names.
fn files_at_odds(error: &anyhow::Error, inputs: &[PathBuf]) -> Option<String> {
    let payload = error.downcast_ref::<io::Error>()?.get_ref()?;
    let [first, other] = payload.downcast_ref::<WriteError>()?.maps()?;
    Some(format!(
        "{} and {}",
        inputs.get(first)?.display(),
        inputs.get(other)?.display()
    ))
}
