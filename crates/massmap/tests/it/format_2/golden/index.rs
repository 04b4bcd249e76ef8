//! Page indexes of several records, with and without tables.

use massmap::Xxh3HashLoader;
use massmap_format::SectionKind;
use support::files::format_2::{header_of, runs_of, sections_of, small_pages_with};

use super::{assert_golden, numbers_by_hash};

/// The length of the page index without tables, and with those that it has.
fn index_lengths(file: &[u8], records: usize) -> (usize, usize) {
    let sections = sections_of(file);
    let (_, index) = sections
        .iter()
        .find(|(kind, _)| *kind == SectionKind::PageIndex as u32)
        .expect("the file has a page index");
    let pages = header_of(file).page_count as usize;
    (20 + 20 * records + pages, index.len())
}

fn entries(numbers: &[u32]) -> Vec<(u32, String)> {
    numbers
        .iter()
        .map(|number| (*number, "index ".repeat(8 + *number as usize % 6)))
        .collect()
}

#[test]
fn a_golden_map_with_an_index_of_two_records_is_built_and_read() {
    let entries = entries(&numbers_by_hash(1030, |_| true));
    let file = assert_golden(
        "v2-index",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &[u32::MAX],
    );
    let bins = runs_of(&file).last().unwrap().end_bin - runs_of(&file)[0].first_bin;
    assert!(bins > 8192, "{bins} bins");
    let (without_tables, length) = index_lengths(&file, 2);
    assert_eq!(length, without_tables);
}

#[test]
fn a_golden_map_with_an_index_of_a_table_and_of_a_record_without_pages_is_built_and_read() {
    // In 65,536ths of all hashes: most at even distances, many in one bin, gaps, and few at the end, which share a page with others
    // from before the second record.
    let mut left = [
        (0x0100..0x4000, 425),
        (0x6000..0x6001, 40),
        (0x9000..0xd000, 490),
        (0xec00..0xec10, 2),
        (0xf700..0xf710, 2),
    ];
    let count = left.iter().map(|(_, left)| left).sum();
    let numbers = numbers_by_hash(count, |hash| {
        let range = left.iter_mut().find(|(range, _)| range.contains(&(hash >> 48)));
        let wanted = range.filter(|(_, left)| *left > 0);
        wanted.is_some_and(|(_, left)| {
            *left -= 1;
            true
        })
    });
    let entries = entries(&numbers);
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden("v2-index-uneven", builder, &entries, &[u32::MAX]);
    let runs = runs_of(&file);
    let last = runs.last().unwrap();
    assert!(runs[0].first_bin < 256 && last.first_bin < 8192 && last.end_bin > 8192);
    assert!(runs.iter().any(|run| run.pages > 4));
    let (without_tables, length) = index_lengths(&file, 2);
    assert_eq!(length, without_tables + 4 + 128);
}
