use std::cell::Cell;

use proptest::prelude::*;

use super::super::{Layout, encode_page_index};
use super::*;

/// Bytes that count how often they are looked at.
#[derive(Debug)]
struct Counted {
    bytes: Vec<u8>,
    looks: Cell<u64>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        self.looks.set(self.looks.get() + 1);
        &self.bytes
    }
}

/// How often a walk over an index of `pages` pages looks at its bytes, and how many runs it finds.
fn looks(bytes: Vec<u8>, pages: u64, bins: u64) -> (u64, u64) {
    let bytes = Counted {
        bytes,
        looks: Cell::new(0),
    };
    let index = PageIndex::new(&bytes, pages, bins).unwrap();
    let runs = index.runs().count() as u64;
    (bytes.looks.get(), runs)
}

#[test]
fn a_walk_looks_at_each_page_and_each_word_a_few_times_at_most_whatever_the_index_says() {
    let pages = 20_000u64;
    let wide = pages << 40;
    let usual: Vec<u64> = (0..pages).map(|page| 64 * page).collect();
    // All ones side by side, so that each search would pass them; before all zeros, and behind them.
    let crowded: Vec<u64> = (0..pages).collect();
    let late: Vec<u64> = (0..pages)
        .map(|page| (wide - pages) * page.min(1) + page)
        .collect();
    let long_run: Vec<u64> = (0..pages).map(|page| page / (pages / 2) * 7).collect();
    for (first_bins, bins, runs) in [
        (usual, 64 * pages, pages),
        (crowded, wide, pages),
        (late, wide, pages),
        (long_run, wide, 2),
    ] {
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let words = bytes.len() as u64 / 8;
        let (count, found) = looks(bytes.clone(), pages, bins);
        assert_eq!(found, runs);
        assert!(count <= 2 * pages + words + 10, "{count} looks");

        // With samples that would send each search back to the beginning.
        let samples = usize::try_from(Layout::new(pages, bins).unwrap().upper_start).unwrap();
        let mut damaged = bytes;
        damaged[..samples].fill(0);
        let (count, found) = looks(damaged, pages, bins);
        assert_eq!(found, runs);
        assert!(count <= 2 * pages + words + 10, "{count} looks");
    }
}

#[test]
fn a_walk_over_any_pages_gives_the_runs_that_begin_there() {
    let first_bins = [0, 0, 5, 6, 6, 6, 90];
    let bytes = encode_page_index(&first_bins, 100).unwrap();
    let index = || PageIndex::new(&bytes[..], 7, 100).unwrap();
    let all: Vec<PageRun> = index().runs().collect();
    assert_eq!(all.len(), 4);
    for start in 0..9 {
        for end in start..10 {
            let runs = index().runs_within(start..end).unwrap();
            let within: Vec<_> = runs.map(Result::unwrap).collect();
            let expected = all.iter().filter(|run| (start..end).contains(&run.first_page));
            assert_eq!(within, expected.copied().collect::<Vec<_>>(), "{start}..{end}");
        }
    }
}

#[test]
fn walks_over_the_parts_of_a_long_run_look_at_their_own_pages() {
    let pages = 20_000;
    let bytes = Counted {
        bytes: encode_page_index(&vec![0; pages as usize], 1).unwrap(),
        looks: Cell::new(0),
    };
    for start in (0..pages).step_by(100) {
        let index = PageIndex::new(&bytes, pages, 1).unwrap();
        let runs = index.runs_within(start..start + 100).unwrap();
        assert_eq!(runs.count(), usize::from(start == 0));
    }
    // All of the run once, where it begins, and the page of each part among the ones behind the sample.
    let words = pages / 64;
    let parts = pages / 100;
    let count = bytes.looks.get();
    assert!(count < 3 * pages + parts * (words + 300), "{count} looks");
}

#[test]
fn ones_that_are_too_few_or_that_stand_for_unsorted_bins_end_a_walk_with_an_error() {
    let bytes = encode_page_index(&[0, 65, 70, 192], 256).unwrap();
    let walk = |bytes: &[u8]| {
        let runs = PageIndex::new(bytes, 4, 256).unwrap().runs_within(0..u64::MAX);
        runs.map(|runs| runs.collect::<Result<Vec<_>, _>>())
    };
    assert_eq!(walk(&bytes).unwrap().unwrap().len(), 4);
    // The words are sample, upper bits, low bits.
    let mut few = bytes.clone();
    few[8] &= 0b111;
    let error = walk(&few).unwrap().unwrap_err();
    assert!(
        matches!(error, FormatError::PageNotIndexed { page: 2 }),
        "{error}"
    );
    let mut unsorted = bytes.clone();
    unsorted[16] = 0x80;
    unsorted[17] = 0x00;
    let error = walk(&unsorted).unwrap().unwrap_err();
    assert!(matches!(error, FormatError::BinNotIndexed { .. }), "{error}");
    let mut late = bytes;
    late[16] |= 1;
    let error = walk(&late).unwrap_err();
    assert!(matches!(error, FormatError::BinNotIndexed { bin: 0 }), "{error}");
}

