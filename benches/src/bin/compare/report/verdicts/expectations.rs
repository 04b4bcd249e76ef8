//! Expectations of massmap in format 2, and whether the results meet them.

use crate::report::quantities::column::{
    BATCH, BUILD, COLD_HIT, COLD_MISS, Column, FILE, HIT, MISS, OPEN, RESIDENT, STREAM,
};
use crate::report::tables;
use crate::report::text::markdown::{Table, bold};
use crate::report::text::unit::{by, times};
use crate::results::{DataResults, Kind, Results, StoreResults};

/// Allowed ratio of the file to the smallest one: pages have checksums and are not completely full.
const FILE_ALLOWANCE: f64 = 1.05;
/// Allowed ratio of the time of a batch to that in a `HashMap`, which neither checks nor decodes.
const BATCH_ALLOWANCE: f64 = 2.0;

/// An expectation.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) what: &'static str,
    column: &'static Column,
    ours: fn(&StoreResults) -> bool,
    others: fn(&StoreResults) -> bool,
    /// Allowed ratio of our value to the best of the others.
    allowance: f64,
}

/// Expectations for each data set.
static EXPECTATIONS: [Expectation; 9] = [
    first("warm hits, each timed: first", &HIT),
    first("warm hits in a row: first", &STREAM),
    first("warm hits in batches: first", &BATCH),
    Expectation {
        what: "warm hits in batches: at most twice the time of a `HashMap`",
        others: |store| store.kind == Kind::InMemory,
        allowance: BATCH_ALLOWANCE,
        ..first("", &BATCH)
    },
    Expectation {
        ours: StoreResults::has_filter,
        ..first("warm misses with the filter: first", &MISS)
    },
    first("uncached hits: first", &COLD_HIT),
    Expectation {
        ours: StoreResults::has_filter,
        ..first("uncached misses with the filter: first", &COLD_MISS)
    },
    Expectation {
        what: "file: at most 1.05 times the smallest",
        allowance: FILE_ALLOWANCE,
        ..first("", &FILE)
    },
    Expectation {
        others: |store| store.is_rival() && !store.is_predecessor(),
        ..first("build: first except for massmap 0.1.5", &BUILD)
    },
];

/// Expectations for the data set with the most entries.
static EXPECTATIONS_OF_LARGEST: [Expectation; 2] = [
    first("resident memory after open: least", &RESIDENT),
    first("open time: first", &OPEN),
];

const fn first(what: &'static str, column: &'static Column) -> Expectation {
    Expectation {
        what,
        column,
        ours: StoreResults::is_ours_unfiltered,
        others: StoreResults::is_rival,
        allowance: 1.0,
    }
}

/// The outcome of an expectation.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Met(Comparison),
    Missed(Comparison),
    /// massmap or all other stores were not measured.
    Unknown,
}

/// The best of ours compared with the best of the others, regardless of the allowance.
#[derive(Debug, PartialEq)]
pub(crate) enum Comparison {
    /// By this factor, if known.
    Better(Option<f64>),
    /// Both are shown as the same text.
    Equal,
    /// By this factor, if known.
    Worse(Option<f64>),
}

impl Expectation {
    fn best_of<'a>(
        &self,
        data: &'a DataResults,
        who: fn(&StoreResults) -> bool,
    ) -> Option<(&'a StoreResults, f64)> {
        self.column.best(data, who)
    }

    pub(crate) fn outcome(&self, data: &DataResults) -> Outcome {
        let ours = self.best_of(data, self.ours);
        let (Some((_, ours)), Some((_, other))) = (ours, self.best_of(data, self.others)) else {
            return Outcome::Unknown;
        };
        let comparison = if self.column.is_better(ours, other) {
            Comparison::Better(self.column.factor(ours, other))
        } else if self.column.is_better(other, ours) {
            Comparison::Worse(self.column.factor(other, ours))
        } else {
            Comparison::Equal
        };
        // In all expectations, less is better.
        if self.column.is_better(other * self.allowance, ours) {
            Outcome::Missed(comparison)
        } else {
            Outcome::Met(comparison)
        }
    }

    /// Shows the ratio of ours to the best of the others, not to the allowed value.
    fn explained(&self, comparison: &Comparison) -> String {
        match comparison {
            Comparison::Equal => ": equal".to_owned(),
            Comparison::Better(Some(factor)) => format!(": {} better", by(*factor)),
            Comparison::Worse(Some(factor)) if self.allowance > 1.0 => {
                format!(": {}, {} allowed", times(*factor), self.allowance)
            }
            Comparison::Worse(Some(factor)) => format!(": {} worse", by(*factor)),
            Comparison::Better(None) | Comparison::Worse(None) => String::new(),
        }
    }

    /// Whether the rounds of ours and of the others overlap.
    fn is_within_spread(&self, data: &DataResults) -> bool {
        let spread = |who| {
            let (store, _) = self.best_of(data, who)?;
            self.column.summary(data, store)
        };
        let Some((ours, other)) = spread(self.ours).zip(spread(self.others)) else {
            return false;
        };
        ours.least < other.most * self.allowance && other.least * self.allowance < ours.most
    }

    fn cells(&self, data: &DataResults) -> [String; 5] {
        let show = |who: fn(&StoreResults) -> bool| {
            if let Some((store, median)) = self.best_of(data, who) {
                return format!("{}: {}", store.title, self.column.show(median));
            }
            let mut stores = data.stores.iter().filter(|store| who(store));
            // Measured, but not on disk.
            if stores.any(|store| self.column.summary(data, store).is_some()) {
                "from memory".to_owned()
            } else {
                "not measured".to_owned()
            }
        };
        let verdict = match self.outcome(data) {
            Outcome::Met(comparison) => format!("met{}", self.explained(&comparison)),
            Outcome::Missed(comparison) => bold("missed") + &self.explained(&comparison),
            Outcome::Unknown => "not measured".to_owned(),
        };
        let verdict = if self.is_within_spread(data) {
            verdict + ", within the spread"
        } else {
            verdict
        };
        [
            tables::title(data),
            self.what.to_owned(),
            show(self.ours),
            show(self.others),
            verdict,
        ]
    }
}

/// All expectations, each with its data set.
pub(crate) fn all(results: &Results) -> Vec<(&'static Expectation, &DataResults)> {
    let mut all = Vec::new();
    for data in &results.data {
        all.extend(EXPECTATIONS.iter().map(|expectation| (expectation, data)));
    }
    // The first of several with the same number.
    let largest = results.data.iter().rev().max_by_key(|data| data.entries);
    all.extend(largest.into_iter().flat_map(|data| {
        EXPECTATIONS_OF_LARGEST
            .iter()
            .map(move |expectation| (expectation, data))
    }));
    all
}

/// The table of expectations, with the number that were met.
pub(crate) fn table(results: &Results) -> String {
    let all = all(results);
    let mut table = Table::new(
        5,
        [
            "data",
            "expected",
            "best of massmap v2",
            "best of the others",
            "verdict",
        ],
    );
    let (mut met, mut missed) = (0, 0);
    for (expectation, data) in &all {
        match expectation.outcome(data) {
            Outcome::Met(_) => met += 1,
            Outcome::Missed(_) => missed += 1,
            Outcome::Unknown => {}
        }
        table.add(expectation.cells(data));
    }
    let unknown = all.len() - met - missed;
    format!("{met} met, {missed} missed, {unknown} not measured.\n\n{table}")
}

#[cfg(test)]
pub(in crate::report) mod tests;
