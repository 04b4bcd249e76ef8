//! Verification of files of both formats.

use massmap::{
    BytesReader, DuplicateKeys, FormatVersion, MassMap, MassMapDefaultHashLoader, MassMapInner, VerifyReport,
};
use massmap_format::{FormatError, PageIndex, PageRun, PagedHeader, SectionKind, encode_run, spread};
use support::cause;
use support::entries::strings;
use support::files::format_1::{self, Parts};
use support::files::format_2::{
    entries_of_run, header_of, page_layout_of, put_headers, run_range, runs_of, sections_of, small_pages,
    with_changed_section,
};
use support::files::{build, open};
use support::hash::Identity;

fn verify(file: &[u8]) -> VerifyReport {
    open::<MassMapDefaultHashLoader, String, u32>(file).verify()
}

#[test]
fn an_intact_file_of_either_format_passes_and_everything_is_counted() {
    for count in [0, 1, 2, 300] {
        for filter in [false, true] {
            let file = build(small_pages().with_miss_filter(filter), &strings(0..count));
            let report = verify(&file);
            assert!(report.is_ok(), "{:?}", report.problems);
            assert_eq!(report.format, FormatVersion::V2);
            assert_eq!(report.entries, u64::from(count));
            assert_eq!(report.blocks, runs_of(&file).len() as u64);
            assert_eq!(report.bytes, file.len() as u64);
            assert!(report.keys_checked);
            let untyped = MassMapInner::<_>::load(BytesReader::new(file)).unwrap().verify();
            assert!(untyped.is_ok() && !untyped.keys_checked);
            assert_eq!((untyped.entries, untyped.bytes), (report.entries, report.bytes));
        }
        let file = format_1::build(7, &strings(0..count));
        let report = verify(&file);
        assert!(report.is_ok(), "{:?}", report.problems);
        assert_eq!(report.format, FormatVersion::V1);
        assert_eq!(
            (report.entries, report.bytes),
            (u64::from(count), file.len() as u64)
        );
        let occupied = Parts::of(&file)
            .index
            .iter()
            .filter(|bucket| bucket.count > 0)
            .count();
        assert_eq!(report.blocks, occupied as u64);
    }
}

#[test]
fn duplicates_pass_only_if_the_file_says_that_they_were_kept() {
    let entries = [("a", 1u32), ("a", 2)].map(|(key, value)| (key.to_owned(), value));
    let file = build(
        small_pages().with_duplicate_keys(DuplicateKeys::KeepAll),
        &entries,
    );
    assert!(verify(&file).is_ok());
}

#[test]
fn a_damaged_bucket_of_format_1_is_reported_and_the_others_are_counted() {
    let mut parts = Parts::of(&format_1::build(4, &strings(0..100)));
    parts.damage_bucket(2);
    let left = 100 - u64::from(parts.index[2].count);
    let report = verify(&parts.to_file());
    assert_eq!(report.problem_count, 1);
    assert_eq!(report.problems[0].place, Some(2));
    assert_eq!((report.entries, report.blocks), (left, 3));
}

#[test]
fn keys_of_another_type_are_reported() {
    for file in [
        build(small_pages(), &strings(0..100)),
        format_1::build(4, &strings(0..100)),
    ] {
        let inner = MassMapInner::<_>::load(BytesReader::new(file)).unwrap();
        assert!(!inner.cast::<u64, u32>().verify().is_ok());
    }
    let negative: Vec<(i32, u32)> = (1..30).map(|i| (-i, 0)).collect();
    for file in [build(small_pages(), &negative), format_1::build(4, &negative)] {
        let inner = MassMapInner::<_>::load(BytesReader::new(file)).unwrap();
        let report = inner.cast::<i64, u32>().verify();
        assert!(!report.is_ok());
        assert!(report.problems.len() <= VerifyReport::MOST_PROBLEMS);
    }
}

#[test]
fn bytes_after_the_end_are_reported() {
    let mut file = build(small_pages(), &strings(0..100));
    file.push(0);
    assert_eq!(verify(&file).problem_count, 1);
}

/// A file of one page with a changed header and a right checksum.
fn with_header(change: impl FnOnce(&mut PagedHeader)) -> Vec<u8> {
    let mut file = build(small_pages(), &strings(0..10));
    let mut header = header_of(&file);
    change(&mut header);
    put_headers(&mut file, &header);
    file
}

#[test]
fn a_header_with_a_wrong_length_of_the_entries_is_reported() {
    assert!(verify(&with_header(|_| {})).is_ok());
    assert!(!verify(&with_header(|header| header.entries_length += 1)).is_ok());
    assert!(!verify(&with_header(|header| header.entries_length -= 1)).is_ok());
}

