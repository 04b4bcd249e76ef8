//! Runs of several pages, and entries with equal keys.

use massmap::{DuplicateKeys, Xxh3HashLoader};
use support::files::format_2::{header_of, layout_of, paged_with, runs_of, small_pages_with};

use super::{assert_golden, fixed_layout};

#[test]
fn a_golden_map_with_duplicates_and_a_run_of_several_pages_is_built_and_read() {
    let entries: Vec<(u8, String)> = (0..18)
        .map(|i| (i % 7, "text ".repeat(usize::from(i) * usize::from(i))))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>().with_duplicate_keys(DuplicateKeys::KeepAll);
    let file = assert_golden("v2-runs", builder, &entries, &[7]);
    assert!(runs_of(&file).iter().any(|run| run.pages > 2));
}

#[test]
fn golden_maps_of_a_fixed_run_of_several_pages_with_and_without_parts_are_built_and_read() {
    let entries: Vec<((), [f64; 4])> = (0..100).map(|i| ((), [f64::from(i); 4])).collect();
    for (name, page_size, count) in [("v2-fixed-runs", 512, 40), ("v2-fixed-runs-parts", 1024, 100)] {
        let builder = paged_with::<Xxh3HashLoader>()
            .with_page_size(page_size)
            .with_duplicate_keys(DuplicateKeys::KeepAll);
        let file = assert_golden(name, builder, &entries[..count], &[]);
        assert_eq!(layout_of(&file), fixed_layout(0, 32));
        assert!(runs_of(&file)[0].pages > 2);
    }
}

#[test]
fn a_golden_map_of_runs_that_bins_share_is_built_and_read() {
    let entries: Vec<(u32, String)> = (0..60)
        .map(|i| (i, "share ".repeat(30 + i as usize % 7)))
        .collect();
    let builder = paged_with::<Xxh3HashLoader>()
        .with_page_size(1024)
        .with_longest_run(4);
    let file = assert_golden("v2-shared-runs", builder, &entries, &[60]);
    let shared = runs_of(&file)
        .into_iter()
        .filter(|run| run.pages > 1 && run.end_bin - run.first_bin > 1);
    assert!(shared.count() > 2);
}

#[test]
fn golden_maps_of_runs_longer_than_64_kib_with_and_without_parts_are_built_and_read() {
    for (name, page_size) in [("v2-long-run", 512), ("v2-long-run-parts", 4096)] {
        let entries: Vec<(u32, String)> = (0..40)
            .map(|i| (i / 36, "a long text. ".repeat(if i < 36 { 140 } else { 1 })))
            .collect();
        let builder = paged_with::<Xxh3HashLoader>()
            .with_page_size(page_size)
            .with_duplicate_keys(DuplicateKeys::KeepAll);
        let file = assert_golden(name, builder, &entries, &[2]);
        assert!(
            runs_of(&file)
                .iter()
                .any(|run| run.pages * u64::from(page_size) > 65_536)
        );
        assert!(header_of(&file).page_count < 150);
    }
}
