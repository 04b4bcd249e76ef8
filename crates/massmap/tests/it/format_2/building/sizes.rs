//! Values of very different sizes in the same file.

use massmap::{BytesReader, MassMap};
use support::files::build;
use support::files::format_2::{paged, run_range, runs_of};
use support::readers::{CountingReader, Event};

/// Small values and a few large ones, of up to 64 MiB.
fn entries() -> Vec<(u64, String)> {
    const LARGE: [usize; 7] = [1 << 12, 5000, 1 << 16, 70_000, 1 << 20, 4 << 20, 64 << 20];
    let small = (0..6000u64).map(|i| (i, "s".repeat(i as usize % 30)));
    let large = LARGE
        .iter()
        .zip(1_000_000..)
        .map(|(length, key)| (key, "l".repeat(*length)));
    small.chain(large).collect()
}

#[test]
fn values_of_a_byte_to_64_mebibytes_are_found_and_small_ones_do_not_pay_for_large_ones() {
    let entries = entries();
    let file = build(paged(), &entries);
    let runs = runs_of(&file);
    assert!(
        runs.iter().any(|run| run.pages > 1000),
        "otherwise the test covers less"
    );
    let map = MassMap::<u64, String, _>::load(CountingReader::new(file.clone())).unwrap();
    map.reader().take();
    let mut paying = 0;
    for (key, value) in &entries {
        assert!(map.get(key).unwrap().as_ref() == Some(value), "{key}");
        match map.reader().take()[..] {
            [Event::Read { length: 4096, .. }] => assert!(value.len() < 4096),
            [Event::Read { .. }] if value.len() >= 4000 => {}
            [Event::Read { .. }] => paying += 1,
            ref events => panic!("{key}: {events:?}"),
        }
    }
    println!("{paying} of 6000 small values lie in a run with a large one");
    // A large value shares its run with the other entries of its bin. They are few: there are 64 bins per page.
    assert!(paying <= 12, "{paying} of 6000 small values pay for a large one");
    let total: usize = runs.iter().map(|run| run_range(&file, run).len()).sum();
    let needed: usize = entries.iter().map(|(_, value)| value.len() + 16).sum();
    assert!(
        total < needed + needed / 20,
        "{total} bytes of pages for {needed} of entries"
    );
}

#[test]
fn values_of_all_sizes_are_iterated_and_verified() {
    let entries = entries();
    let file = build(paged().with_miss_filter(true), &entries);
    let map = MassMap::<u64, String, _>::load(BytesReader::new(file)).unwrap();
    assert_eq!(map.iter().filter(Result::is_ok).count(), entries.len());
    let report = map.verify();
    assert!(report.is_ok(), "{:?}", report.problems);
    assert_eq!(report.entries, entries.len() as u64);
}
