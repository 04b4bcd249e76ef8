//! The worst possible hashes.

use massmap::{DuplicateKeys, FormatVersion, MassMapHashLoader};
use support::files::format_2::{runs_of, small_pages_with};
use support::files::{build, open};
use support::hash::{Constant, Identity, unspread};

use crate::format_2::properties::assert_answers;

fn assert_found<H: MassMapHashLoader>(keys: impl IntoIterator<Item = u64>, absent: &[u64]) {
    let entries: Vec<(u64, String)> = keys.into_iter().map(|key| (key, key.to_string())).collect();
    for filter in [false, true] {
        for page_size in [512, 4096] {
            let builder = small_pages_with::<H>()
                .with_miss_filter(filter)
                .with_page_size(page_size);
            assert_answers::<H, _, _>(&build(builder, &entries), &entries, absent);
        }
    }
}

#[test]
fn keys_that_all_have_the_same_hash_share_one_run_and_are_found() {
    for count in [1, 2, 300] {
        assert_found::<Constant>(0..count, &[1000, u64::MAX]);
    }
    let entries: Vec<(u64, u64)> = (0..300).map(|i| (i, i)).collect();
    let file = build(small_pages_with::<Constant>(), &entries);
    assert_eq!(runs_of(&file).len(), 1);
}

#[test]
fn keys_whose_hashes_all_end_alike_are_found() {
    let key = |i: u64| unspread((i * 0x0123_4567_89ab) << 8 | 0x5a);
    assert_found::<Identity>((0..300).map(key), &[key(1000), key(1001), 7]);
}

#[test]
fn keys_with_hashes_at_both_ends_of_the_range_are_found() {
    let ends = [0, 1, 2, u64::MAX - 1, u64::MAX, 1 << 63, (1 << 63) - 1].map(unspread);
    assert_found::<Identity>(ends, &[unspread(3), unspread(u64::MAX - 2)]);
    assert_found::<Identity>([unspread(0)], &[unspread(u64::MAX), unspread(1)]);
    assert_found::<Identity>([unspread(u64::MAX)], &[unspread(0), unspread(u64::MAX - 1)]);
    assert_found::<Identity>([unspread(0), unspread(u64::MAX)], &[unspread(1)]);
    // All entries at one end but one.
    let crowd = (0..300).chain([u64::MAX]).map(unspread);
    assert_found::<Identity>(crowd, &[unspread(300), unspread(1 << 40)]);
}

#[test]
fn duplicates_with_one_hash_keep_their_order() {
    let entries: Vec<(u64, u32)> = (0..200).map(|i| (u64::from(i % 5), i)).collect();
    let builder = small_pages_with::<Constant>().with_duplicate_keys(DuplicateKeys::KeepAll);
    let map = open::<Constant, u64, u32>(&build(builder, &entries));
    let all = map.iter().collect::<std::io::Result<Vec<_>>>().unwrap();
    assert_eq!(all, entries);
    assert_eq!(map.format(), FormatVersion::V2);
    for key in 0..5 {
        assert_eq!(map.get(&key).unwrap(), Some(key as u32));
    }
}

#[test]
fn unspreading_undoes_spreading() {
    for hash in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
        assert_eq!(unspread(massmap_format::spread(hash)), hash);
    }
}
