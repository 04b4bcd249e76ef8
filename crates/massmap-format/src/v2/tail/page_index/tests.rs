use proptest::prelude::*;

use super::layout::Layout;
use super::*;
use crate::FormatError;

/// The expected answer, computed from the first bins.
fn expected_run(first_bins: &[u64], bins: u64, bin: u64) -> PageRun {
    let behind = first_bins.partition_point(|&first| first <= bin);
    let first_bin = first_bins[behind - 1];
    let first_page = first_bins.partition_point(|&first| first < first_bin) as u64;
    let end_bin = first_bins.get(behind).copied().unwrap_or(bins);
    PageRun {
        first_page,
        pages: behind as u64 - first_page,
        first_bin,
        end_bin,
    }
}

fn check(first_bins: &[u64], bins: u64, asked: impl Iterator<Item = u64>) {
    let bytes = encode_page_index(first_bins, bins).unwrap();
    let index = PageIndex::new(&bytes, first_bins.len() as u64, bins).unwrap();
    for bin in asked {
        assert_eq!(
            index.run_of_bin(bin).unwrap(),
            expected_run(first_bins, bins, bin),
            "bin {bin}"
        );
        if let Some(run) = index.single_page_of_bin(bin) {
            assert_eq!(run, expected_run(first_bins, bins, bin), "bin {bin}");
        }
    }
    for (page, &bin) in first_bins.iter().enumerate().step_by(1 + first_bins.len() / 1000) {
        assert_eq!(
            index.run_of_page(page as u64).unwrap(),
            expected_run(first_bins, bins, bin),
            "page {page}"
        );
    }
    let before = first_bins[0].checked_sub(1);
    for bin in [bins, u64::MAX].into_iter().chain(before) {
        let error = index.run_of_bin(bin).unwrap_err();
        assert!(
            matches!(error, FormatError::BinNotIndexed { bin: b } if b == bin),
            "{error}"
        );
    }
    for page in [first_bins.len() as u64, u64::MAX] {
        let error = index.run_of_page(page).unwrap_err();
        assert!(
            matches!(error, FormatError::PageNotIndexed { page: p } if p == page),
            "{error}"
        );
    }
    index.verify().unwrap();
    let mut page = 0;
    let mut bin = first_bins[0];
    for run in index.runs() {
        assert_eq!((run.first_page, run.first_bin), (page, bin));
        page += run.pages;
        bin = run.end_bin;
    }
    assert_eq!((page, bin), (first_bins.len() as u64, bins));
}

/// Realistic first bins: pages of 50 to 78 bins from `first` on.
fn typical(first: u64, pages: u64) -> Vec<u64> {
    (0..pages)
        .map(|page| first + page * 64 + page * 37 % 15)
        .collect()
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes.as_chunks().0.iter();
    words.map(|word| u32::from_le_bytes(*word)).collect()
}

