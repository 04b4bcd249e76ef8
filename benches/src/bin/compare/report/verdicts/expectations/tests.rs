use super::*;
use crate::report::sample::{self, set_hit, store_of};
use crate::report::verdicts::losses;

/// The outcome of the expectation that begins with `what`, for the first data set.
pub(in crate::report) fn outcome(results: &Results, what: &str) -> Outcome {
    let all = all(results);
    let (expectation, data) = all
        .iter()
        .find(|(expectation, _)| expectation.what.starts_with(what))
        .unwrap();
    expectation.outcome(data)
}

#[test]
fn outcomes_of_being_first_have_a_factor() {
    let mut results = sample::results();
    set_hit(&mut results, "v2-mapped", 100.0);
    set_hit(&mut results, "odht", 150.0);
    assert_eq!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Met(Comparison::Better(Some(1.5)))
    );
    set_hit(&mut results, "odht", 80.0);
    assert_eq!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Missed(Comparison::Worse(Some(1.25)))
    );
    let table = table(&results);
    let mut lines = table
        .lines()
        .filter(|line| line.contains("warm hits, each timed: first"));
    let line = lines.next().unwrap();
    assert!(line.contains("massmap v2, mapped: 100 ns"), "{line}");
    assert!(line.contains("odht, mapped: 80.0 ns"), "{line}");
    assert!(line.contains("**missed**: 1.25 times worse"), "{line}");
}

#[test]
fn verdicts_within_the_spread_say_so() {
    let mut results = sample::results();
    results.data.truncate(1);
    let verdict = |results: &Results| {
        let table = table(results);
        let mut lines = table.lines().map(str::to_owned);
        lines.find(|line| line.contains("warm hits, each timed")).unwrap()
    };
    set_hit(&mut results, "v2-mapped", 100.0);
    set_hit(&mut results, "odht", 120.0);
    assert!(
        !verdict(&results).contains("within the spread"),
        "{}",
        verdict(&results)
    );
    store_of(&mut results.data[0], "odht").warm[0].hits.mean = 99.0;
    let line = verdict(&results);
    assert!(
        line.contains("met: 1.20 times better, within the spread"),
        "{line}"
    );
    // Equal rounds do not overlap.
    set_hit(&mut results, "odht", 100.0);
    assert!(!verdict(&results).contains("within the spread"));
}

#[test]
fn an_equal_result_is_enough() {
    let mut results = sample::results();
    results.data.truncate(1);
    set_hit(&mut results, "v2-mapped", 100.0);
    set_hit(&mut results, "odht", 99.96);
    assert_eq!(HIT.show(99.96), "100 ns");
    assert!(matches!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Met(_)
    ));
    let columns = losses::all(&results).into_iter().map(|loss| loss.column.name);
    assert!(columns.collect::<Vec<_>>().iter().all(|name| *name != HIT.name));
}

#[test]
fn massmap_0_1_5_is_a_rival_except_in_builds() {
    let mut results = sample::results();
    store_of(&mut results.data[0], "massmap-0.1.5").builds[0].seconds = 1e-9;
    store_of(&mut results.data[0], "massmap-0.1.5").builds.truncate(1);
    assert!(matches!(outcome(&results, "build"), Outcome::Met(_)));
    set_hit(&mut results, "massmap-0.1.5", 1.0);
    assert!(matches!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Missed(_)
    ));
}

#[test]
fn only_files_with_a_filter_count_for_misses() {
    let mut results = sample::results();
    assert!(matches!(outcome(&results, "warm misses"), Outcome::Met(_)));
    results.data[0].stores.retain(|store| store.id != "v2-filter");
    assert_eq!(outcome(&results, "warm misses"), Outcome::Unknown);
}

