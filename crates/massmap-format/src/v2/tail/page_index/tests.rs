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
    for bin in [bins, u64::MAX] {
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
    let mut page = 0;
    let mut bin = 0;
    for run in index.runs() {
        assert_eq!((run.first_page, run.first_bin), (page, bin));
        page += run.pages;
        bin = run.end_bin;
    }
    assert_eq!((page, bin), (first_bins.len() as u64, bins));
}

#[test]
fn an_index_has_exactly_these_bytes() {
    // Four pages over 256 bins: six low bits each. High parts 0, 1, 1, 3 of 0..=4.
    let bytes = encode_page_index(&[0, 65, 70, 192], 256).unwrap();
    let sample = 1u64;
    let low = (1 << 6) | (6 << 12);
    let words: Vec<u64> = bytes
        .chunks(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
        .collect();
    // Ones at 0 + 0, 1 + 1, 1 + 2, 3 + 3.
    assert_eq!(words, [sample, 0b100_1101, low]);
}

#[test]
fn one_page_holds_all_bins() {
    for bins in [1, 2, 64, 1 << 50] {
        check(&[0], bins, [0, bins / 2, bins - 1].into_iter());
    }
}

#[test]
fn the_fast_path_finds_single_pages_and_long_runs() {
    let bins = 64 * 400;
    let bytes_of = |first_bins: &[u64]| encode_page_index(first_bins, bins).unwrap();
    // Pages of 50 to 78 bins.
    let single: Vec<u64> = (0..400u64).map(|page| page * 64 + page * 37 % 15).collect();
    let bytes = bytes_of(&single);
    let index = PageIndex::new(&bytes, 400, bins).unwrap();
    for bin in single[2]..single[390] {
        assert_eq!(
            index.single_page_of_bin(bin),
            Some(expected_run(&single, bins, bin))
        );
    }
    // Runs of four pages each.
    let long: Vec<u64> = (0..400u64)
        .map(|page| page / 4 * 256 + page / 4 * 37 % 60)
        .collect();
    let bytes = bytes_of(&long);
    let index = PageIndex::new(&bytes, 400, bins).unwrap();
    for bin in long[8]..long[388] {
        assert_eq!(index.single_page_of_bin(bin), None);
        assert_eq!(index.run_in_window(bin), Some(expected_run(&long, bins, bin)));
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
fn wrong_samples_never_lead_out_of_range() {
    let pages = 300;
    for bins_per_page in [1, 2, 3, 7, 64] {
        let bins = pages * bins_per_page;
        let first_bins: Vec<u64> = (0..pages).map(|page| page * bins_per_page).collect();
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let layout = Layout::new(pages, bins).unwrap();
        for sample in 0..layout.upper_start / 8 {
            for wrong in (0..layout.upper_bits + 70).chain([u64::MAX - 1, u64::MAX]) {
                let mut bytes = bytes.clone();
                bytes[8 * sample as usize..][..8].copy_from_slice(&wrong.to_le_bytes());
                // With ones cleared, pages and zeros disagree.
                for cleared in [0, 3, 9] {
                    let upper = layout.upper_start as usize;
                    bytes[upper..][..cleared].fill(0);
                    let index = PageIndex::new(&bytes, pages, bins).unwrap();
                    for bin in (0..bins).step_by(bins as usize / 97 + 1).chain(0..bins.min(80)) {
                        if let Ok(run) = index.run_of_bin(bin) {
                            assert!(
                                run.pages > 0 && run.first_page + run.pages <= pages && run.end_bin <= bins
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_typical_index_takes_less_than_nine_bits_a_page() {
    for bins_per_page in [60, 63, 64, 65] {
        let pages = 100_000u64;
        let first_bins: Vec<u64> = (0..pages).map(|page| page * bins_per_page).collect();
        let bytes = encode_page_index(&first_bins, pages * bins_per_page).unwrap();
        let bits = bytes.len() as f64 * 8.0 / pages as f64;
        assert!(bits <= 9.0, "{bits} bits a page");
    }
}

#[test]
fn invalid_sequences_of_first_bins_are_refused() {
    for (first_bins, bins) in [(&[][..], 1), (&[1], 2), (&[0, 2, 1], 3), (&[0, 3], 3), (&[0], 0)] {
        let error = encode_page_index(first_bins, bins).unwrap_err();
        assert!(matches!(error, FormatError::FirstBins { .. }), "{error}");
    }
}

#[test]
fn an_index_of_the_wrong_length_is_refused() {
    let bytes = encode_page_index(&[0, 3, 9], 64).unwrap();
    for (length, pages, bins) in [
        (bytes.len() - 1, 3, 64),
        (bytes.len(), 300, 64),
        (bytes.len(), 3, 1 << 40),
        (0, 0, 0),
        (8, u64::MAX, u64::MAX),
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
        .map(|bin| bin * u64::from(bin > 60))
        .collect();
    let bins = 62 * pages;
    let mut oracle = sucds::mii_sequences::EliasFanoBuilder::new(bins, pages as usize).unwrap();
    first_bins.iter().for_each(|&bin| oracle.push(bin).unwrap());
    let oracle = oracle.build().enable_rank();
    let bytes = encode_page_index(&first_bins, bins).unwrap();
    let index = PageIndex::new(&bytes, pages, bins).unwrap();
    for bin in (0..bins).step_by(7) {
        let run = index.run_of_bin(bin).unwrap();
        assert_eq!(Some(run.first_bin), oracle.predecessor(bin));
        assert_eq!(run.first_page + run.pages, oracle.rank(bin + 1).unwrap() as u64);
        assert_eq!(Some(run.end_bin), oracle.successor(bin + 1).or(Some(bins)));
    }
}

proptest! {
    #[test]
    fn every_bin_is_found_whatever_the_pages(
        gaps in proptest::collection::vec(prop_oneof![4 => 0..200u64, 1 => Just(0), 1 => 0..100_000u64], 0..400),
        behind in 1..1000u64,
        asked in proptest::collection::vec(any::<u64>(), 50),
    ) {
        let mut first_bins = vec![0];
        for gap in gaps {
            first_bins.push(first_bins.last().unwrap() + gap);
        }
        let bins = first_bins.last().unwrap() + behind;
        let neighbours = first_bins.iter().flat_map(|&bin| [bin.saturating_sub(1), bin, bin + 1]).filter(|&bin| bin < bins);
        check(&first_bins, bins, neighbours.chain(asked.iter().map(|bin| bin % bins)));
    }

    #[test]
    fn a_damaged_index_never_leads_out_of_range(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        pages in 1..100u64,
        bins in 1..10_000u64,
    ) {
        if let Some(layout) = Layout::new(pages, bins) {
            bytes.resize(layout.length as usize, 0xaa);
            let index = PageIndex::new(&bytes, pages, bins).unwrap();
            for bin in (0..bins).step_by(97) {
                if let Ok(run) = index.run_of_bin(bin) {
                    prop_assert!(run.pages >= 1 && run.first_page + run.pages <= pages);
                    prop_assert!(run.first_bin <= bin && bin < run.end_bin && run.end_bin <= bins);
                }
            }
            for page in 0..pages {
                if let Ok(run) = index.run_of_page(page) {
                    prop_assert!(run.first_page <= page && page < run.first_page + run.pages);
                    prop_assert!(run.first_page + run.pages <= pages);
                }
            }
            prop_assert!(index.runs().count() as u64 <= pages);
        }
    }
}
