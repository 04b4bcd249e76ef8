//! Where massmap is not first: every quantity in which a store on disk beats massmap in format 2.

use crate::report::quantities::column::{Column, RANKED};
use crate::report::tables;
use crate::report::text::markdown::Table;
use crate::report::text::unit::by;
use crate::results::{DataResults, Results, StoreResults};

/// A quantity in which another store is better than the best of ours.
#[derive(Debug)]
pub(crate) struct Behind<'a> {
    data: &'a DataResults,
    pub(crate) column: &'static Column,
    pub(crate) ours: (&'a StoreResults, f64),
    /// All that are better, the best one first.
    pub(crate) others: Vec<(&'a StoreResults, f64)>,
}

/// All of them, of all data sets.
pub(crate) fn all(results: &Results) -> Vec<Behind<'_>> {
    let pairs = results
        .data
        .iter()
        .flat_map(|data| RANKED.iter().map(move |column| (data, *column)));
    pairs.filter_map(|(data, column)| behind(data, column)).collect()
}

fn behind<'a>(data: &'a DataResults, column: &'static Column) -> Option<Behind<'a>> {
    // Misses are what filters are for.
    let ours = match column.name.contains("miss") {
        true => column.best(data, StoreResults::is_ours)?,
        false => column.best(data, StoreResults::is_ours_unfiltered)?,
    };
    let stores = data
        .stores
        .iter()
        .filter(|store| store.is_on_disk() && !store.is_ours() && !column.is_from_memory(store));
    let medians = stores.filter_map(|store| Some((store, column.summary(data, store)?.median)));
    let mut others: Vec<_> = medians
        .filter(|(_, median)| column.is_better(*median, ours.1))
        .collect();
    others.sort_by(|one, other| match column.better {
        crate::report::quantities::column::Better::Less => one.1.total_cmp(&other.1),
        crate::report::quantities::column::Better::More => other.1.total_cmp(&one.1),
    });
    (!others.is_empty()).then_some(Behind {
        data,
        column,
        ours,
        others,
    })
}

/// The table of them, or a sentence if there is none.
pub(crate) fn table(results: &Results) -> String {
    let all = all(results);
    let is_measured = |who: fn(&StoreResults) -> bool| {
        let mut stores = results.data.iter().flat_map(|data| &data.stores);
        stores.any(who)
    };
    if !is_measured(StoreResults::is_ours) || !is_measured(|store| store.is_on_disk() && !store.is_ours()) {
        return "Nothing can be told: massmap v2 or all others were not measured.\n".to_owned();
    }
    if all.is_empty() {
        return "Nowhere: in each column of each table, no store on disk is better than the best row of massmap v2.\n"
            .to_owned();
    }
    let mut table = Table::new(4, ["data", "column", "best of massmap v2", "better are"]);
    for behind in &all {
        let column = behind.column;
        let (store, ours) = behind.ours;
        let other = |(store, median): &(&StoreResults, f64)| {
            let factor = column.factor(*median, ours);
            let factor = factor.map_or_else(String::new, |factor| format!(" ({})", by(factor)));
            format!("{}: {}{factor}", store.title, column.show(*median))
        };
        table.add([
            tables::title(behind.data),
            column.name.to_owned(),
            format!("{}: {}", store.title, column.show(ours)),
            behind.others.iter().map(other).collect::<Vec<_>>().join("; "),
        ]);
    }
    table.to_string()
}
