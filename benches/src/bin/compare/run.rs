//! A run: measures every data set with every store, in several rounds.

mod command;
pub(crate) mod directory;
mod plan;
mod set;

use std::io;
use std::path::Path;
use std::time::Instant;

use crate::data::DataSet;
use crate::options::Options;
use crate::report::Summary;
use crate::results::{DataResults, Results};
use crate::stores::Contender;
use crate::system::{fio, machine};
use plan::{MEASURED_FILE, Plan, Run, name};
use set::DataSetRun;

/// Number of other stores in plots of growth.
const OTHERS: usize = 3;

/// Performs the measurements of `options`, with the files in `directory`.
///
/// Fails only before the first measurement. Later failures are part of the results. After each data set, `keep` gets the results so
/// far, so that a stopped run is not lost.
pub(crate) fn run(
    options: &Options,
    directory: &Path,
    keep: &dyn Fn(&Results) -> anyhow::Result<()>,
) -> io::Result<Results> {
    let run = Run {
        options,
        directory: directory.to_owned(),
        start: Instant::now(),
        has_fio: fio::is_installed(),
    };
    // Determined first, since the sources may change during the run.
    let mut results = Results {
        command: command::command(),
        date: machine::date(),
        minutes: 0.0,
        is_complete: false,
        revision: machine::revision(),
        machine: machine::describe(directory),
        data: Vec::new(),
        growth: Vec::new(),
    };
    if !run.has_fio {
        run.log("fio is not installed: the limits of the disk are not measured");
    }
    let plans = sets(options).into_iter();
    let plans = plans.map(|set| run.plan(set, options.entries(set)));
    let plans: Vec<Plan> = plans.collect::<io::Result<_>>()?;
    let sizes = options.growth().into_iter();
    let growth = sizes.map(|entries| run.plan(DataSet::Integers, entries));
    let growth: Vec<Plan> = growth.collect::<io::Result<_>>()?;
    let so_far = |results: &mut Results| {
        results.minutes = run.start.elapsed().as_secs_f64() / 60.0;
        if let Err(error) = keep(results) {
            run.log(&format!("the results so far were not written: {error:#}"));
        }
    };
    for plan in &plans {
        let everyone = |contender: &Contender| options.has(contender.id);
        let data = DataSetRun::new(&run, plan, &everyone, true).measure();
        results.data.push(data);
        so_far(&mut results);
    }
    let shown = growth_stores(&results.data);
    for plan in &growth {
        let shown =
            |contender: &Contender| options.has(contender.id) && shown.iter().any(|id| id == contender.id);
        let data = DataSetRun::new(&run, plan, &shown, false).measure();
        results.growth.push(data);
        so_far(&mut results);
    }
    results.minutes = run.start.elapsed().as_secs_f64() / 60.0;
    results.is_complete = true;
    Ok(results)
}

/// The data sets, each once.
fn sets(options: &Options) -> Vec<DataSet> {
    let mut sets = Vec::new();
    let file = options.file.as_ref().map(|_| &DataSet::File);
    for &set in options.data.iter().chain(file) {
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// The stores whose growth is measured: massmap, and the other products on disk with the fastest warm hits on integers, or on the
/// first data set. massmap 0.1.5 does not count as another product.
fn growth_stores(data: &[DataResults]) -> Vec<String> {
    let integers = data.iter().find(|data| data.name == name(DataSet::Integers));
    let stores = integers.or(data.first()).into_iter();
    let mut others: Vec<(f64, &str)> = stores
        .flat_map(|data| &data.stores)
        .filter(|store| store.is_rival() && !store.is_predecessor())
        .filter_map(|store| {
            let hits = Summary::of(store.warm.iter().map(|warm| warm.hits.mean))?;
            Some((hits.median, store.id.as_str()))
        })
        .collect();
    others.sort_by(|one, other| one.0.total_cmp(&other.0));
    let others = others.into_iter().map(|(_, id)| id).take(OTHERS);
    std::iter::once(MEASURED_FILE)
        .chain(others)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn growth_is_measured_with_massmap_and_three_other_products() {
        let mut results = sample::results();
        let stores = &mut results.data[0].stores;
        for (id, mean) in [
            ("massmap-0.1.5", 10.0),
            ("redb", 20.0),
            ("odht", 30.0),
            ("cdb64", 40.0),
            ("lmdb", 50.0),
        ] {
            let store = stores.iter_mut().find(|store| store.id == id).unwrap();
            store.kind = crate::results::Kind::Other;
            store.warm.iter_mut().for_each(|warm| warm.hits.mean = mean);
        }
        assert_eq!(
            growth_stores(&results.data),
            ["v2-mapped", "redb", "odht", "cdb64"]
        );
        assert_eq!(growth_stores(&[]), ["v2-mapped"]);
    }
}