#[test]
fn an_index_has_exactly_these_bytes() {
    // Bins 250 to 699 lie in three groups: one page, three, and two, which are a run.
    let bytes = encode_page_index(&[250, 256, 300, 500, 600, 600], 700).unwrap();
    let mut expected = vec![250, 0, 0, 0, 0, 0, 0, 0];
    expected.extend(700u64.to_le_bytes());
    expected.extend([0, 0, 0, 0]);
    // The line has 0, 2 and 4 pages before the groups; in fact these are 0, 1 and 4.
    expected.extend([0x78, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Six pages in three groups are 64 in 32.
    expected.extend([64, 0, 0, 0]);
    expected.extend([250, 0, 44, 244, 88, 88]);
    assert_eq!(bytes, expected);
}

#[test]
fn groups_far_from_a_first_bin_make_an_exact_table() {
    // Record 0 has pages in its groups 0, 1 and 3; bins 300 and 1000 are 700 apart. Record 1 has none, record 2 one.
    let bytes = encode_page_index(&[0, 300, 1000, 70 * 256], 71 * 256).unwrap();
    for (record, rank) in [(0, 0), (1, 3), (2, 3)] {
        let place = 16 + 20 * record;
        assert_eq!(words(&bytes[place..][..20]), [rank, 0, 0, 0, 0]);
    }
    assert_eq!(words(&bytes[76..80]), [3 + 5]);
    assert_eq!(bytes[80..84], [0, 44, 232, 0]);
    let rest = words(&bytes[84..]);
    assert_eq!(rest[..2], [0, 2]);
    let table = [&[0, 1, 2, 2][..], &[3; 28]].concat();
    assert_eq!(rest[2..34], table);
    let table = [&[3; 7][..], &[4; 25]].concat();
    assert_eq!(rest[34..], table);
}

#[test]
fn one_page_holds_all_bins() {
    for bins in [1, 2, 64, 8192] {
        check(&[0], bins, [0, bins / 2, bins - 1].into_iter());
    }
    let far = u64::MAX - 5000;
    check(&[far], u64::MAX, [far, u64::MAX - 1].into_iter());
}

#[test]
fn the_fast_path_finds_nearly_all_single_pages() {
    for first in [0, 77, 1 << 40] {
        let pages = typical(first, 4000);
        let bins = pages.last().unwrap() + 60;
        check(&pages, bins, (first..bins).step_by(3));
        let bytes = encode_page_index(&pages, bins).unwrap();
        let index = PageIndex::new(&bytes, 4000, bins).unwrap();
        for bin in pages[8]..pages[3984] {
            assert_eq!(
                index.single_page_of_bin(bin),
                Some(expected_run(&pages, bins, bin))
            );
        }
    }
}

#[test]
fn a_page_far_from_others_makes_only_its_neighbours_slow() {
    let mut pages = typical(0, 4000);
    pages[2000..].iter_mut().for_each(|bin| *bin += 300);
    let bins = pages.last().unwrap() + 60;
    check(&pages, bins, 0..bins);
    let bytes = encode_page_index(&pages, bins).unwrap();
    let index = PageIndex::new(&bytes, 4000, bins).unwrap();
    let slow = (pages[8]..pages[3984]).filter(|bin| index.single_page_of_bin(*bin).is_none());
    assert!(slow.count() < 1024);
}

#[test]
fn the_first_bin_may_be_any() {
    // A shard's bins are a small part of the range.
    let bins = 64 * 100 * 1000;
    for first in [7 * 6400, 7 * 6400 + 1, bins - 6500] {
        let pages = typical(first, 100);
        let end = pages.last().unwrap() + 70;
        check(&pages, end, first..end);
        let bytes = encode_page_index(&pages, end).unwrap();
        assert!(bytes.len() < 200, "{}", bytes.len());
        let index = PageIndex::new(&bytes, 100, bins).unwrap();
        assert_eq!(index.bins(), first..end);
    }
}

#[test]
fn pages_with_the_same_first_bin_are_one_run() {
    check(&[0, 0, 0, 5, 6, 6, 6], 100, 0..100);
    check(&[0; 1000], 1, 0..1);
    let mut first_bins = vec![0, 64, 128];
    first_bins.extend([130; 20_000]);
    first_bins.extend([131, 500]);
    check(&first_bins, 1 << 20, (0..600).chain([(1 << 20) - 1]));
}

#[test]
fn a_run_of_any_number_of_pages_ends_with_its_ones() {
    // Ones that end before, at and behind the ends of words.
    for pages in (1..200).chain([255, 256, 257]) {
        let mut first_bins = vec![0];
        first_bins.extend(vec![3; pages]);
        check(&first_bins, 4, 0..4);
        first_bins.push(700);
        check(&first_bins, 1000, [0, 2, 3, 4, 699, 700, 999].into_iter());
    }
}

#[test]
fn long_runs_are_found_wherever_their_ones_lie_in_a_word() {
    // Two to four bins a page: one bit of each first bin is stored as it is.
    for before in 1..140u64 {
        for length in [1, 2, 30, 31, 32, 33, 34, 39, 40, 41, 64, 100] {
            for odd in [0, 1] {
                let mut first_bins: Vec<u64> = (0..before).collect();
                first_bins.extend(vec![2 * before + odd; length]);
                first_bins.extend((1..200).map(|bin| 2 * before + 1 + bin));
                let bins = 3 * first_bins.len() as u64;
                let asked = (2 * before).saturating_sub(3)..2 * before + 6;
                check(&first_bins, bins, asked);
            }
        }
    }
}

#[test]
fn wrong_ranks_and_deviations_never_lead_out_of_range() {
    let pages = 300;
    for bins_per_page in [1, 64, 300] {
        let bins = pages * bins_per_page;
        let first_bins: Vec<u64> = (0..pages).map(|page| page * bins_per_page).collect();
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let layout = PageIndex::new(&bytes, pages, bins).unwrap().layout;
        let wrong = [0u32, 1, 7, 299, 300, 301, 1 << 16, u32::MAX - 1, u32::MAX];
        let ranks = (16..layout.positions).step_by(4);
        let tables = (layout.numbers..bytes.len()).step_by(4 * 13);
        for place in ranks.chain(tables) {
            for wrong in wrong {
                let mut bytes = bytes.clone();
                bytes[place..][..4].copy_from_slice(&wrong.to_le_bytes());
                stays_in_range(&bytes, pages, bins);
            }
        }
        for place in 16..layout.positions {
            for wrong in [0, 1, 0x10, 0x77, 0xff] {
                let mut bytes = bytes.clone();
                bytes[place] = wrong;
                stays_in_range(&bytes, pages, bins);
            }
        }
    }
}

/// Searches and walks in an index that may be damaged.
fn stays_in_range(bytes: &[u8], pages: u64, bins: u64) {
    let Ok(index) = PageIndex::new(bytes, pages, bins) else {
        return;
    };
    for bin in (0..bins).step_by(bins as usize / 97 + 1) {
        if let Ok(run) = index.run_of_bin(bin) {
            assert!(run.pages > 0 && run.first_page + run.pages <= pages);
            assert!(run.first_bin <= bin && bin < run.end_bin && run.end_bin <= bins);
        }
    }
    for page in (0..pages).step_by(7) {
        if let Ok(run) = index.run_of_page(page) {
            assert!(run.first_page <= page && page < run.first_page + run.pages);
            assert!(run.first_page + run.pages <= pages);
        }
    }
    assert!(index.runs().count() as u64 <= pages);
}

#[test]
fn a_typical_index_takes_less_than_nine_and_a_half_bits_a_page() {
    for bins_per_page in [60, 63, 64, 65] {
        let pages = 100_000u64;
        let first_bins: Vec<u64> = (0..pages).map(|page| page * bins_per_page).collect();
        let bytes = encode_page_index(&first_bins, pages * bins_per_page).unwrap();
        let bits = bytes.len() as f64 * 8.0 / pages as f64;
        assert!(bits <= 9.3, "{bits} bits a page");
    }
}

#[test]
fn no_index_takes_more_than_a_few_bytes_a_page() {
    let pages = 1000;
    for bins_per_page in [1, 100, 256, 1000, 8191] {
        let first_bins: Vec<u64> = (0..pages).map(|page| page * bins_per_page).collect();
        let bytes = encode_page_index(&first_bins, pages * bins_per_page).unwrap();
        let bits = bytes.len() as f64 * 8.0 / pages as f64;
        assert!(
            bits <= 8.0 * (1 + 4 + 16 + 132) as f64 + 1.0,
            "{bits} bits a page"
        );
    }
}

#[test]
fn invalid_sequences_of_first_bins_are_refused() {
    let far = [0, 5, 3 * 8192];
    for (first_bins, bins) in [
        (&[][..], 1),
        (&[0, 2, 1], 3),
        (&[0, 3], 3),
        (&[0], 0),
        (&far, far[2] + 1),
        (&[7], 7 + 8193),
    ] {
        let error = encode_page_index(first_bins, bins).unwrap_err();
        assert!(matches!(error, FormatError::FirstBins { .. }), "{error}");
    }
}

#[test]
fn an_index_of_the_wrong_length_is_refused() {
    let bytes = encode_page_index(&[0, 3, 9], 64).unwrap();
    for (length, pages, bins) in [
        (bytes.len() - 1, 3, 64),
        (bytes.len(), 2, 64),
        (bytes.len(), 300, 64),
        (bytes.len(), 3, 63),
        (0, 0, 0),
        (8, 3, 64),
        (16, u64::MAX, u64::MAX),
    ] {
        let error = PageIndex::new(&bytes[..length], pages, bins).unwrap_err();
        assert!(matches!(error, FormatError::PageIndexLength { .. }), "{error}");
    }
}

#[test]
fn agrees_with_another_implementation_on_a_large_index() {
    let pages = 50_000u64;
    let first_bins: Vec<u64> = (0..pages)
        .map(|page| page * 61 + crate::spread(page) % 61)
        .collect();
    let bins = 62 * pages;
    let mut oracle = sucds::mii_sequences::EliasFanoBuilder::new(bins, pages as usize).unwrap();
    first_bins.iter().for_each(|&bin| oracle.push(bin).unwrap());
    let oracle = oracle.build().enable_rank();
    let bytes = encode_page_index(&first_bins, bins).unwrap();
    let index = PageIndex::new(&bytes, pages, bins).unwrap();
    for bin in (first_bins[0]..bins).step_by(7) {
        let run = index.run_of_bin(bin).unwrap();
        assert_eq!(Some(run.first_bin), oracle.predecessor(bin));
        assert_eq!(run.first_page + run.pages, oracle.rank(bin + 1).unwrap() as u64);
        assert_eq!(Some(run.end_bin), oracle.successor(bin + 1).or(Some(bins)));
    }
}

proptest! {
    #[test]
    fn every_bin_is_found_whatever_the_pages(
        first in prop_oneof![Just(0), 0..1000u64, any::<u32>().prop_map(u64::from)],
        gaps in proptest::collection::vec(prop_oneof![8 => 0..200u64, 2 => Just(0), 1 => 0..30_000u64], 0..400),
        behind in 1..1000u64,
        asked in proptest::collection::vec(any::<u64>(), 50),
    ) {
        let mut first_bins = vec![first];
        for gap in gaps {
            first_bins.push(first_bins.last().unwrap() + gap);
        }
        let bins = first_bins.last().unwrap() + behind;
        prop_assume!(bins - first <= 8192 * first_bins.len() as u64);
        let neighbours = first_bins.iter().flat_map(|&bin| [bin.saturating_sub(1), bin, bin + 1]);
        let asked = asked.iter().map(|bin| bin % bins);
        check(&first_bins, bins, neighbours.chain(asked).filter(|bin| (first..bins).contains(bin)));
    }

    #[test]
    fn the_fast_path_is_right_wherever_it_answers(
        gaps in proptest::collection::vec(prop_oneof![60 => 20..120u64, 1 => Just(0), 1 => 200..600u64], 100..1000),
    ) {
        let mut first_bins = vec![0];
        for gap in gaps {
            first_bins.push(first_bins.last().unwrap() + gap);
        }
        let bins = first_bins.last().unwrap() + 1;
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let index = PageIndex::new(&bytes, first_bins.len() as u64, bins).unwrap();
        for bin in (0..bins).step_by(5) {
            let expected = expected_run(&first_bins, bins, bin);
            prop_assert_eq!(index.run_of_bin(bin).unwrap(), expected);
        }
    }

    #[test]
    fn a_damaged_index_never_leads_out_of_range(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        pages in 1..100u64,
        bins in 1..10_000u64,
        tables in 0..3usize,
    ) {
        if let Some(layout) = Layout::new(pages, 0, bins) {
            bytes.resize(layout.numbers + 132 * tables, 0xaa);
            bytes[..8].fill(0);
            bytes[8..16].copy_from_slice(&bins.to_le_bytes());
            stays_in_range(&bytes, pages, bins);
        }
    }

    #[test]
    fn a_changed_index_never_leads_out_of_range(
        pages in 20..300u64,
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..20),
    ) {
        let first_bins = typical(0, pages);
        let bins = first_bins.last().unwrap() + 64;
        let mut bytes = encode_page_index(&first_bins, bins).unwrap();
        for (place, byte) in changes {
            let place = 16 + place % (bytes.len() - 16);
            bytes[place] = byte;
        }
        stays_in_range(&bytes, pages, bins);
    }
}
