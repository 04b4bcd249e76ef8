//! The plots, as SVG that takes neither fonts nor C libraries to make.

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

/// A picture.
#[derive(Debug)]
pub(crate) struct Plot {
    /// Of the file, without `.svg`.
    pub(crate) name: String,
    /// Where on the page it belongs.
    pub(crate) section: String,
    pub(crate) title: String,
    pub(crate) svg: String,
}

/// The quantities whose growth is shown.
pub(crate) static GROWTH: [&Column; 4] = [&HIT, &OPEN, &RESIDENT, &BUILD];

const GROWTH_NAMES: [&str; 4] = ["warm-hits", "open", "memory", "build"];

/// The plots of each data set: the end of the name, the title, and what they show.
const BARS: [(&str, &str, &[Panel]); 4] = [
    (
        "warm-hits",
        "time of a hit in the page cache",
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
        "time of a hit on disk",
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
        "time of a build",
        &[Panel {
            title: "until it is on disk",
            column: &BUILD,
        }],
    ),
    (
        "file-size",
        "length of the file",
        &[Panel {
            title: "bytes an entry over its key and value",
            column: &OVERHEAD,
        }],
    ),
];

/// All of them, but those of what was not measured at all.
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
        let title = format!("{kind}, by the number of entries: {}", column.name);
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
