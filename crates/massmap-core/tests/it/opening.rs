//! Opening asks for few ranges, and says what is wrong with what it is given.

use bytes::Bytes;
use massmap_core::{Opened, Opening, ReadError, Request, Step};
use massmap_format::{FormatError, FormatVersion, PagedHeader, Section, SectionKind};
use massmap_hash::Xxh3HashLoader;
use massmap_io::MemoryWriter;
use massmap_write::MassMapBuilder;

fn file(format: FormatVersion, entries: u64) -> Bytes {
    let writer = MemoryWriter::new();
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(format)
        .build(&writer, (0..entries).map(|number| (number, number)))
        .unwrap();
    writer.into_inner().into()
}

/// Answers each request from `file`. Returns what was opened and the requests.
fn open(mut opening: Opening, file: &Bytes) -> (Result<Opened, ReadError>, Vec<Request>) {
    let mut requests = Vec::new();
    let mut go_on = || {
        loop {
            match opening.step()? {
                Step::Done(opened) => return Ok(opened),
                Step::Read(request) => {
                    requests.push(request);
                    let length = file.len() as u64;
                    match request {
                        Request::Range { offset, length } => {
                            opening.supply(file.slice(offset as usize..(offset + length) as usize))?;
                        }
                        Request::Prefix { length } => {
                            opening.supply(file.slice(..file.len().min(length as usize)))?;
                        }
                        Request::Suffix { length: most } => {
                            let start = length.saturating_sub(most) as usize;
                            opening.supply_suffix(file.slice(start..), length)?;
                        }
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
    };
    (go_on(), requests)
}

#[test]
fn exact_ranges_take_two_reads_in_format_1_and_three_in_format_2_or_two_with_the_length() {
    for (format, known, reads) in [
        (FormatVersion::V1, false, 2),
        (FormatVersion::V2, false, 3),
        (FormatVersion::V1, true, 2),
        (FormatVersion::V2, true, 2),
    ] {
        let file = file(format, 10_000);
        let opening = match known {
            true => Opening::with_file_length(file.len() as u64),
            false => Opening::new(),
        };
        let (opened, requests) = open(opening, &file);
        let opened = opened.unwrap();
        assert_eq!(opened.index.entry_count(), 10_000);
        assert_eq!(opened.index.format(), format);
        assert_eq!(requests.len(), reads, "{requests:?}");
        let exact = |request: &Request| matches!(request, Request::Range { .. });
        assert!(requests.iter().all(exact));
    }
}

#[test]
fn with_a_prefix_both_formats_take_two_reads() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let (opened, requests) = open(Opening::with_prefix(512), &file(format, 10_000));
        assert_eq!(opened.unwrap().index.entry_count(), 10_000);
        assert_eq!(requests.len(), 2, "{requests:?}");
        assert_eq!(requests[0], Request::Prefix { length: 512 });
    }
}

#[test]
fn a_prefix_or_suffix_that_is_the_whole_file_is_all_that_is_read() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format, 100);
        let length = file.len() as u64 + 1000;
        for opening in [Opening::with_prefix(length), Opening::with_suffix(length)] {
            let (opened, requests) = open(opening, &file);
            assert_eq!(opened.unwrap().index.entry_count(), 100);
            assert_eq!(requests.len(), 1, "{requests:?}");
        }
    }
}

/// The header of a file of format 2.
fn header_of(file: &[u8]) -> PagedHeader {
    PagedHeader::decode(&file[..PagedHeader::SIZE]).unwrap()
}

#[test]
fn a_suffix_with_the_tail_is_all_that_is_read_of_format_2() {
    let file = file(FormatVersion::V2, 100_000);
    let (opened, requests) = open(Opening::with_suffix(64 << 10), &file);
    let opened = opened.unwrap();
    assert_eq!(opened.index.entry_count(), 100_000);
    assert_eq!(opened.index.paged_header(), Some(&header_of(&file)));
    assert_eq!(requests, [Request::Suffix { length: 64 << 10 }]);
}

#[test]
fn a_tail_that_is_longer_than_the_suffix_takes_one_more_read() {
    let file = file(FormatVersion::V2, 100_000);
    let (offset, length) = header_of(&file).tail();
    let with_header = length.next_multiple_of(64) + PagedHeader::SIZE as u64;
    for suffix in [PagedHeader::SIZE as u64, 600, with_header - 1] {
        let (opened, requests) = open(Opening::with_suffix(suffix), &file);
        assert_eq!(opened.unwrap().index.entry_count(), 100_000);
        let expected = [
            Request::Suffix { length: suffix },
            Request::Range { offset, length },
        ];
        assert_eq!(requests, expected);
    }
    assert_eq!(open(Opening::with_suffix(with_header), &file).1.len(), 1);
}

