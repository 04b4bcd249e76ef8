//! Renders results: tables, verdicts, plots and pages.
//!
//! All output depends only on the [`Results`], and is deterministic.

mod page;
mod plot;
mod quantities;
mod readme;
#[cfg(test)]
pub(crate) mod sample;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod verdicts;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub(crate) use quantities::summary::Summary;
pub(crate) use text::json::from_json;

use crate::results::Results;
use plot::Plot;
use readme::update_readme;
use text::json::{rounded, to_json};

/// The content of all output files.
#[derive(Debug)]
struct Rendered {
    json: String,
    page: String,
    plots: Vec<Plot>,
}

impl Rendered {
    /// Renders the rounded results, as read from their file, so that rendering from the file gives the same.
    fn of(results: &Results) -> io::Result<Self> {
        let results = rounded(results)?;
        let plots = plot::all(&results)?;
        Ok(Self {
            json: to_json(&results)?,
            page: page::page(&results, &plots),
            plots,
        })
    }
}

/// Prints all tables and verdicts. A reader that closes the pipe early is not a failure.
pub(crate) fn print(results: &Results) -> io::Result<()> {
    let text = page::terminal(&rounded(results)?);
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Writes `RESULTS.md` to a directory, and results and plots to its subdirectory `results`.
pub(crate) fn write(results: &Results, directory: &Path) -> io::Result<()> {
    let rendered = Rendered::of(results)?;
    let beside = directory.join("results");
    fs::create_dir_all(&beside)?;
    fs::write(beside.join("results.json"), &rendered.json)?;
    for plot in &rendered.plots {
        fs::write(beside.join(format!("{}.svg", plot.name)), &plot.svg)?;
    }
    fs::write(directory.join("RESULTS.md"), &rendered.page)
}

/// Updates these files in the repository, and the section of its README.
pub(crate) fn publish(results: &Results, root: &Path) -> io::Result<()> {
    let readme = root.join("README.md");
    // Before anything is written, since the markers may be missing.
    let text = update_readme(&fs::read_to_string(&readme)?, &rounded(results)?)?;
    // Removes plots of data sets that no longer exist.
    for plot in committed_plots(root)? {
        fs::remove_file(plot)?;
    }
    write(results, &root.join("benches"))?;
    fs::write(readme, text)
}

/// The plots in the repository, sorted by name.
fn committed_plots(root: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let entries = match fs::read_dir(root.join("benches/results")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut plots = paths?;
    plots.retain(|path| path.extension().is_some_and(|extension| extension == "svg"));
    plots.sort();
    Ok(plots)
}
