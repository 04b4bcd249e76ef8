//! Quantities in which another store on disk is better than massmap in format 2.

use crate::report::quantities::column::{Column, RANKED};
use crate::report::tables;
use crate::report::text::markdown::Table;
use crate::report::text::unit::by;
use crate::results::{DataResults, Results, StoreResults};

/// A quantity in which another store is better than the best row of massmap.
#[derive(Debug)]
pub(crate) struct Loss<'a> {
    data: &'a DataResults,
    pub(crate) column: &'static Column,
    pub(crate) ours: (&'a StoreResults, f64),
    /// All better stores, the best one first.
    pub(crate) others: Vec<(&'a StoreResults, f64)>,
}

/// All losses, in all data sets.
pub(crate) fn all(results: &Results) -> Vec<Loss<'_>> {
    let pairs = results
        .data
        .iter()
        .flat_map(|data| RANKED.iter().map(move |column| (data, *column)));
    pairs.filter_map(|(data, column)| loss(data, column)).collect()
}

fn loss<'a>(data: &'a DataResults, column: &'static Column) -> Option<Loss<'a>> {
    // Filters count only for misses.
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
    (!others.is_empty()).then_some(Loss {
        data,
        column,
        ours,
        others,
    })
}

/// The table of losses, or a sentence if there are none.
pub(crate) fn table(results: &Results) -> String {
    let all = all(results);
    let is_measured = |who: fn(&StoreResults) -> bool| {
        let mut stores = results.data.iter().flat_map(|data| &data.stores);
        stores.any(who)
    };
    if !is_measured(StoreResults::is_ours) || !is_measured(|store| store.is_on_disk() && !store.is_ours()) {
        return "Unknown: massmap v2 or all other stores were not measured.\n".to_owned();
    }
    if all.is_empty() {
        return "None: in every column, the best row of massmap v2 is at least as good as every other store on disk.\n"
            .to_owned();
    }
    let mut table = Table::new(4, ["data", "column", "best of massmap v2", "better stores"]);
    for loss in &all {
        let column = loss.column;
        let (store, ours) = loss.ours;
        let other = |(store, median): &(&StoreResults, f64)| {
            let factor = column.factor(*median, ours);
            let factor = factor.map_or_else(String::new, |factor| format!(" ({})", by(factor)));
            format!("{}: {}{factor}", store.title, column.show(*median))
        };
        table.add([
            tables::title(loss.data),
            column.name.to_owned(),
            format!("{}: {}", store.title, column.show(ours)),
            loss.others.iter().map(other).collect::<Vec<_>>().join("; "),
        ]);
    }
    table.to_string()
}
