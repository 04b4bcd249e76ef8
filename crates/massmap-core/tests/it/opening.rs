//! Opening asks for few ranges, and says what is wrong with what it is given.

use bytes::Bytes;
use massmap_core::{Opened, Opening, ReadError, Request, Step};
use massmap_format::{FormatError, FormatVersion};
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
fn exact_ranges_take_two_reads_in_format_1_and_three_in_format_2() {
    for (format, reads) in [(FormatVersion::V1, 2), (FormatVersion::V2, 3)] {
        let (opened, requests) = open(Opening::new(), &file(format, 10_000));
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

#[test]
fn a_suffix_with_the_tail_leaves_the_header_to_be_read() {
    let file = file(FormatVersion::V2, 100_000);
    let (opened, requests) = open(Opening::with_suffix(64 << 10), &file);
    assert_eq!(opened.unwrap().index.entry_count(), 100_000);
    assert_eq!(requests[0], Request::Suffix { length: 64 << 10 });
    // A file of format 1 may be shorter than the header of format 2.
    let rest = [(0, 24), (0, 512)].map(|(offset, length)| Request::Range { offset, length });
    assert_eq!(requests[1..], rest);
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
    for length in [0, 10, 23, 100, 511, 512, 5000, whole.len() - 1] {
        let file = whole.slice(..length);
        for opening in [Opening::with_suffix(64 << 10), Opening::of_bytes(file.clone())] {
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
