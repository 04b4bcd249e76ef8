//! Files that a later version may write, with what `FORMAT.md` section 2.9 lets it add: which of them are read, and how far.

use massmap::dynamic::Value;
use massmap::{BytesReader, Compression, MassMapInner, MassMapMerger, OpenOptions, Xxh3HashLoader};
use massmap_format::{FormatError, PagedHeader, Schema, Section, SectionKind};
use support::cause;
use support::entries::strings;
use support::files::format_2::{
    header_of, metadata_of, put_headers, sections_of, small_pages_with, with_changed_section,
    with_section_of_any_kind,
};
use support::files::{Bytes, build, open, try_merge};

use super::properties::assert_answers;

/// A section of a kind that no version knows.
const KIND: u32 = 900;

fn file() -> Vec<u8> {
    let builder = small_pages_with::<Xxh3HashLoader>().with_miss_filter(true);
    build(builder, &strings(0..100))
}

fn merged(file: Vec<u8>) -> Vec<u8> {
    try_merge::<Xxh3HashLoader, String, u32>(MassMapMerger::default(), &[file]).unwrap()
}

/// Asserts that the file answers, verifies, and merges to what the file without additions merges to.
#[track_caller]
fn assert_ignored(later: Vec<u8>) {
    assert_answers::<Xxh3HashLoader, _, _>(&later, &strings(0..100), &["absent".to_owned()]);
    assert!(
        merged(later) == merged(file()),
        "the merged file has something of it"
    );
}

/// The file with a changed header at both places.
fn with_header(file: &[u8], change: impl FnOnce(&mut PagedHeader)) -> Vec<u8> {
    let mut header = header_of(file);
    change(&mut header);
    let mut file = file.to_vec();
    put_headers(&mut file, &header);
    file
}

#[test]
fn unknown_sections_optional_features_and_choices_are_ignored_and_merges_drop_them() {
    let of_all = |file: &[u8]| {
        with_header(file, |header| {
            header.optional_features = u32::MAX;
            header.choices |= !PagedHeader::choices_of(true, PagedHeader::MAX_SHARED_RUN);
        })
    };
    assert_ignored(of_all(&file()));
    let with_section = with_section_of_any_kind(file(), KIND, b"of a later version");
    assert_eq!(sections_of(&with_section).last().unwrap().0, KIND);
    assert_ignored(of_all(&with_section));
    // As many as fit, the last of them empty.
    let mut full = file();
    while header_of(&full).sections.len() < Section::MAX_COUNT {
        let count = header_of(&full).sections.len();
        full = with_section_of_any_kind(full, KIND + count as u32, &vec![1; 10 * (15 - count)]);
    }
    assert_ignored(full);
}

#[test]
fn damage_in_an_unknown_section_matters_to_verifying_alone() {
    let mut later = with_section_of_any_kind(file(), KIND, b"of a later version");
    let place = header_of(&later).sections.last().unwrap().offset as usize;
    later[place] ^= 1;
    let map = open::<Xxh3HashLoader, String, u32>(&later);
    assert_eq!(map.get("key 7").unwrap(), Some(7000));
    let report = map.verify();
    assert_eq!(report.problem_count, 1, "{:?}", report.problems);
    assert!(
        report.problems[0].message.contains("900"),
        "{:?}",
        report.problems
    );
}

#[test]
fn unknown_required_features_are_refused_and_the_error_asks_for_a_newer_reader() {
    for bit in 2..32 {
        let later = with_header(&file(), |header| header.required_features |= 1 << bit);
        let error = MassMapInner::<Bytes>::load(BytesReader::new(later)).unwrap_err();
        assert!(
            matches!(cause(&error), FormatError::UnknownFeatures { unknown } if *unknown == 1 << bit),
            "{error}"
        );
        assert!(error.to_string().contains("newer"), "{error}");
    }
}

#[test]
fn bytes_that_are_zeros_today_matter_to_verifying_alone() {
    let mut later = file();
    let end = later.len() - PagedHeader::SIZE;
    for start in [0, end] {
        let header = &mut later[start..start + PagedHeader::SIZE];
        header[104..128].fill(7);
        // Behind the section table.
        header[504..].fill(7);
        let checksum = Section::new(SectionKind::Metadata, 0, &header[12..]).checksum;
        header[8..12].copy_from_slice(&checksum.to_le_bytes());
    }
    let later = with_zeros_of_the_filter_used(&later);
    let map = open::<Xxh3HashLoader, String, u32>(&later);
    for (key, value) in strings(0..100) {
        assert_eq!(map.get(&key).unwrap(), Some(value));
    }
    assert_eq!(map.get("absent").unwrap(), None);
    assert_eq!(map.iter().count(), 100);
    assert!(!map.verify().is_ok());
    assert!(merged(later) == merged(file()));
}

