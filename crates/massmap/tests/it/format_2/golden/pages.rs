//! Pages of every kind of size, chosen by the user or not.

use massmap::{MassMapBuilder, Xxh3HashLoader};
use massmap_format::{PageLayout, PagedHeader};
use support::files::format_2::{header_of, layout_of, paged_with, runs_of};

use super::{assert_golden, fixed_layout};

fn builder(page_size: u32) -> MassMapBuilder<Xxh3HashLoader> {
    paged_with::<Xxh3HashLoader>().with_page_size(page_size)
}

fn texts(count: u64) -> Vec<(String, String)> {
    (0..count)
        .map(|number| {
            (
                format!("key {number}"),
                "text of some words ".repeat(number as usize % 9 + 1),
            )
        })
        .collect()
}

#[test]
fn golden_maps_of_pages_with_two_to_eight_parts_are_built_and_read() {
    for (page_size, count, parts) in [
        (1024, 30, 2),
        (2048, 60, 4),
        (4096, 120, 8),
        (8192, 120, 8),
        (65_536, 500, 8),
    ] {
        let absent = ["absent".to_owned()];
        let file = assert_golden(
            &format!("v2-pages-{page_size}"),
            builder(page_size),
            &texts(count),
            &absent,
        );
        let header = header_of(&file);
        assert_eq!(
            (header.page_size, header.choices),
            (page_size, PagedHeader::CHOSEN_PAGE_SIZE)
        );
        assert_eq!(PageLayout::part_count_of(page_size), parts);
        // One full page of the longest, so that the file stays small.
        assert_eq!(
            runs_of(&file).len() > 1,
            page_size < 65_536,
            "{}",
            header.page_count
        );
    }
}

#[test]
fn golden_maps_of_fixed_entries_in_pages_with_parts_are_built_and_read() {
    let entries: Vec<(u32, u64)> = (0..300).map(|i| (i * i, u64::from(i) << 40)).collect();
    for page_size in [1024, 4096] {
        let name = format!("v2-fixed-pages-{page_size}");
        let count = if page_size == 1024 { 200 } else { 300 };
        let file = assert_golden(&name, builder(page_size), &entries[..count], &[2, 3]);
        assert_eq!(layout_of(&file), fixed_layout(4, 8));
    }
}

#[test]
fn golden_maps_of_pages_of_a_size_that_nobody_chose_are_built_and_read() {
    // With few and with many entries, long and short ones.
    let unchosen = paged_with::<Xxh3HashLoader>;
    let absent = ["absent".to_owned()];
    let small = assert_golden("v2-default-small", unchosen(), &texts(10), &absent);
    let large = assert_golden("v2-default-large", unchosen(), &texts(100), &absent);
    let integers: Vec<(u64, u64)> = (0..700).map(|i| (i * i, i << 7)).collect();
    let integers = assert_golden("v2-default-integers", unchosen(), &integers, &[2, u64::MAX]);
    let tiny: Vec<(u16, u8)> = (0..700).map(|i| (i * 3, (i % 7) as u8)).collect();
    let tiny = assert_golden("v2-default-tiny", unchosen(), &tiny, &[1, u16::MAX]);
    for (file, page_size) in [(small, 2048), (large, 4096), (integers, 4096), (tiny, 512)] {
        let header = header_of(&file);
        assert_eq!((header.page_size, header.choices), (page_size, 0));
    }
}

#[test]
fn a_golden_map_of_pages_with_directories_longer_than_a_cache_line_is_built_and_read() {
    let tiny: Vec<(u16, u8)> = (0..2000).map(|i| (i * 3, (i % 7) as u8)).collect();
    let file = assert_golden("v2-long-directories", builder(4096), &tiny, &[1, u16::MAX]);
    assert!(header_of(&file).directory_words > 7);
}
