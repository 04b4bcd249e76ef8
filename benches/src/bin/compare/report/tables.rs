//! The tables of a data set: builds, memory and throughput, latencies with and without cache, and disk activity.

use crate::report::quantities::column::*;
use crate::report::quantities::summary::Summary;
use crate::report::text::markdown::{Table, bold};
use crate::report::text::unit::{Unit, grouped};
use crate::results::{DataResults, Failure, FioReads, Limits, Results, StoreResults};

/// A table of some quantities. Rows with their limits come first.
#[derive(Debug)]
struct Layout {
    title: &'static str,
    cells: &'static [Cell],
}

#[derive(Debug, Clone, Copy)]
enum Cell {
    /// The median.
    Value(&'static Column),
    /// The range of the rounds.
    Spread(&'static Column),
    /// The ratio of the median to the best one.
    Ratio(&'static Column),
}

use Cell::{Ratio, Spread, Value};

const LAYOUTS: [Layout; 5] = [
    Layout {
        title: "Build",
        cells: &[
            Value(&BUILD),
            Spread(&BUILD),
            Ratio(&BUILD),
            Value(&PEAK),
            Value(&WRITTEN),
            Value(&FILE),
            Value(&OVERHEAD),
        ],
    },
    Layout {
        title: "Cached: opening, memory, and time per lookup in a row or in batches",
        cells: &[
            Value(&OPEN),
            Value(&RESIDENT),
            Value(&PRIVATE),
            Value(&STREAM),
            Value(&STREAM_MISSES),
            Value(&BATCH),
            Spread(&BATCH),
            Value(&THREADS),
            Value(&THREADS_MISSES),
        ],
    },
    Layout {
        title: "Cached: lookups, each timed",
        cells: &[
            Value(&HIT),
            Spread(&HIT),
            Value(&HIT_P50),
            Value(&HIT_P99),
            Value(&HIT_P999),
            Value(&MISS),
            Value(&MISS_P50),
            Value(&MISS_P99),
            Value(&MISS_P999),
        ],
    },
    Layout {
        title: "Not cached: lookups, each timed",
        cells: &[
            Value(&COLD_HIT),
            Spread(&COLD_HIT),
            Value(&COLD_HIT_P50),
            Value(&COLD_HIT_P99),
            Value(&COLD_HIT_P999),
            Value(&COLD_MISS),
            Value(&COLD_MISS_P50),
            Value(&COLD_MISS_P99),
            Value(&COLD_MISS_P999),
        ],
    },
    Layout {
        title: "Not cached: batches, and disk activity of single lookups",
        cells: &[
            Value(&COLD_BATCH),
            Value(&HIT_READS),
            Value(&HIT_BYTES),
            Value(&MISS_READS),
            Value(&MISS_BYTES),
        ],
    },
];

/// A limit of the machine, or a part of every figure.
pub(crate) struct Limit {
    pub(crate) title: &'static str,
    /// The quantities that it limits, and its values in their units.
    figures: &'static [(&'static Column, Figure)],
}

type Figure = fn(&Limits) -> Option<f64>;

pub(crate) static LIMITS: [Limit; 6] = [
    Limit {
        title: "copying massmap's file, fsync",
        figures: &[(&BUILD, |limits| Some(limits.copy_seconds * 1e9))],
    },
    Limit {
        title: "overhead of timing a lookup",
        figures: &[
            (&HIT, |limits| Some(limits.clock_ns)),
            (&MISS, |limits| Some(limits.clock_ns)),
        ],
    },
    Limit {
        title: "dependent read of a word",
        figures: &[
            (&HIT, |limits| Some(limits.dependent_read_ns)),
            (&STREAM, |limits| Some(limits.dependent_read_ns)),
        ],
    },
    Limit {
        title: "pread of 4 KiB",
        figures: &[
            (&HIT, |limits| Some(limits.pread_ns)),
            (&STREAM, |limits| Some(limits.pread_ns)),
        ],
    },
    Limit {
        title: "fio, one read at a time",
        figures: &[
            (&COLD_HIT, |limits| single(limits, |fio| fio.mean_ns)),
            (&COLD_HIT_P50, |limits| single(limits, |fio| fio.p50_ns)),
            (&COLD_HIT_P99, |limits| single(limits, |fio| fio.p99_ns)),
        ],
    },
    Limit {
        title: "fio, 128 reads at a time",
        figures: &[
            (&COLD_BATCH, |limits| Some(limits.fio_deep?.per_second)),
            (&COLD_BATCH_TIME, |limits| Some(1e9 / limits.fio_deep?.per_second)),
        ],
    },
];

fn single(limits: &Limits, figure: fn(FioReads) -> f64) -> Option<f64> {
    limits.fio_single.map(figure)
}

impl Limit {
    /// `None` if it does not limit this quantity, or was not measured.
    pub(crate) fn summary(&self, data: &DataResults, column: &Column) -> Option<Summary> {
        let (_, figure) = self
            .figures
            .iter()
            .find(|(limited, _)| limited.name == column.name)?;
        let was_measured = |value: &f64| value.is_finite() && *value > 0.0;
        Summary::of(data.limits.iter().filter_map(figure).filter(was_measured))
    }
}

/// Such as `u64 → u64, 10,000,000 entries`.
pub(crate) fn title(data: &DataResults) -> String {
    format!("{}, {} entries", data.title, grouped(data.entries))
}

/// All tables of a data set, under headings of this level.
pub(crate) fn of_data(data: &DataResults, level: usize) -> String {
    let marks = "#".repeat(level);
    let tables = LAYOUTS.iter().filter_map(|layout| {
        let table = table(data, layout)?;
        Some(format!("{marks} {}\n\n{table}", layout.title))
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// A paragraph for each omitted store or limit.
pub(crate) fn omissions(data: &DataResults) -> String {
    let unfit = data.unfit.iter();
    let unfit = unfit.map(|unfit| {
        format!(
            "\n{}: omitted, since it cannot hold such entries: {}.\n",
            unfit.title, unfit.reason
        )
    });
    let line = |failure: &Failure| {
        format!(
            "\n{}: omitted after a failure ({}).\n",
            failure.title, failure.error
        )
    };
    unfit.chain(data.failures.iter().map(line)).collect()
}

/// `None` if no store has a value.
fn table(data: &DataResults, layout: &Layout) -> Option<Table> {
    let headers = layout.cells.iter().map(|cell| match cell {
        Value(column) => column.header.to_owned(),
        Spread(_) => "range".to_owned(),
        Ratio(_) => "× the best".to_owned(),
    });
    let mut table = Table::new(1, std::iter::once(String::new()).chain(headers));
    for limit in &LIMITS {
        let cells = layout.cells.iter().map(|cell| match cell {
            Value(column) => limit
                .summary(data, column)
                .map_or_else(String::new, |it| column.show(it.median)),
            Spread(column) => limit
                .summary(data, column)
                .map_or_else(String::new, |it| range(column, it)),
            Ratio(_) => String::new(),
        });
        let cells: Vec<String> = cells.collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.add(std::iter::once(format!("*{}*", limit.title)).chain(cells));
        }
    }
    let mut is_empty = true;
    for store in &data.stores {
        let cells: Vec<String> = layout.cells.iter().map(|cell| cell.of(data, store)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            is_empty = false;
            table.add(std::iter::once(store.title.clone()).chain(cells));
        }
    }
    (!is_empty).then_some(table)
}

impl Cell {
    /// Empty if it was not measured.
    fn of(self, data: &DataResults, store: &StoreResults) -> String {
        match self {
            Value(column) => value(column, data, store),
            Spread(column) => {
                let summary = column.summary(data, store);
                summary.map_or_else(String::new, |summary| range(column, summary))
            }
            Ratio(column) => {
                let best = column.best(data, StoreResults::is_on_disk);
                let ratio = |(median, best): (f64, f64)| Unit::Ratio.show(median / best);
                let medians = column
                    .summary(data, store)
                    .zip(best)
                    .map(|(own, (_, best))| (own.median, best));
                medians.map_or_else(String::new, ratio)
            }
        }
    }
}

fn range(column: &Column, summary: Summary) -> String {
    column.unit.show_range(summary.least, summary.most)
}

/// The median of a store, bold if it is as good as the best one on disk, with a note if it is from memory; empty if it was not
/// measured.
pub(crate) fn value(column: &Column, data: &DataResults, store: &StoreResults) -> String {
    let Some(summary) = column.summary(data, store) else {
        return String::new();
    };
    let text = column.show(summary.median);
    if column.is_from_memory(store) {
        return format!("{text} (from memory)");
    }
    match column.best(data, StoreResults::is_on_disk) {
        Some((_, best)) if store.is_on_disk() && column.show(best) == text => bold(&text),
        _ => text,
    }
}

/// The values of the plots of growth, as tables.
pub(crate) fn of_growth(results: &Results, columns: &[&Column]) -> String {
    let mut text = String::new();
    for column in columns {
        let sizes = results.growth.iter().map(|data| grouped(data.entries));
        let mut table = Table::new(1, std::iter::once(String::new()).chain(sizes));
        for store in growth_stores(results) {
            let value = |data: &DataResults| {
                let same = data.stores.iter().find(|other| other.id == store.id);
                same.map_or_else(String::new, |store| value(column, data, store))
            };
            let cells: Vec<String> = results.growth.iter().map(value).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                table.add(std::iter::once(store.title.clone()).chain(cells));
            }
        }
        text += &format!(
            "\n**{}** by number of entries\n\n{table}",
            capitalized(column.name)
        );
    }
    text.extend(results.growth.iter().map(omissions));
    text
}

/// The stores whose growth was measured, each once.
pub(crate) fn growth_stores(results: &Results) -> Vec<&StoreResults> {
    distinct(
        results.growth.iter().flat_map(|data| &data.stores),
        |one, other| one.id == other.id,
    )
}

/// The settings of each store, once for all data sets.
pub(crate) fn settings(results: &Results) -> String {
    let stores = results
        .data
        .iter()
        .chain(&results.growth)
        .flat_map(|data| &data.stores);
    // Settings may differ between data sets.
    let stores = distinct(stores, |one, other| {
        one.title == other.title && one.settings == other.settings
    });
    stores
        .iter()
        .map(|store| format!("- **{}**: {}\n", store.title, store.settings))
        .collect()
}

/// Removes duplicates.
fn distinct<'a>(
    stores: impl Iterator<Item = &'a StoreResults>,
    is_same: impl Fn(&StoreResults, &StoreResults) -> bool,
) -> Vec<&'a StoreResults> {
    let mut found: Vec<&StoreResults> = Vec::new();
    for store in stores {
        if !found.iter().any(|other| is_same(store, other)) {
            found.push(store);
        }
    }
    found
}

pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