/// The file with something in the reserved bytes of its miss filter, its headers but for that as they are.
fn with_zeros_of_the_filter_used(file: &[u8]) -> Vec<u8> {
    let changed = with_changed_section(file, SectionKind::MissFilter, |filter| filter[16..64].fill(7));
    let section = *header_of(&changed).section(SectionKind::MissFilter).unwrap();
    let mut file = file.to_vec();
    let range = section.offset as usize..(section.offset + section.length) as usize;
    file[range.clone()].copy_from_slice(&changed[range]);
    let element = header_of(&file)
        .sections
        .iter()
        .position(|section| section.kind == SectionKind::MissFilter as u32)
        .unwrap();
    let end = file.len() - PagedHeader::SIZE;
    for start in [0, end] {
        let header = &mut file[start..start + PagedHeader::SIZE];
        header[PagedHeader::SECTION_TABLE + 24 * element + 4..][..4]
            .copy_from_slice(&section.checksum.to_le_bytes());
        let checksum = Section::new(SectionKind::Metadata, 0, &header[12..]).checksum;
        header[8..12].copy_from_slice(&checksum.to_le_bytes());
    }
    file
}

/// The file with other bytes for these in its metadata.
fn with_metadata_bytes(file: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    with_changed_section(file, SectionKind::Metadata, |metadata| {
        let place = metadata
            .windows(old.len())
            .rposition(|bytes| bytes == old)
            .unwrap();
        metadata.splice(place..place + old.len(), new.iter().copied());
    })
}

#[test]
fn values_of_unknown_schemas_are_read_and_keys_are_looked_up_with_their_type_only() {
    let value = with_metadata_bytes(&file(), b"\xa3u32\xc3", b"\x92\xa4date\x01\xc3");
    assert_eq!(metadata_of(&value).types.value, Schema::Any);
    assert_answers::<Xxh3HashLoader, _, _>(&value, &strings(0..100), &["absent".to_owned()]);
    assert_eq!(metadata_of(&merged(value.clone())).types.value, Schema::Any);
    let untyped = OpenOptions::new().open_untyped_bytes(value).unwrap();
    assert_eq!(
        untyped.get(Value::from("key 7")).unwrap(),
        Some(Value::from(7000))
    );

    let key = with_metadata_bytes(&file(), b"\xa6string\xa3u32\xc3", b"\xa4name\xa3u32\xc3");
    assert_eq!(metadata_of(&key).types.key, Schema::Any);
    assert_answers::<Xxh3HashLoader, _, _>(&key, &strings(0..100), &["absent".to_owned()]);
    let untyped = OpenOptions::new().open_untyped_bytes(key).unwrap();
    untyped.check_lookups().unwrap_err();
    untyped.get(Value::from("key 7")).unwrap_err();
    assert_eq!(untyped.iter().count(), 100);
}

#[test]
fn fixed_entries_of_unknown_schemas_are_refused() {
    let entries: Vec<(u64, u64)> = (0..100).map(|i| (i, i)).collect();
    let file = build(small_pages_with::<Xxh3HashLoader>(), &entries);
    let later = with_metadata_bytes(&file, b"\xa3u64\xc3", b"\xa4date\xc3");
    let error = MassMapInner::<Bytes>::load(BytesReader::new(later)).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            FormatError::EntryWidth {
                length: 16,
                width: None
            }
        ),
        "{error}"
    );
}

#[test]
fn unknown_duplicate_policies_and_more_metadata_are_refused() {
    let policy = with_metadata_bytes(&file(), b"\xa5error", b"\xa5merge");
    let longer = with_changed_section(&file(), SectionKind::Metadata, |metadata| {
        metadata[0] = 0x96;
        metadata.push(0xc0);
    });
    for later in [policy, longer] {
        MassMapInner::<Bytes>::load(BytesReader::new(later)).unwrap_err();
    }
}

#[test]
fn unknown_algorithms_of_compression_are_refused() {
    let builder =
        || small_pages_with::<Xxh3HashLoader>().with_compression(Compression::zstd().with_dictionary_size(0));
    let texts: Vec<(u8, String)> = (0..20).map(|i| (i, "text ".repeat(20))).collect();
    let integers: Vec<(u8, u8)> = (0..20).map(|i| (i, i)).collect();
    for file in [build(builder(), &texts), build(builder(), &integers)] {
        let later = with_changed_section(&file, SectionKind::Compression, |section| section[0] = 2);
        let error = MassMapInner::<Bytes>::load(BytesReader::new(later)).unwrap_err();
        assert!(
            matches!(cause(&error), FormatError::CompressionDescription { problem } if problem.contains("algorithm")),
            "{error}"
        );
    }
}