#[test]
fn a_suffix_of_format_1_leaves_its_header_to_be_read_and_long_metadata() {
    for (entries, reads) in [(10, 1), (10_000, 2)] {
        let (opened, requests) = open(Opening::with_suffix(64 << 10), &file(FormatVersion::V1, entries));
        assert_eq!(opened.unwrap().index.entry_count(), entries);
        assert_eq!(requests.len(), reads, "{requests:?}");
    }
    let (opened, requests) = open(Opening::with_suffix(100), &file(FormatVersion::V1, 10_000));
    assert_eq!(opened.unwrap().index.entry_count(), 10_000);
    assert_eq!(requests.len(), 3, "{requests:?}");
}

#[test]
fn either_header_opens_a_file_if_its_length_is_known() {
    let file = file(FormatVersion::V2, 100_000);
    let second = file.len() - PagedHeader::SIZE;
    for (place, damaged) in [(0, "first"), (second, "second")] {
        for offset in [0, 7, 8, 11, 12, 30, 511] {
            let mut bytes = file.to_vec();
            bytes[place + offset] ^= 0x10;
            let bytes = Bytes::from(bytes);
            for opening in [
                Opening::of_bytes(bytes.clone()),
                Opening::with_file_length(bytes.len() as u64),
                Opening::with_suffix(64 << 10),
                Opening::with_suffix(1 << 30),
                Opening::with_suffix(100),
            ] {
                let (opened, requests) = open(opening, &bytes);
                let opened = opened.unwrap_or_else(|error| panic!("{damaged}, byte {offset}: {error}"));
                assert_eq!(opened.index.paged_header(), Some(&header_of(&file)));
                assert!(requests.len() <= 4, "{requests:?}");
            }
        }
    }
    let mut bytes = file.to_vec();
    bytes[20] ^= 1;
    bytes[second + 20] ^= 1;
    let bytes = Bytes::from(bytes);
    for opening in [
        Opening::of_bytes(bytes.clone()),
        Opening::with_file_length(bytes.len() as u64),
        Opening::with_suffix(64 << 10),
    ] {
        let error = open(opening, &bytes).0.unwrap_err();
        assert!(
            matches!(error, ReadError::Format(FormatError::HeaderChecksum { .. })),
            "{error}"
        );
    }
}

#[test]
fn an_end_that_belongs_to_a_file_of_another_length_is_an_error() {
    let file = file(FormatVersion::V2, 100_000);
    let behind_others = Bytes::from([&[7; 1 << 20][..], &file].concat());
    let (cut, length) = (file.slice(4096..), file.len() as u64);
    for (file, is_too_long) in [(behind_others, true), (cut, false)] {
        let error = open(Opening::with_suffix(64 << 10), &file).0.unwrap_err();
        let ReadError::FileLength { expected, found } = error else {
            panic!("{error}");
        };
        assert_eq!((expected, found), (length, file.len() as u64));
        assert_eq!(found > expected, is_too_long);
        assert!(error.to_string().contains(&length.to_string()), "{error}");
    }
}

#[test]
fn the_first_header_counts_where_both_are_intact_and_differ() {
    let old = file(FormatVersion::V2, 3_000);
    for format in [FormatVersion::V1, FormatVersion::V2] {
        // Written over without knowing that it is longer.
        let mut bytes = old.to_vec();
        let new = file(format, 1_000);
        assert!(new.len() < old.len());
        bytes[..new.len()].copy_from_slice(&new);
        let bytes = Bytes::from(bytes);
        for opening in [Opening::of_bytes(bytes.clone()), Opening::with_suffix(1 << 20)] {
            assert_eq!(open(opening, &bytes).0.unwrap().index.entry_count(), 1_000);
        }
    }
}

#[test]
fn more_than_8_mib_are_read_at_once_if_that_is_allowed() {
    let file = file(FormatVersion::V2, 1_000);
    let longest = || Opening::with_suffix(PagedHeader::SIZE as u64).with_longest_read(u64::MAX);
    let (opened, requests) = open(longest(), &with_long_filter(&file));
    assert!(opened.unwrap().index.as_pages().unwrap().has_miss_filter());
    assert_eq!(requests.len(), 2, "{requests:?}");
    let (opened, requests) = open(Opening::with_suffix(512), &with_long_filter(&file));
    assert!(opened.unwrap().index.as_pages().unwrap().has_miss_filter());
    assert!(requests.len() > 4, "{requests:?}");
}

