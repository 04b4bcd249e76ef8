//! Plots as SVG, which needs no fonts and no C libraries.

mod bars;
mod canvas;
mod growth;

use std::io;

use super::tables;
use crate::report::quantities::column::{
    BATCH, BUILD, COLD_BATCH_TIME, COLD_HIT, Column, HIT, OPEN, OVERHEAD, RESIDENT,
};
use crate::results::Results;
use bars::Panel;

/// A plot.
#[derive(Debug)]
pub(crate) struct Plot {
    /// File name without `.svg`.
    pub(crate) name: String,
    /// Section of the page.
    pub(crate) section: String,
    pub(crate) title: String,
    pub(crate) svg: String,
}

/// The quantities in plots of growth.
pub(crate) static GROWTH: [&Column; 4] = [&HIT, &OPEN, &RESIDENT, &BUILD];

const GROWTH_NAMES: [&str; 4] = ["warm-hits", "open", "memory", "build"];

/// The plots of each data set: suffix of the name, title, and panels.
const BARS: [(&str, &str, &[Panel]); 4] = [
    (
        "warm-hits",
        "time per hit in the page cache",
        &[
            Panel {
                title: "one at a time, mean",
                column: &HIT,
            },
            Panel {
                title: "in batches of 128",
                column: &BATCH,
            },
        ],
    ),
    (
        "uncached-hits",
        "time per hit on disk",
        &[
            Panel {
                title: "one at a time, mean",
                column: &COLD_HIT,
            },
            Panel {
                title: "in batches of 128",
                column: &COLD_BATCH_TIME,
            },
        ],
    ),
    (
        "build",
        "build time",
        &[Panel {
            title: "until the file is on disk",
            column: &BUILD,
        }],
    ),
    (
        "file-size",
        "file size",
        &[Panel {
            title: "bytes per entry beyond its key and value",
            column: &OVERHEAD,
        }],
    ),
];

/// All plots with at least one measured value.
pub(crate) fn all(results: &Results) -> io::Result<Vec<Plot>> {
    let mut plots = Vec::new();
    for data in &results.data {
        let section = tables::title(data);
        for (name, what, panels) in BARS {
            let title = format!("{section}: {what}");
            if let Some(svg) = bars::draw(&title, data, panels)? {
                let name = format!("{}-{name}", data.name);
                plots.push(Plot {
                    name,
                    section: section.clone(),
                    title,
                    svg,
                });
            }
        }
    }
    for (column, name) in GROWTH.iter().zip(GROWTH_NAMES) {
        let kind = results.growth.first().map_or("", |data| &data.title);
        let title = format!("{kind} by number of entries: {}", column.name);
        if let Some(svg) = growth::draw(&title, results, column)? {
            let (name, section) = (format!("growth-{name}"), format!("Growth, {kind}"));
            plots.push(Plot {
                name,
                section,
                title,
                svg,
            });
        }
    }
    Ok(plots)
}
