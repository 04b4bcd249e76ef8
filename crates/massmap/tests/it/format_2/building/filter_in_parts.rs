//! Miss filters in parts.

use massmap::{BytesReader, FormatError, MassMap, MassMapMerger};
use massmap_format::{SectionKind, encode_miss_filter_parts};
use support::cause;
use support::entries::strings;
use support::files::format_2::{build_with_filter_in_parts, header_of, range_of, small_pages, with_section};
use support::files::{Map, build, open, try_merge};
use support::readers::CountingReader;

type Loader = massmap::MassMapDefaultHashLoader;

/// The error of opening a file with this section.
fn refused(section: &[u8]) -> FormatError {
    let file = with_section(
        build(small_pages(), &strings(0..50)),
        SectionKind::MissFilterParts,
        section,
    );
    let error = Map::<String, u32>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    let inner = error.into_inner().expect("the error has a cause");
    *inner.downcast().expect("the cause is the format's")
}

#[test]
fn a_filter_in_parts_rejects_no_key_and_as_many_misses_as_a_single_filter() {
    for parts in [1, 2, 7, 2000] {
        let file = build_with_filter_in_parts(&small_pages(), &strings(0..500), parts);
        let report = open::<Loader, String, u32>(&file).verify();
        assert!(report.is_ok(), "{parts} parts: {:?}", report.problems);
        let map = MassMap::<String, u32, _>::load(CountingReader::new(file)).unwrap();
        assert!(map.inner().has_miss_filter());
        map.reader().take();
        for (key, value) in strings(0..500) {
            assert_eq!(map.get(&key).unwrap(), Some(value), "{parts} parts");
            assert_eq!(map.reader().take().len(), 1);
        }
        let mut uncaught = 0;
        for (key, _) in strings(1000..5000) {
            assert_eq!(map.get(&key).unwrap(), None);
            uncaught += map.reader().take().len();
        }
        // As with a single filter: 16 of 4000 on average.
        assert!(
            uncaught < 48,
            "{uncaught} of 4000 were not caught by {parts} parts"
        );
    }
}

#[test]
fn merging_makes_a_filter_of_its_own() {
    let file = build_with_filter_in_parts(&small_pages(), &strings(0..100), 3);
    let merged = try_merge::<Loader, String, u32>(MassMapMerger::default(), &[file]).unwrap();
    assert!(merged == build(small_pages().with_miss_filter(true), &strings(0..100)));
}

#[test]
fn verification_reports_keys_that_a_part_rejects() {
    let other = build_with_filter_in_parts(&small_pages(), &strings(1000..1050), 3);
    let section = *header_of(&other).section(SectionKind::MissFilterParts).unwrap();
    let file = with_section(
        build(small_pages(), &strings(0..50)),
        SectionKind::MissFilterParts,
        &other[range_of(&section)],
    );
    // Opening checks some keys, so it accepts few such files; without types it checks none.
    let inner = massmap::MassMapInner::<_>::load(BytesReader::new(file)).unwrap();
    assert!(inner.cast::<String, u32>().verify().problem_count >= 40);
}

#[test]
fn malformed_parts_with_a_right_checksum_are_refused() {
    assert!(matches!(
        refused(&[0; 24]),
        FormatError::MissFilterTable { length: 24, parts: 0 }
    ));
    assert!(matches!(
        refused(&[0xff; 24]),
        FormatError::MissFilterTable {
            length: 24,
            parts: u64::MAX
        }
    ));
    assert!(matches!(
        refused(&encode_miss_filter_parts(&[&[][..], &[1; 20]])),
        FormatError::MissFilterPart { part: 1, length: 20 }
    ));
}

#[test]
fn a_file_with_both_a_single_filter_and_one_in_parts_is_refused() {
    let file = build(small_pages().with_miss_filter(true), &strings(0..50));
    let parts = encode_miss_filter_parts(&[[]]);
    let file = with_section(file, SectionKind::MissFilterParts, &parts);
    let error = Map::<String, u32>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
    assert!(matches!(cause(&error), FormatError::TwoMissFilters), "{error}");
}
