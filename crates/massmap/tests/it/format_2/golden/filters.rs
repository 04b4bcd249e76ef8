//! Miss filters.

use std::collections::{BTreeMap, BTreeSet};

use massmap::Xxh3HashLoader;
use massmap_format::{SectionKind, bin_of};
use support::files::format_2::{paged_with, sections_of};

use super::{assert_golden, numbers_by_hash};

/// The level of each line of the miss filter, and the number of the first one.
fn levels(file: &[u8]) -> (u64, Vec<u64>) {
    let sections = sections_of(file);
    let (_, filter) = sections
        .iter()
        .find(|(kind, _)| *kind == SectionKind::MissFilter as u32)
        .expect("the file has a miss filter");
    let words: Vec<u64> = filter
        .as_chunks()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .collect();
    let lines = words[8..].chunks_exact(8);
    let levels = lines.map(|line| (0..3).map(|bit| line[bit] >> 63 << bit).sum());
    (words[1], levels.collect())
}

#[test]
fn a_golden_map_with_a_filter_of_one_line_is_built_and_read() {
    let entries: Vec<(u64, i64)> = (0..20).map(|i| (1 << (3 * i), -(1 << (2 * i)))).collect();
    let builder = paged_with::<Xxh3HashLoader>()
        .with_hash_seed(42)
        .with_miss_filter(true);
    let file = assert_golden("v2-filter", builder, &entries, &[0, 3]);
    assert_eq!(levels(&file), (0, vec![0]));
}

#[test]
fn a_golden_map_with_a_filter_of_lines_of_every_level_and_of_two_blocks_is_built_and_read() {
    const LINES: u64 = 70;
    // The first line and the last one have no keys; the longest ones are of each level.
    let crowded = BTreeMap::from([
        (10, 63),
        (20, 70),
        (25, 82),
        (30, 98),
        (40, 128),
        (50, 160),
        (60, 530),
        (61, 0),
    ]);
    let mut left: Vec<u32> = (0..LINES)
        .map(|line| match line {
            0 | 69 => 0,
            _ => crowded.get(&line).copied().unwrap_or(41),
        })
        .collect();
    let count = left.iter().sum::<u32>() as usize;
    assert_eq!(count.div_ceil(52) as u64, LINES);
    let numbers = numbers_by_hash(count, |hash| {
        let left = &mut left[bin_of(hash, LINES) as usize];
        let is_wanted = *left > 0;
        *left -= u32::from(is_wanted);
        is_wanted
    });
    let entries: Vec<(u32, u8)> = numbers.iter().map(|number| (*number, *number as u8)).collect();
    let absent: Vec<u32> = (1 << 31..(1 << 31) + 1000).collect();
    let builder = paged_with::<Xxh3HashLoader>()
        .with_page_size(1024)
        .with_miss_filter(true);
    let file = assert_golden("v2-filter-levels", builder, &entries, &absent);
    let (first, levels) = levels(&file);
    assert_eq!((first, levels.len()), (1, 68));
    assert_eq!(BTreeSet::from_iter(levels), BTreeSet::from_iter(0..=7));
}
