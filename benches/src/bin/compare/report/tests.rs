use std::fs;
use std::path::Path;

use super::sample::{set_hit, store_of};
use super::verdicts::expectations::Outcome;
use super::verdicts::expectations::tests::outcome;
use super::verdicts::{expectations, losses};
use super::*;
use crate::report::quantities::column::{
    BATCH, BUILD, COLD_HIT, COLD_HIT_P999, Column, HIT, RANKED, RESIDENT, WRITTEN,
};
use crate::results::{DataResults, Disk, Failure, Kind, Unfit};

/// The cells of a store in the table with this title, for the first data set.
fn row(results: &Results, title: &str, store: &str) -> Vec<String> {
    let text = tables::of_data(&results.data[0], 3);
    let (_, table) = text.split_once(&format!("### {title}")).unwrap();
    let mut rows = table
        .lines()
        .filter(|line| line.starts_with(&format!("| {store} ")));
    rows.next()
        .unwrap()
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[test]
fn failed_stores_are_named_below_the_tables() {
    let mut results = sample::results();
    assert!(!Rendered::of(&results).unwrap().page.contains("omitted after"));
    results.data[1].failures.push(Failure {
        title: "redb".to_owned(),
        error: "no room".to_owned(),
    });
    let sentence = "\n\nredb: omitted after a failure (no room).\n\n";
    assert!(Rendered::of(&results).unwrap().page.contains(sentence));
    assert!(page::terminal(&results).contains(sentence));
    assert_eq!(results.failures().count(), 1);
}

#[test]
fn the_page_names_missing_programs_and_features() {
    let mut results = sample::results();
    results.command = "cargo run --features rocksdb --bin compare".to_owned();
    let [fio, rocksdb] = ["since fio was not available", "RocksDB was not measured"];
    let page = |results: &Results| Rendered::of(results).unwrap().page;
    assert!(!page(&results).contains(fio) && !page(&results).contains(rocksdb));
    results.command = "cargo run --bin compare".to_owned();
    assert!(page(&results).contains(rocksdb));
    for limits in results.data.iter_mut().flat_map(|data| &mut data.limits) {
        (limits.fio_single, limits.fio_deep) = (None, None);
    }
    assert!(page(&results).contains(fio));
}

#[test]
fn results_of_a_stopped_run_are_marked_as_incomplete() {
    let mut results = sample::results();
    let sentence = "**The run is not complete**";
    assert!(!Rendered::of(&results).unwrap().page.contains(sentence));
    results.is_complete = false;
    assert!(Rendered::of(&results).unwrap().page.contains(sentence));
}

#[test]
fn stores_that_cannot_hold_a_data_set_are_named_below_its_tables() {
    let mut results = sample::results();
    results.data[1].unfit.push(Unfit {
        title: "odht".to_owned(),
        reason: "short values only".to_owned(),
    });
    let sentence = "\n\nodht: omitted, since it cannot hold such entries: short values only.\n\n";
    assert!(Rendered::of(&results).unwrap().page.contains(sentence));
    assert!(page::terminal(&results).contains(sentence));
    assert_eq!(results.failures().count(), 0);
}

#[test]
fn stores_in_memory_do_not_compete() {
    let mut results = sample::results();
    set_hit(&mut results, "v2-mapped", 90.0);
    set_hit(&mut results, "hashmap", 1.0);
    assert!(matches!(
        outcome(&results, "warm hits, each timed: first"),
        Outcome::Met(_)
    ));
    assert!(!row(&results, "Cached: lookups", "HashMap")[2].contains("**"));
}

#[test]
fn few_lookups_have_no_99_9th_percentile() {
    let mut results = sample::results();
    let title = "Not cached: lookups";
    assert_eq!(COLD_HIT_P999.header, "p99.9");
    assert_ne!(row(&results, title, "redb")[6], "");
    for cold in &mut store_of(&mut results.data[0], "redb").cold {
        cold.hits.lookups = 999;
    }
    assert_eq!(row(&results, title, "redb")[6], "");
    assert_ne!(row(&results, title, "redb")[5], "");
}

#[test]
fn hits_from_memory_do_not_count_as_uncached() {
    let mut results = sample::results();
    results.data.truncate(1);
    let what = "uncached hits: first";
    let set = |results: &mut Results, id: &str, reads: Option<f64>| {
        for cold in &mut store_of(&mut results.data[0], id).cold {
            cold.hits.mean = 500.0;
            cold.hit_disk = reads.map(|reads| Disk { reads, bytes: 0.0 });
        }
    };
    let title = "Not cached: lookups";
    set(&mut results, "redb", Some(1.0));
    assert!(matches!(outcome(&results, what), Outcome::Missed(_)));
    assert_eq!(row(&results, title, "redb")[2], "**500 ns**");
    for reads in [Some(0.4), None] {
        set(&mut results, "redb", reads);
        assert!(matches!(outcome(&results, what), Outcome::Met(_)));
        assert_eq!(row(&results, title, "redb")[2], "500 ns (from memory)");
        // Misses may need no disk.
        assert!(!row(&results, title, "redb")[7].contains("memory"));
        assert!(
            losses::all(&results)
                .iter()
                .all(|loss| loss.column.name != COLD_HIT.name)
        );
        let plots = plot::all(&results).unwrap();
        let plot = plots
            .iter()
            .find(|plot| plot.name == "integers-uncached-hits")
            .unwrap();
        assert!(!plot.svg.contains("\nredb\n"));
    }
    // Direct I/O uses the disk even if its reads are unknown.
    for cold in &mut store_of(&mut results.data[0], "redb").cold {
        cold.direct = true;
    }
    assert_eq!(row(&results, title, "redb")[2], "**500 ns**");
    for id in ["v2-mapped", "v2-read", "v2-filter", "v2-direct"] {
        set(&mut results, id, Some(0.1));
    }
    assert_eq!(outcome(&results, what), Outcome::Unknown);
    let table = expectations::table(&results);
    let line = table.lines().find(|line| line.contains(what)).unwrap();
    assert!(
        line.contains("| from memory ") && line.contains("| not measured "),
        "{line}"
    );
}

#[test]
fn each_loss_is_named() {
    let mut results = sample::results();
    set_hit(&mut results, "v2-mapped", 100.0);
    set_hit(&mut results, "odht", 50.0);
    set_hit(&mut results, "cdb64", 80.0);
    let table = losses::table(&results);
    let mut lines = table.lines().filter(|line| line.contains(HIT.name));
    let line = lines.next().unwrap();
    assert!(
        line.contains("odht, mapped: 50.0 ns (2.00 times); cdb64, mapped: 80.0 ns (1.25 times)"),
        "{line}"
    );

    let mut worse = results.clone();
    for data in &mut worse.data {
        data.stores
            .retain(|store| store.kind == Kind::Ours || store.id == "sqlite");
        let sqlite = store_of(data, "sqlite");
        sqlite.builds.clear();
        sqlite.cold.clear();
        sqlite.warm.iter_mut().for_each(|warm| {
            warm.open_seconds = 9.0;
            (warm.resident_after_open, warm.private_after_reads) = (1 << 40, 1 << 40);
        });
    }
    assert!(losses::table(&worse).starts_with("None"));
    for data in &mut results.data {
        data.stores.retain(|store| store.kind == Kind::Ours);
    }
    assert!(losses::table(&results).starts_with("Unknown"));
}

#[test]
fn higher_rates_are_better() {
    let mut results = sample::results();
    let threads = RANKED
        .iter()
        .find(|column| column.header == "hits, all threads")
        .unwrap();
    let warm = &mut store_of(&mut results.data[0], "sqlite").warm;
    warm.iter_mut()
        .for_each(|warm| warm.hits_per_second_all_threads = 1e9);
    let all = losses::all(&results);
    let loss = all.iter().find(|loss| loss.column.name == threads.name).unwrap();
    assert_eq!(loss.others[0].0.id, "sqlite");
}

#[test]
fn column_names_are_unique() {
    for (index, column) in RANKED.iter().enumerate() {
        assert!(
            RANKED[..index].iter().all(|other| other.name != column.name),
            "{}",
            column.name
        );
    }
}

#[test]
fn the_best_store_on_disk_is_bold() {
    let mut results = sample::results();
    set_hit(&mut results, "odht", 50.0);
    let title = "Cached: lookups";
    assert_eq!(row(&results, title, "odht, mapped")[2], "**50.0 ns**");
    assert!(!row(&results, title, "massmap v2, mapped")[2].contains('*'));
    // Values shown as the same text are equal.
    set_hit(&mut results, "v2-mapped", 50.04);
    assert_eq!(row(&results, title, "massmap v2, mapped")[2], "**50.0 ns**");
    assert_eq!(row(&results, title, "odht, mapped")[2], "**50.0 ns**");
}

#[test]
fn limits_come_before_the_stores() {
    let results = sample::results();
    let text = tables::of_data(&results.data[0], 3);
    for (title, limit) in [
        ("### Not cached: lookups", "| *fio, one read at a time* "),
        ("### Not cached: batches", "| *fio, 128 reads at a time* "),
    ] {
        let (_, table) = text.split_once(title).unwrap();
        let mut rows = table.lines().skip(4);
        assert!(rows.next().unwrap().starts_with(limit));
        assert!(rows.next().unwrap().starts_with("| massmap v2, mapped "));
    }
}

#[test]
fn unmeasured_quantities_are_empty_cells() {
    let mut results = sample::results();
    for data in results.data.iter_mut().chain(&mut results.growth) {
        let sqlite = store_of(data, "sqlite");
        sqlite
            .builds
            .iter_mut()
            .for_each(|build| build.written_bytes = None);
        sqlite.cold.iter_mut().for_each(|cold| cold.miss_disk = None);
        store_of(data, "redb").cold.clear();
        store_of(data, "lmdb").warm.clear();
        store_of(data, "fjall").builds.clear();
    }
    let index = 1 + 1 + 4;
    assert_eq!(WRITTEN.header, "written / payload");
    assert_eq!(row(&results, "Build", "SQLite")[index], "");
    assert_eq!(
        *row(&results, "Not cached: batches", "SQLite")
            .iter()
            .rev()
            .nth(1)
            .unwrap(),
        ""
    );
    let text = tables::of_data(&results.data[0], 3);
    let (_, uncached) = text.split_once("### Not cached").unwrap();
    assert!(!uncached.contains("| redb "));
    let (_, readme, _) = readme::parts(README).unwrap();
    assert_eq!(readme, "");
    let updated = update_readme(README, &results).unwrap();
    assert!(updated.contains("| redb "));
    Rendered::of(&results).unwrap();
}

const README: &str =
    "<!-- comparison: begin, written by benches/src/bin/compare -->\n<!-- comparison: end -->\n";

#[test]
fn empty_results_can_be_rendered() {
    let mut results = sample::results();
    for data in &mut results.data {
        for store in &mut data.stores {
            store.builds.clear();
            store.warm.clear();
            store.cold.clear();
        }
        data.limits.clear();
    }
    results.growth.clear();
    let rendered = Rendered::of(&results).unwrap();
    assert!(rendered.plots.is_empty());
    results.data[0].stores.clear();
    results.data.truncate(1);
    Rendered::of(&results).unwrap();
    results.data.clear();
    assert!(
        Rendered::of(&results)
            .unwrap()
            .page
            .contains("0 met, 0 missed, 0 not measured.")
    );
}

#[test]
fn every_plot_names_its_stores() {
    let results = sample::results();
    let plots = plot::all(&results).unwrap();
    let svg = |name: &str| &plots.iter().find(|plot| plot.name == name).unwrap().svg;
    let check = |name: &str, data: &DataResults, columns: [&Column; 2]| {
        for store in &data.stores {
            let is_shown = columns.iter().any(|column| column.summary(data, store).is_some());
            // Other titles may begin with this one.
            let titles = [format!("\n{}\n", store.title), format!("\n{}, ", store.title)];
            let is_named = titles.iter().any(|title| svg(name).contains(title));
            assert_eq!(is_named, is_shown, "{name}: {}", store.title);
        }
    };
    for data in &results.data {
        check(&format!("{}-warm-hits", data.name), data, [&HIT, &BATCH]);
        check(&format!("{}-uncached-hits", data.name), data, [&COLD_HIT; 2]);
        check(&format!("{}-build", data.name), data, [&BUILD; 2]);
    }
    check("growth-warm-hits", &results.growth[0], [&HIT; 2]);
    check("growth-memory", &results.growth[0], [&RESIDENT; 2]);
    check("growth-build", &results.growth[0], [&BUILD; 2]);
    assert_eq!(plots.len(), 2 * 4 + 4);
}

#[test]
fn rendering_is_deterministic_and_works_from_the_file() {
    let results = sample::results();
    let rendered = Rendered::of(&results).unwrap();
    let again = Rendered::of(&from_json(&rendered.json).unwrap()).unwrap();
    assert_eq!(format!("{rendered:?}"), format!("{again:?}"));
}

#[test]
fn every_plot_is_on_the_page() {
    let rendered = Rendered::of(&sample::results()).unwrap();
    for plot in &rendered.plots {
        assert!(
            rendered.page.contains(&format!("](results/{}.svg)", plot.name)),
            "{}",
            plot.name
        );
    }
}

#[test]
fn publishing_replaces_plots_and_keeps_the_rest_of_the_readme() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let results = sample::results();
    fs::write(root.join("README.md"), "no markers\n").unwrap();
    publish(&results, root).unwrap_err();
    assert!(!root.join("benches").exists());
    fs::write(root.join("README.md"), format!("# massmap\n{README}")).unwrap();
    fs::create_dir_all(root.join("benches/results")).unwrap();
    fs::write(root.join("benches/results/old.svg"), "").unwrap();
    publish(&results, root).unwrap();
    check_files(root);
}

