//! The report as plots.

use super::report::{Estimate, Lengths, Report};
use crate::output::chart::svg::{Bar, Panel, Unit, plot};
use crate::output::chart::units::{bytes, count, percent, size, some, two_digits};
use massmap_data::Location;
use massmap_data::excerpt;

/// The plots, as the text of an SVG file.
pub(super) fn svg(report: &Report, location: &Location) -> String {
    let name = location.to_string();
    let layout = match (&report.pages, &report.buckets) {
        (Some(pages), _) => {
            let pages_of = some(pages.count, "page", "pages");
            format!("{pages_of} of {}", size(pages.size.into()))
        }
        (None, Some(buckets)) => some(buckets.count, "bucket", "buckets"),
        (None, None) => String::new(),
    };
    let entries = some(report.entries, "entry", "entries");
    let title = format!("{}: {entries}", excerpt::unquoted(&name));
    let subtitle = format!("{}, format {}, {layout}", size(report.file_bytes), report.format);
    plot(&title, &subtitle, &panels(report))
}

fn panels(report: &Report) -> Vec<Panel> {
    let mut panels = vec![
        lengths("How long keys are", "length of a key", "keys", &report.keys),
        lengths(
            "How long values are",
            "length of a value",
            "values",
            &report.values,
        ),
    ];
    if let Some(compression) = &report.compression {
        panels.push(lengths(
            "How long compressed values are",
            "length of a value as it is stored",
            "values",
            &compression.stored,
        ));
    }
    panels.push(match &report.buckets {
        Some(buckets) => Panel {
            title: "How many entries buckets have".to_owned(),
            x_axis: "entries of a bucket, from the number below the bar to less than twice that".to_owned(),
            y_axis: "number of buckets".to_owned(),
            unit: Unit::Count,
            bars: bars_of(&buckets.entries, count),
        },
        None => fill(report),
    });
    let y_axis = match report.format {
        1 => "bytes, estimated for format 2",
        _ => "bytes; all but those of now are estimates",
    };
    let sizes = |title: &str, of_row: fn(&Estimate) -> f64| Panel {
        title: title.to_owned(),
        x_axis: "page size".to_owned(),
        y_axis: y_axis.to_owned(),
        unit: Unit::Bytes,
        bars: by_page_size(&report.page_sizes, of_row),
    };
    panels.extend([
        sizes("How much the lookup of a key reads", |row| row.hit.bytes),
        sizes("How large the file is", |row| row.file_bytes as f64),
        sizes("How much memory an open map takes", |row| row.memory_bytes as f64),
    ]);
    panels
}

fn lengths(title: &str, x_axis: &str, what: &str, lengths: &Lengths) -> Panel {
    Panel {
        title: title.to_owned(),
        x_axis: format!("{x_axis} in bytes, from the number below the bar to less than twice that"),
        y_axis: format!("number of {what}"),
        unit: Unit::Count,
        bars: bars_of(lengths, short_size),
    }
}

fn bars_of(lengths: &Lengths, label: fn(u64) -> String) -> Vec<Bar> {
    let bars = lengths.histogram.iter().map(|range| Bar {
        label: label(range.from),
        height: range.count as f64,
        value: two_digits(range.count),
        is_marked: false,
    });
    bars.collect()
}

/// A power of two: in bytes, or such as `4K`.
fn short_size(bytes: u64) -> String {
    for (bits, unit) in [(30, "G"), (20, "M"), (10, "K")] {
        if bytes >> bits > 0 {
            return format!("{}{unit}", bytes >> bits);
        }
    }
    bytes.to_string()
}

fn fill(report: &Report) -> Panel {
    let parts = report.pages.iter().flat_map(|pages| &pages.fill_histogram);
    let average = report.pages.as_ref().map_or(0.0, |pages| pages.fill);
    Panel {
        title: format!("How full pages are: {} on average", percent(average)),
        x_axis: "used bytes in %, from the number below the bar to 5 % more".to_owned(),
        y_axis: "number of pages and runs of pages".to_owned(),
        unit: Unit::Count,
        bars: parts
            .map(|part| Bar {
                label: format!("{:.0}", 100.0 * part.from),
                height: part.runs as f64,
                value: two_digits(part.runs),
                is_marked: false,
            })
            .collect(),
    }
}

fn by_page_size(rows: &[Estimate], of: fn(&Estimate) -> f64) -> Vec<Bar> {
    let bars = rows.iter().map(|row| Bar {
        label: size(row.page_size.into()),
        height: of(row),
        value: bytes(of(row)),
        is_marked: row.current,
    });
    bars.collect()
}
