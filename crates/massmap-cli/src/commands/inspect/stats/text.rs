//! The report as text.

use super::report::{Estimate, Lengths, Lookup, Pages, Report};
use crate::output::chart::text::{bar, bars, definitions, table, wrapped};
use crate::output::chart::units;
use crate::output::chart::units::{count, percent, size, size_range, some, three_digits};
use crate::output::escape::Escaped;
use massmap_data::Location;

/// Columns of the bars of file sizes.
const FILE_BAR: usize = 10;

/// The report in lines of `width` columns.
pub(super) fn text(report: &Report, location: &Location, width: usize) -> String {
    let mut parts = vec![format!(
        "{}\nformat {}, {}, {}\n",
        Escaped(location),
        report.format,
        some(report.entries, "entry", "entries"),
        size(report.file_bytes)
    )];
    if report.entries > 0 {
        parts.push(entries(report));
        let values = match &report.compression {
            Some(_) => "lengths of values before they are compressed, in bytes",
            None => "lengths of values as they are stored, in bytes",
        };
        for (heading, lengths) in [
            ("lengths of keys as they are stored, in bytes", &report.keys),
            (values, &report.values),
        ] {
            parts.push(histogram(heading, lengths, size_range, width));
        }
    }
    if let Some(pages) = &report.pages {
        parts.push(fill(pages, width));
    }
    if let Some(buckets) = report.buckets.as_ref().filter(|_| report.entries > 0) {
        parts.push(histogram(
            "entries of a bucket",
            &buckets.entries,
            count_range,
            width,
        ));
    }
    parts.push(layout(report, width));
    parts.push(lookups(report));
    if report.entries > 0 {
        parts.push(page_sizes(report, width));
    }
    parts.push(wrapped(&report.advice, width));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn entries(report: &Report) -> String {
    let row = |name: &str, of: &Lengths| {
        let figures = [of.sum, of.min, of.median, of.p99, of.max];
        [vec![name.to_owned()], figures.map(size).to_vec()].concat()
    };
    let mut rows = vec![
        ["", "all", "shortest", "median", "99 %", "longest"]
            .map(str::to_owned)
            .to_vec(),
        row("keys", &report.keys),
        row("values", &report.values),
    ];
    if let Some(compression) = &report.compression {
        rows.push(row("values, compressed", &compression.stored));
    }
    table(&rows)
}

/// A histogram with a heading.
fn histogram(heading: &str, lengths: &Lengths, label: fn(u64, u64) -> String, width: usize) -> String {
    let all: u64 = lengths.histogram.iter().map(|range| range.count).sum();
    let rows: Vec<_> = lengths
        .histogram
        .iter()
        .map(|range| {
            (
                label(range.from, range.to),
                range.count as f64,
                share(range.count, all),
            )
        })
        .collect();
    format!("{heading}\n{}", bars(&rows, width))
}

/// A count and the share that it is of all.
fn share(some: u64, all: u64) -> String {
    match some {
        0 => "0".to_owned(),
        some => format!("{}, {}", count(some), percent(some as f64 / all.max(1) as f64)),
    }
}

fn fill(pages: &Pages, width: usize) -> String {
    let is_empty = |runs: &u64| *runs == 0;
    let runs: Vec<u64> = pages.fill_histogram.iter().map(|part| part.runs).collect();
    let empty_before = runs.iter().take_while(|runs| is_empty(runs)).count();
    let rows: Vec<_> = pages
        .fill_histogram
        .iter()
        .skip(empty_before)
        .map(|part| {
            let label = format!("{:.0}–{:.0} %", 100.0 * part.from, 100.0 * part.to);
            (label, part.runs as f64, share(part.runs, pages.runs))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let what = if pages.long_runs > 0 {
        "pages and runs of pages"
    } else {
        "pages"
    };
    format!("how full {what} are\n{}", bars(&rows, width))
}

fn layout(report: &Report, width: usize) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(pages) = &report.pages {
        let full = match pages.count {
            0 => String::new(),
            _ => format!(
                ", {} full, {} (median)",
                percent(pages.fill),
                some(pages.entries.median, "entry each", "entries each")
            ),
        };
        rows.push((
            "pages",
            format!("{} of {}{full}", count(pages.count), size(pages.size.into())),
        ));
        let long = match pages.long_runs {
            0 => "none".to_owned(),
            runs => format!(
                "{} with {}, the longest has {}",
                count(runs),
                some(pages.long_run_pages, "page", "pages"),
                count(pages.longest_run_pages)
            ),
        };
        rows.push(("runs of several pages", long));
    }
    if let Some(buckets) = &report.buckets {
        rows.push((
            "buckets",
            format!(
                "{}, {} of them with entries",
                count(buckets.count),
                count(buckets.occupied)
            ),
        ));
    }
    let each = if report.buckets.is_some() {
        "bucket"
    } else {
        "page"
    };
    let index = &report.index;
    rows.push((
        "index",
        format!(
            "{} of memory, {} bits a {each}, {} bits an entry",
            size(index.memory_bytes),
            three_digits(index.bits_per_page),
            three_digits(index.bits_per_entry)
        ),
    ));
    if report.format > 1 {
        let filter = report.miss_filter.as_ref().map_or("none".to_owned(), |filter| {
            format!(
                "{}, {} bits a key, lets {} of missing keys pass",
                size(filter.bytes),
                three_digits(filter.bits_per_key),
                percent(filter.false_positive_rate)
            )
        });
        rows.push(("miss filter", filter));
        let compression = report
            .compression
            .as_ref()
            .map_or("none".to_owned(), |compression| {
                format!(
                    "{} level {}, {} times smaller, {} compressed, dictionary of {}",
                    compression.algorithm,
                    compression.level,
                    three_digits(compression.ratio),
                    some(compression.compressed_values, "value", "values"),
                    size(compression.dictionary_bytes)
                )
            });
        rows.push(("compression", compression));
    }
    rows.push((
        "memory",
        format!("{} once the file is open", size(report.memory_bytes)),
    ));
    format!("layout\n{}", definitions(&rows, width))
}

fn lookups(report: &Report) -> String {
    let row = |name: &str, Lookup { reads, bytes }: Lookup| {
        vec![name.to_owned(), three_digits(reads), units::bytes(bytes)]
    };
    let rows = [
        vec![String::new(), "reads".to_owned(), "bytes read".to_owned()],
        row("of a key", report.hit),
        row("of a missing key", report.miss),
    ];
    format!("a lookup, on average\n{}", table(&rows))
}

fn page_sizes(report: &Report, width: usize) -> String {
    let heading = match report.format {
        1 => "estimates: what format 2 would take with pages of these sizes",
        _ => "estimates: what other page sizes would take, from packing these entries",
    };
    let largest = report
        .page_sizes
        .iter()
        .map(|row| row.file_bytes)
        .max()
        .unwrap_or(0);
    let header = ["page size", "hit reads", "miss reads", "full", "index", "file"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(report.page_sizes.iter().map(row));
    let text = table(&rows);
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    // A wider terminal has room for longer bars.
    let bar_width = width.saturating_sub(longest + 1).min(4 * FILE_BAR);
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let row = number
            .checked_sub(1)
            .and_then(|number| report.page_sizes.get(number));
        let bar = row.map_or(String::new(), |row| {
            bar(row.file_bytes as f64 / largest.max(1) as f64, bar_width)
        });
        let padding = " ".repeat(longest - line.chars().count());
        lines.push(format!("{line}{padding} {bar}").trim_end().to_owned());
    }
    format!("{}\n{}\n", wrapped(heading, width), lines.join("\n"))
}

fn row(estimate: &Estimate) -> Vec<String> {
    let marker = if estimate.current { " (now)" } else { "" };
    vec![
        size(estimate.page_size.into()) + marker,
        units::bytes(estimate.hit.bytes),
        units::bytes(estimate.miss.bytes),
        percent(estimate.fill),
        size(estimate.index_bytes),
        size(estimate.file_bytes),
    ]
}

fn count_range(from: u64, to: u64) -> String {
    match from == to {
        true => count(from),
        false => format!("{}–{}", count(from), count(to)),
    }
}
