//! Files that consist mostly of holes: announced lengths take no memory before their bytes have been read.

use std::fs::File;
use std::io::{ErrorKind, Seek, SeekFrom, Write};

use massmap::{FormatVersion, MassMap, MassMapBuilder, MassMapHeader, MassMapInner, MassMapMeta};
use massmap_format::{PagedHeader, Section, SectionKind, encode_metadata_header};
use support::allocations::peak_of;

/// More than any of these files really holds, and more than one read takes; far less than each file announces.
const BOUND: usize = 40 << 20;

/// A file of `length` bytes with these bytes at these offsets and holes elsewhere.
fn sparse(parts: &[(u64, &[u8])], length: u64) -> File {
    let mut file = tempfile::tempfile().unwrap();
    for (offset, bytes) in parts {
        file.seek(SeekFrom::Start(*offset)).unwrap();
        file.write_all(bytes).unwrap();
    }
    file.set_len(length).unwrap();
    file
}

#[track_caller]
fn assert_refused(file: File) {
    let (result, peak) = peak_of(|| MassMapInner::<File>::load(file));
    let error = result.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    assert!(peak < BOUND, "{peak} bytes");
}

const LENGTH: u64 = 3 << 30;

fn format_1(metadata: &[u8]) -> File {
    let header = MassMapHeader {
        meta_offset: 24,
        meta_length: LENGTH,
    };
    sparse(&[(0, &header.serialize()), (24, metadata)], 24 + LENGTH)
}

#[test]
fn metadata_of_format_1_full_of_holes_is_refused_in_little_memory() {
    assert_refused(format_1(b""));
    // As many buckets as the announced bytes can list; ten are present.
    let meta = MassMapMeta {
        bucket_count: 700_000_000,
        ..MassMapMeta::default()
    };
    let mut metadata = Vec::new();
    encode_metadata_header(&meta, &mut metadata).unwrap();
    metadata.extend_from_slice(&b"\x93\0\0\0".repeat(10));
    assert_refused(format_1(&metadata));
    // The name of a type that extends into the holes.
    let mut metadata = Vec::new();
    encode_metadata_header(
        &MassMapMeta {
            bucket_count: 1,
            ..MassMapMeta::default()
        },
        &mut metadata,
    )
    .unwrap();
    let names = metadata.len() - 3;
    assert_eq!(&metadata[names..], b"\xa0\xa0\x91");
    metadata.truncate(names);
    metadata.extend_from_slice(b"\xdb\xb0\0\0\0");
    assert_refused(format_1(&metadata));
}

#[test]
fn long_metadata_of_format_1_is_read_in_pieces() {
    let path = tempfile::NamedTempFile::new().unwrap();
    // 3 million buckets, most of them empty: more than one read takes.
    MassMapBuilder::default()
        .with_bucket_count(3_000_000)
        .build(
            path.as_file(),
            (0..1000u64).map(|i| (i, i)).collect::<Vec<_>>().iter(),
        )
        .unwrap();
    let file = path.reopen().unwrap();
    let metadata = usize::try_from(file.metadata().unwrap().len()).unwrap();
    assert!(metadata > 10 << 20);
    let (map, peak) = peak_of(|| MassMap::<u64, u64, File>::load(file).unwrap());
    assert!(peak < 3 * metadata, "{peak} bytes");
    for key in 0..1000 {
        assert_eq!(map.get(&key).unwrap(), Some(key));
    }
    assert_eq!(map.bucket_count(), 3_000_000);
}

/// The header of a file of format 2 with `page_count` pages of 512 bytes, followed by these sections.
fn format_2(page_count: u64, bins: u64, sections: &[(SectionKind, u64)]) -> PagedHeader {
    let mut offset = 512 * (page_count + 1);
    let sections = sections.iter().map(|&(kind, length)| {
        offset = offset.next_multiple_of(PagedHeader::SECTION_ALIGNMENT);
        let section = Section {
            kind: kind as u32,
            checksum: 0,
            offset,
            length,
        };
        offset += length;
        section
    });
    PagedHeader {
        page_size: 512,
        optional_features: 0,
        required_features: 0,
        file_id: 0,
        entry_count: page_count,
        entries_length: 2 * page_count,
        page_count,
        bins,
        directory_words: 1,
        choices: 0,
        shard: None,
        build_id: [0; 16],
        entries_digest: 0,
        sections: sections.collect(),
    }
}

