//! `massmap keys`: writes the keys of a file.

use std::io::Write;
use std::path::PathBuf;

use massmap_data::{KeyLines, Location};

use super::entries::{Failure, for_each, write_to};
use crate::map::Map;
use crate::options::parse;
use crate::output::progress::Progress;

/// Write the keys of a massmap file, one per line
///
/// Keys are JSON, in the order of the file, which is that of their hashes. A key that is there several times is written as often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write to this file, which appears when it is complete, instead of standard output [default: -]
    #[arg(short, long, value_name = "FILE", value_parser = parse::rows_output())]
    output: Option<PathBuf>,

    /// Write strings, characters and bytes without the quotes of JSON; a string with a line break is an error then
    ///
    /// get --keys-from reads such keys.
    #[arg(long)]
    raw: bool,

    /// End each key with a NUL instead of a line break, as xargs -0 reads them
    #[arg(short = '0', long)]
    null: bool,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails if the file cannot be read or is damaged, if a key cannot be written, or if the output cannot be written. An output file is left as
/// it was then.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    write_to(args.output.as_deref(), &args.input, |map, out, progress| {
        write(args, map, out, progress)
    })
}

fn write(args: &Args, map: &Map, out: impl Write, progress: &Progress) -> Result<(), Failure> {
    let [schema, _] = &map.schemas();
    let mut lines = KeyLines::new(schema, out)?;
    if args.raw {
        lines = lines.raw();
    }
    if args.null {
        lines = lines.ended_by_nul();
    }
    let total = map.index().entry_count();
    for_each(map, |key, _, entries, bytes| {
        progress.show_written(entries, total, bytes);
        Ok(lines.write(key)?)
    })?;
    Ok(lines.finish()?)
}