#[test]
fn allowances_apply() {
    let mut results = sample::results();
    let set_file = |results: &mut Results, id: &str, length: u64| {
        store_of(&mut results.data[0], id)
            .builds
            .iter_mut()
            .for_each(|build| build.file_bytes = length);
    };
    set_file(&mut results, "v2-mapped", 104_000_000);
    set_file(&mut results, "odht", 100_000_000);
    assert!(matches!(outcome(&results, "file"), Outcome::Met(_)));
    set_file(&mut results, "v2-mapped", 106_000_000);
    assert!(matches!(outcome(&results, "file"), Outcome::Missed(_)));

    let set_batch = |results: &mut Results, id: &str, rate: f64| {
        let warm = &mut store_of(&mut results.data[0], id).warm;
        warm.iter_mut()
            .for_each(|warm| warm.batched_hits_per_second = rate);
    };
    set_batch(&mut results, "hashmap", 30e6);
    set_batch(&mut results, "v2-mapped", 16e6);
    let what = "warm hits in batches: at most twice";
    assert!(matches!(outcome(&results, what), Outcome::Met(_)));
    set_batch(&mut results, "hashmap", 60e6);
    assert!(matches!(outcome(&results, what), Outcome::Missed(_)));
}

#[test]
fn the_allowance_is_shown_next_to_the_ratio() {
    let mut results = sample::results();
    results.data.truncate(1);
    results.data[0]
        .stores
        .retain(|store| store.id == "v2-mapped" || store.kind != Kind::Ours);
    let mut verdict = |ours: f64, hash_map: f64| {
        for (id, nanoseconds) in [("v2-mapped", ours), ("hashmap", hash_map)] {
            let warm = &mut store_of(&mut results.data[0], id).warm;
            warm.iter_mut()
                .for_each(|warm| warm.batched_hits_per_second = 1e9 / nanoseconds);
        }
        let table = table(&results);
        let mut lines = table.lines().filter(|line| line.contains("at most twice"));
        lines
            .next()
            .unwrap()
            .rsplit('|')
            .nth(1)
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(verdict(107.4, 30.0), "**missed**: 3.58 times, 2 allowed");
    assert_eq!(verdict(30.15, 30.0), "met: 1.005 times, 2 allowed");
    assert_eq!(verdict(30.0, 34.8), "met: 1.16 times better");
    assert_eq!(verdict(30.04, 30.0), "met: equal");
    assert_eq!(verdict(30.0, 30.04), "met: equal");
}

#[test]
fn comparisons_with_zero_have_no_factor() {
    let mut results = sample::results();
    let set_resident = |results: &mut Results, id: &str, bytes: u64| {
        let warm = &mut store_of(&mut results.data[0], id).warm;
        warm.iter_mut().for_each(|warm| warm.resident_after_open = bytes);
    };
    set_resident(&mut results, "cdb64", 0);
    assert_eq!(
        outcome(&results, "resident"),
        Outcome::Missed(Comparison::Worse(None))
    );
    for id in ["v2-mapped", "v2-read", "v2-filter"] {
        set_resident(&mut results, id, 0);
    }
    assert_eq!(outcome(&results, "resident"), Outcome::Met(Comparison::Equal));
}

#[test]
fn memory_and_opening_are_judged_by_the_data_set_with_the_most_entries() {
    let results = sample::results();
    let all = all(&results);
    let data = all
        .iter()
        .filter(|(expectation, _)| expectation.what.starts_with("resident"));
    assert_eq!(
        data.map(|(_, data)| data.entries).collect::<Vec<_>>(),
        [10_000_000]
    );
}

#[test]
fn missing_stores_have_an_unknown_outcome() {
    let mut results = sample::results();
    results.data[0].stores.retain(|store| store.kind == Kind::Ours);
    assert_eq!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Unknown
    );
    assert!(table(&results).contains("| not measured "));
    results.data[0].stores.clear();
    assert_eq!(outcome(&results, "uncached hits"), Outcome::Unknown);
}

#[test]
fn files_with_a_filter_count_only_for_misses() {
    let mut results = sample::results();
    results.data.truncate(1);
    set_hit(&mut results, "v2-filter", 0.1);
    let best = |what: &str| {
        let table = table(&results);
        let line = table.lines().find(|line| line.contains(what)).unwrap();
        line.split('|').nth(3).unwrap().to_owned()
    };
    assert!(!best("warm hits, each timed: first").contains("filter"));
    assert!(best("uncached misses with the filter: first").contains("filter"));

    // They do not hide losses of files without a filter.
    set_hit(&mut results, "redb", 1.0);
    let losses = losses::all(&results);
    let hits = losses.iter().find(|loss| loss.column.name == HIT.name).unwrap();
    assert!(!hits.ours.0.has_filter());
    assert_eq!(hits.others.first().unwrap().0.id, "redb");
}