#[test]
fn committed_files_match_the_committed_results() {
    check_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
}

/// Renders everything again from the stored results, so that no figure can have been edited by hand.
fn check_files(root: &Path) {
    let read = |path: &str| {
        let path = root.join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let json = read("benches/results/results.json");
    let results = from_json(&json).unwrap();
    let rendered = Rendered::of(&results).unwrap();
    let again = "render it again with `compare render benches/results/results.json --publish`";
    assert!(
        rendered.json == json,
        "results.json is not in the format of the program"
    );
    assert!(
        rendered.page == read("benches/RESULTS.md"),
        "RESULTS.md differs: {again}"
    );
    let mut names: Vec<String> = rendered
        .plots
        .iter()
        .map(|plot| format!("{}.svg", plot.name))
        .collect();
    names.sort();
    let committed = committed_plots(root).unwrap();
    let committed = committed
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap());
    assert_eq!(committed.collect::<Vec<_>>(), names, "{again}");
    for plot in &rendered.plots {
        let name = format!("{}.svg", plot.name);
        assert!(
            plot.svg == read(&format!("benches/results/{name}")),
            "{name} differs: {again}"
        );
    }
    let readme = read("README.md");
    assert!(
        update_readme(&readme, &results).unwrap() == readme,
        "the section of README.md differs: {again}"
    );
}
