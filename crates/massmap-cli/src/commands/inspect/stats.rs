//! `massmap stats`: shows what is in a file, and how well it is laid out.

mod advice;
mod estimate;
mod measure;
mod misses;
mod plots;
mod report;
mod survey;
mod text;

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use massmap::MassMapWriter;

use crate::map;
use crate::options::parse;
use crate::output::{chart, console, interrupt};
use massmap_data::Location;

/// Show what is in a massmap file and how well it is laid out, and estimate other page sizes
///
/// Reads the whole file once. Shows the lengths of keys and values, how full the pages are, what index, miss filter and compression take
/// and achieve, and what a lookup reads; then what all of this would be with pages of 512 bytes to 64 KiB. Those are estimates: the same
/// entries are packed into such pages, without writing any; as a rule they are right to within a percent. For a file of format 1 they are
/// those of format 2, with keys and values as they are encoded now.
///
/// Needs neither the types of keys and values nor the hash function. To find damage, use verify.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,

    /// Also write plots to this file, as SVG
    #[arg(long, value_name = "SVG-FILE", value_parser = parse::output_path())]
    svg: Option<PathBuf>,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened as a map or is damaged, or if the plots cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let plots = args.svg.as_deref().map(interrupt::atomic_file).transpose()?;
    let report = map::open(&args.input).and_then(|map| {
        measure::measure(&map).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => {
                anyhow!(
                    "{:#}; massmap verify finds all damage",
                    anyhow::Error::from(error)
                )
            }
            _ => error.into(),
        })
    });
    let report = report.with_context(|| args.input.to_string())?;
    if let (Some(file), Some(path)) = (plots, &args.svg) {
        let svg = plots::svg(&report, &args.input);
        let written = file.write_all_at(svg.as_bytes(), 0).and_then(|()| file.commit());
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    console::print(&match args.json {
        true => console::json(&report)?,
        false => text::text(&report, &args.input, chart::text::width()),
    })
}
