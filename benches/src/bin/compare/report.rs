//! Everything that people see of the results: tables, verdicts, plots and pages.
//!
//! All of it is a function of the [`Results`] alone, and the same every time.

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

/// What is written into files.
#[derive(Debug)]
struct Rendered {
    json: String,
    page: String,
    plots: Vec<Plot>,
}

impl Rendered {
    /// Made from the results as their file tells them, so that whoever reads it makes the same.
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

/// Prints all tables, and what is to be concluded from them. Whoever has read enough may stop reading.
pub(crate) fn print(results: &Results) -> io::Result<()> {
    let text = page::terminal(&rounded(results)?);
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Writes `RESULTS.md` into a directory, and the results and the plots into `results` in it.
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

/// Writes them where the repository has them, and the section of its README.
pub(crate) fn publish(results: &Results, root: &Path) -> io::Result<()> {
    let readme = root.join("README.md");
    // First: without markers, nothing is written.
    let text = update_readme(&fs::read_to_string(&readme)?, &rounded(results)?)?;
    // Plots of data sets that there are no longer would stay.
    for plot in committed_plots(root)? {
        fs::remove_file(plot)?;
    }
    write(results, &root.join("benches"))?;
    fs::write(readme, text)
}

/// The plots that the repository has, in the order of their names.
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