/// `file` with a miss filter of 25 MB, of no use.
fn with_long_filter(file: &[u8]) -> Bytes {
    let mut header = header_of(file);
    let lines: u64 = 400_000;
    let mut filter = lines.to_le_bytes().to_vec();
    filter.resize(64 * (1 + lines as usize), 0x55);
    filter[8..64].fill(0);
    let mut file = file[..header.second_header() as usize].to_vec();
    let mut builder = Section::builder(SectionKind::MissFilter, file.len() as u64);
    builder.add(&filter);
    let (section, checksums) = builder.finish();
    header.sections.push(section);
    file.extend_from_slice(&filter);
    file.extend_from_slice(&checksums);
    file.resize(header.second_header() as usize, 0);
    file.extend_from_slice(&header.encode());
    file[..PagedHeader::SIZE].copy_from_slice(&header.encode());
    file.into()
}

#[test]
fn bytes_of_a_mapping_are_used_without_a_read() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format, 10_000);
        let (opened, requests) = open(Opening::of_bytes(file.clone()), &file);
        assert_eq!(opened.unwrap().index.entry_count(), 10_000);
        assert_eq!(requests, []);
    }
}

#[test]
fn files_that_are_too_short_are_refused_once_that_is_known() {
    let whole = file(FormatVersion::V2, 10_000);
    let cuts = [512, 513, 1].map(|cut| whole.len() - cut);
    for length in [0, 10, 23, 100, 511, 512, 5000].into_iter().chain(cuts) {
        let file = whole.slice(..length);
        for opening in [
            Opening::with_suffix(64 << 10),
            Opening::with_suffix(100),
            Opening::of_bytes(file.clone()),
        ] {
            let (opened, _) = open(opening, &file);
            let error = opened.unwrap_err();
            assert!(
                matches!(error, ReadError::UnexpectedEnd { file_length, .. } if file_length == length as u64),
                "{length}: {error}"
            );
        }
    }
}

#[test]
fn what_is_no_massmap_file_is_refused() {
    let (opened, requests) = open(Opening::new(), &Bytes::from_static(&[7; 1000]));
    let error = opened.unwrap_err();
    assert!(
        matches!(error, ReadError::Format(FormatError::Magic { .. })),
        "{error}"
    );
    assert_eq!(requests.len(), 1);
}

#[test]
fn supplies_of_another_length_are_refused_and_may_be_repeated() {
    let file = file(FormatVersion::V2, 10_000);
    let mut opening = Opening::new();
    assert!(opening.supply(Bytes::new()).is_err(), "nothing was asked for");
    let Step::Read(Request::Range { offset: 0, length }) = opening.step().unwrap() else {
        panic!("the header is read first");
    };
    for wrong in [0, length - 1, length + 1] {
        let error = opening.supply(file.slice(..wrong as usize)).unwrap_err();
        assert!(matches!(error, ReadError::WrongLength { expected, .. } if expected == length));
        assert!(opening.decode(&file[..wrong as usize]).is_err());
        assert!(opening.supply_suffix(file.clone(), file.len() as u64).is_err());
    }
    let repeated = opening.step().unwrap();
    assert!(matches!(repeated, Step::Read(Request::Range { offset: 0, .. })));
    let (opened, _) = open(opening, &file);
    opened.unwrap();
}

#[test]
fn bytes_that_are_borrowed_several_times_open_the_same_map() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format, 10_000);
        let mut opening = Opening::new();
        let opened = loop {
            match opening.step().unwrap() {
                Step::Done(opened) => break opened,
                Step::Read(Request::Range { offset, length }) => {
                    let bytes = &file[offset as usize..][..length as usize];
                    opening.decode(bytes).unwrap();
                    let decoded = opening.decode(bytes).unwrap();
                    opening.accept(decoded).unwrap();
                }
                Step::Read(other) => panic!("{other:?}"),
            }
        };
        let (expected, _) = open(Opening::new(), &file);
        let expected = expected.unwrap();
        assert_eq!(opened.meta, expected.meta);
        for hash in (0..1000u64).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            assert_eq!(
                opened.index.index_of_hash(hash),
                expected.index.index_of_hash(hash)
            );
        }
    }
}