#[test]
fn every_bit_of_an_index_is_verified() {
    let long: Vec<u64> = (0..700u64).map(|page| page / 3 * 40).collect();
    for (first_bins, bins) in [
        (&[0, 65, 70, 192][..], 256),
        (&[0], 127),
        (&[0, 0, 0, 1], 2),
        (&long, 10_000),
    ] {
        let pages = first_bins.len() as u64;
        let mut bytes = encode_page_index(first_bins, bins).unwrap();
        PageIndex::new(&bytes, pages, bins).unwrap().verify().unwrap();
        let mut others = 0;
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let index = PageIndex::new(&bytes, pages, bins).unwrap();
            if index.verify().is_ok() {
                // Other first bins, of which this is the index.
                let walked: Vec<u64> = (0..pages)
                    .map(|page| index.first_bin_of_page(page).unwrap())
                    .collect();
                assert_ne!(walked, first_bins);
                assert_eq!(encode_page_index(&walked, bins).unwrap(), bytes);
                others += 1;
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(others < 8 * bytes.len(), "something is refused");
    }
}

#[test]
fn what_is_wrong_with_the_bytes_of_an_index_is_said_with_its_position() {
    // A page, and a number of bins by which the first sample is not where a search for a bin begins.
    let mut bytes = encode_page_index(&[0], 127).unwrap();
    bytes[..8].copy_from_slice(&(1u64 << 63).to_le_bytes());
    let index = PageIndex::new(&bytes, 1, 127).unwrap();
    index.run_of_bin(100).unwrap_err();
    let error = index.verify().unwrap_err();
    assert!(
        matches!(error, FormatError::PageIndexBytes { position: 0 }),
        "{error}"
    );
    // Bits behind the last upper one, and behind the low ones.
    let bytes = encode_page_index(&[0, 65, 70, 192], 256).unwrap();
    for (byte, position) in [(15, 8), (23, 16)] {
        let mut bytes = bytes.clone();
        bytes[byte] |= 0x80;
        let error = PageIndex::new(&bytes, 4, 256).unwrap().verify().unwrap_err();
        assert!(
            matches!(error, FormatError::PageIndexBytes { position: found } if found == position),
            "{error}"
        );
    }
}

#[test]
fn zeros_where_an_index_is_said_to_be_are_noticed_at_its_beginning() {
    type Index<'a> = PageIndex<&'a [u8]>;
    let pages = 1 << 20;
    for bins in [1, pages / 2, pages, 64 * pages, pages << 20] {
        let first_bins: Vec<u64> = (0..pages)
            .map(|page| bins / pages * page + bins % pages * u64::from(page + 1 == pages) / 2)
            .collect();
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let length = bytes.len() as u64;
        for part in [0, 8, 1000, 100_000, bytes.len()] {
            let beginning = &bytes[..part.min(bytes.len())];
            Index::check_prefix(beginning, length, pages, bins).unwrap();
        }
        let zeros = vec![0; bytes.len() / 2];
        Index::check_prefix(&zeros, length, pages, bins).unwrap_err();
        let error = Index::check_prefix(&[], length + 8, pages, bins).unwrap_err();
        assert!(matches!(error, FormatError::PageIndexLength { .. }), "{error}");
    }
}

proptest! {
    #[test]
    fn an_index_that_verifies_answers_for_every_bin_and_page_as_the_walk_does(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        gaps in proptest::collection::vec(0..40u64, 0..60),
        behind in 1..300u64,
        damage in proptest::option::of((any::<usize>(), any::<u8>())),
        random: bool,
    ) {
        let mut first_bins = vec![0];
        first_bins.extend(gaps.iter().scan(0, |bin, gap| {
            *bin += gap;
            Some(*bin)
        }));
        let (pages, bins) = (first_bins.len() as u64, first_bins.last().unwrap() + behind);
        let encoded = encode_page_index(&first_bins, bins).unwrap();
        bytes.resize(encoded.len(), 0);
        if !random {
            bytes.clone_from(&encoded);
        }
        if let Some((place, change)) = damage {
            let place = place % bytes.len();
            bytes[place] ^= change;
        }
        let index = PageIndex::new(&bytes, pages, bins).unwrap();
        let walked: Result<Vec<_>, _> = index.clone().runs_within(0..u64::MAX).and_then(Iterator::collect);
        if index.verify().is_ok() {
            let runs = walked.unwrap();
            for bin in 0..bins {
                let run = runs.iter().find(|run| (run.first_bin..run.end_bin).contains(&bin));
                prop_assert_eq!(Some(&index.run_of_bin(bin).unwrap()), run);
            }
            for page in 0..pages {
                let run = index.run_of_page(page).unwrap();
                prop_assert!(runs.contains(&run) && (run.first_page..run.first_page + run.pages).contains(&page));
            }
        } else {
            prop_assert!(random || damage.is_some());
        }
    }
}