#[test]
fn metadata_of_format_2_full_of_holes_is_refused_in_little_memory() {
    let header = format_2(0, 0, &[(SectionKind::Metadata, LENGTH)]);
    assert_refused(sparse(&[(0, &header.encode())], header.file_length()));
    let (second, length) = (header.second_header(), header.file_length());
    assert_refused(sparse(&[(second, &header.encode())], length));
}

/// An intact file of format 2 with one more section: a miss filter of zeros.
fn with_filter_of_holes(lines: u64) -> (File, u64) {
    let path = tempfile::NamedTempFile::new().unwrap();
    MassMapBuilder::default()
        .with_format(FormatVersion::V2)
        .build(
            path.as_file(),
            (0..100u64).map(|i| (i, i)).collect::<Vec<_>>().iter(),
        )
        .unwrap();
    let bytes = std::fs::read(path.path()).unwrap();
    let mut header = PagedHeader::decode(&bytes[..512]).unwrap();
    let begin = lines.to_le_bytes();
    let content = 64 * (1 + lines);
    let section = Section {
        kind: SectionKind::MissFilter as u32,
        checksum: 0,
        offset: header.second_header(),
        length: content + 4 * content.div_ceil(4096),
    };
    header.sections.push(section);
    let length = header.file_length();
    let encoded = header.encode();
    let sections = &bytes[..usize::try_from(section.offset).unwrap()];
    let file = sparse(
        &[
            (0, sections),
            (0, &encoded),
            (section.offset, &begin),
            (header.second_header(), &encoded),
        ],
        length,
    );
    (file, length)
}

#[test]
fn a_miss_filter_full_of_holes_is_ignored_and_reported() {
    let (file, length) = with_filter_of_holes(50 << 20);
    assert!(length > LENGTH);
    let (map, peak) = peak_of(|| MassMap::<u64, u64, File>::load(file).unwrap());
    assert!(peak < BOUND, "{peak} bytes");
    assert!(!map.inner().has_miss_filter());
    for key in 0..100 {
        assert_eq!(map.get(&key).unwrap(), Some(key));
    }
    assert_eq!(map.get(&100).unwrap(), None);

    let (file, _) = with_filter_of_holes(200_000);
    let map = MassMap::<u64, u64, File>::load(file).unwrap();
    let (report, peak) = peak_of(|| map.verify());
    assert!(peak < BOUND, "{peak} bytes");
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.message.contains("not used"))
    );
}

#[test]
fn a_page_index_full_of_holes_is_refused_in_little_memory() {
    // An index of 1.1 GB, for 512 GB of pages.
    let pages: u64 = 1 << 30;
    let bins = 64 * pages;
    let records = bins / 8192;
    let content = 20 + 20 * records + pages;
    let index = content + 4 * content.div_ceil(4096);
    let covered = [0, bins].map(u64::to_le_bytes).concat();
    let donor = massmap::MemoryWriter::new();
    MassMapBuilder::default()
        .with_format(FormatVersion::V2)
        .build(&donor, [(1u64, 1u64)].iter())
        .unwrap();
    let donor = donor.into_inner();
    let section = *PagedHeader::decode(&donor[..512])
        .unwrap()
        .section(SectionKind::Metadata)
        .unwrap();
    let start = usize::try_from(section.offset).unwrap();
    let bytes = &donor[start..start + usize::try_from(section.length).unwrap()];
    let mut metadata = massmap_format::PagedMetadata::decode(bytes).unwrap();
    (metadata.meta.entry_count, metadata.meta.bucket_count) = (pages, pages);
    let metadata = metadata.encode().unwrap();
    let sections = [
        (SectionKind::Metadata, metadata.len() as u64),
        (SectionKind::PageIndex, index),
    ];
    let mut header = format_2(pages, bins, &sections);
    let place = header.sections[0].offset;
    header.sections[0] = Section::new(SectionKind::Metadata, place, &metadata);
    let end = header.file_length();
    let encoded = header.encode();
    let parts = [
        (0, &encoded[..]),
        (place, &metadata),
        (header.sections[1].offset, &covered),
        (header.second_header(), &encoded),
    ];
    let Some(file) = large_sparse(&parts, end) else {
        eprintln!("this file system has no files of 512 GB");
        return;
    };
    assert_refused(file);
}

/// The same as [`sparse`]; `None` if the file system does not support files of this length.
fn large_sparse(parts: &[(u64, &[u8])], length: u64) -> Option<File> {
    tempfile::tempfile().unwrap().set_len(length).ok()?;
    Some(sparse(parts, length))
}
