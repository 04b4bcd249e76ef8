use std::cell::Cell;

use super::super::encode_page_index;
use super::*;

/// Bytes that count how often they are accessed.
#[derive(Debug)]
struct Counted {
    bytes: Vec<u8>,
    accesses: Cell<u64>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        self.accesses.set(self.accesses.get() + 1);
        &self.bytes
    }
}

/// How often a walk over an index of `pages` pages accesses its bytes, and how many runs it finds.
fn accesses(bytes: Vec<u8>, pages: u64, bins: u64) -> (u64, u64) {
    let bytes = Counted {
        bytes,
        accesses: Cell::new(0),
    };
    let index = PageIndex::new(&bytes, pages, bins).unwrap();
    let runs = index.runs().count() as u64;
    (bytes.accesses.get(), runs)
}

#[test]
fn a_walk_accesses_each_page_and_each_group_a_few_times_at_most_whatever_the_index() {
    let pages = 20_000u64;
    let typical: Vec<u64> = (0..pages).map(|page| 64 * page).collect();
    let crowded: Vec<u64> = (0..pages).collect();
    let late: Vec<u64> = (0..pages)
        .map(|page| (pages << 12) * page.min(1) + page)
        .collect();
    let long_run: Vec<u64> = (0..pages).map(|page| page / (pages / 2) * 7).collect();
    for (first_bins, runs) in [(typical, pages), (crowded, pages), (late, pages), (long_run, 2)] {
        let bins = first_bins.last().unwrap() + 1;
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let groups = PageIndex::new(&bytes, pages, bins).unwrap().layout.groups;
        let (count, found) = accesses(bytes.clone(), pages, bins);
        assert_eq!(found, runs);
        assert!(count <= pages + 20 * groups + 30, "{count} accesses");

        // With these ranks, the groups of most pages are wrong.
        let mut damaged = bytes;
        damaged[16 + 20..][..4].fill(0xff);
        let (count, _) = accesses(damaged, pages, bins);
        assert!(count <= pages + 20 * groups + 30, "{count} accesses");
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
fn walks_over_ranges_of_a_long_run_access_their_own_pages() {
    let pages = 20_000;
    let bytes = Counted {
        bytes: encode_page_index(&vec![0; pages as usize], 1).unwrap(),
        accesses: Cell::new(0),
    };
    for start in (0..pages).step_by(100) {
        let index = PageIndex::new(&bytes, pages, 1).unwrap();
        let runs = index.runs_within(start..start + 100).unwrap();
        assert_eq!(runs.count(), usize::from(start == 0));
    }
    // The whole run once, at its beginning; and each range its own pages.
    let count = bytes.accesses.get();
    assert!(count < 3 * pages, "{count} accesses");
}

#[test]
fn wrong_ranks_and_unsorted_bins_end_a_walk_with_an_error() {
    let bytes = encode_page_index(&[0, 65, 70, 192, 300, 500, 600], 700).unwrap();
    let walk = |bytes: &[u8]| {
        let runs = PageIndex::new(bytes, 7, 700).unwrap().runs_within(0..u64::MAX);
        runs.map(|runs| runs.collect::<Result<Vec<_>, _>>())
    };
    assert_eq!(walk(&bytes).unwrap().unwrap().len(), 7);
    // A record's rank, its 32 deviations of half a byte, another rank, seven positions. Without the deviation of group 2:
    let mut few = bytes.clone();
    few[21] = 0;
    let error = walk(&few).unwrap().unwrap_err();
    assert!(
        matches!(error, FormatError::PageNotIndexed { page: 4 }),
        "{error}"
    );
    let mut unsorted = bytes.clone();
    unsorted[42] = 5;
    let error = walk(&unsorted).unwrap().unwrap_err();
    assert!(matches!(error, FormatError::BinNotIndexed { bin: 65 }), "{error}");
    let mut late = bytes;
    late[40] = 1;
    let error = walk(&late).unwrap_err();
    assert!(matches!(error, FormatError::BinNotIndexed { bin: 0 }), "{error}");
}