/// The integers 0 to 9, which hash to themselves, in one page with changed entries and slots and a right checksum.
fn with_entries(change: impl FnOnce(&mut Vec<(u32, Vec<u8>)>)) -> VerifyReport {
    // With values that may be missing, so that entries are not fixed and the page stores their ends.
    let entries: Vec<(u64, Option<u32>)> = (0..10).map(|i| (i, (i % 2 == 0).then_some(1000))).collect();
    let mut file = build(support::files::format_2::small_pages_with::<Identity>(), &entries);
    let runs = runs_of(&file);
    let [run] = &runs[..] else {
        panic!("more than a page");
    };
    let range = run_range(&file, run);
    let layout = page_layout_of(&file);
    let mut entries = entries_of_run(&file[range.clone()], layout);
    change(&mut entries);
    let mut encoded = Vec::new();
    encode_run(
        entries.iter().map(|(fraction, entry)| (*fraction, &entry[..])),
        layout,
        1,
        header_of(&file).file_id,
        0,
        &mut encoded,
    );
    file[range].copy_from_slice(&encoded);
    let inner = MassMapInner::<_, Identity>::load(BytesReader::new(file)).unwrap();
    MassMap::verify(&inner.cast::<u64, Option<u32>>())
}

#[test]
fn a_file_whose_entries_do_not_have_the_width_of_its_types_does_not_open() {
    // 40 entries of 16 bytes.
    let entries: Vec<(u64, u64)> = (0..40).map(|i| (128 + i, i)).collect();
    let file = build(small_pages(), &entries);
    let open = |change: &dyn Fn(&mut PagedHeader)| {
        let mut file = file.clone();
        let mut header = header_of(&file);
        change(&mut header);
        put_headers(&mut file, &header);
        MassMap::<u64, u64, _>::load(BytesReader::new(file))
    };
    let report = open(&|_| {}).unwrap().verify();
    assert!(report.is_ok(), "{:?}", report.problems);
    for length in [15, 17] {
        let error = open(&|header| header.entries_length = 40 * length).unwrap_err();
        assert!(
            matches!(cause(&error), FormatError::EntryWidth { width: Some(16), .. }),
            "{error}"
        );
    }
    // Without the bit, these are no entries at all.
    let report = open(&|header| header.required_features = 0).unwrap().verify();
    assert!(!report.is_ok());
}

#[test]
fn pages_with_right_checksums_and_wrong_entries_are_reported() {
    let report = with_entries(|_| {});
    assert!(report.is_ok(), "{:?}", report.problems);
    for (damage, report) in [
        (
            "order",
            with_entries(|entries| {
                let (before, behind) = entries.split_at_mut(4);
                std::mem::swap(&mut before[3].1, &mut behind[0].1);
            }),
        ),
        ("slot", with_entries(|entries| entries[3].0 += 1 << 24)),
        ("count", with_entries(|entries| entries.truncate(9))),
        ("key", with_entries(|entries| entries[3].1[0] = 99)),
        (
            "duplicate",
            with_entries(|entries| entries[3] = entries[4].clone()),
        ),
        ("no value", with_entries(|entries| entries[3].1.truncate(1))),
    ] {
        assert!(!report.is_ok(), "{damage}");
    }
    assert_eq!(spread(0), 0, "so that the first entry is that of the key 0");
}

#[test]
fn an_index_that_contradicts_itself_about_the_pages_of_a_run_is_reported() {
    let entries: Vec<(u64, String)> = (0..40).map(|i| (i, "x".repeat(1500))).collect();
    let file = build(small_pages(), &entries);
    let (header, runs) = (header_of(&file), runs_of(&file));
    let intact = sections_of(&file)[1].1.clone();
    let mut contradictions = 0;
    for bit in 0..8 * intact.len() {
        let mut bytes = intact.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(index) = PageIndex::new(&bytes, header.page_count, header.bins) else {
            continue;
        };
        let agrees = |run: &PageRun| {
            let mut pages = run.first_page..run.first_page + run.pages;
            pages.all(|page| {
                index
                    .first_bin_of_page(page)
                    .is_ok_and(|bin| bin == run.first_bin)
            })
        };
        // Searches look at only some pages of a run.
        let found = |run: &PageRun| index.run_of_bin(run.first_bin).ok() == Some(*run);
        if !runs.iter().all(found) || runs.iter().all(agrees) {
            continue;
        }
        contradictions += 1;
        let file = with_changed_section(&file, SectionKind::PageIndex, |index| index.clone_from(&bytes));
        let map = MassMap::<u64, String, _>::load(BytesReader::new(file)).unwrap();
        assert!(!map.verify().is_ok(), "bit {bit}");
    }
    assert!(contradictions > 0);
}
