use super::*;
use crate::EntryLayout;

/// A section with a block of one byte, and its checksum.
const INDEX: &[u8] = b"iq6l\xe6";

fn header() -> PagedHeader {
    PagedHeader {
        page_size: 512,
        optional_features: 0x8000_0001,
        required_features: 0,
        file_id: 0x0102_0304_0506_0708,
        entry_count: 7,
        entries_length: 100,
        page_count: 2,
        bins: 128,
        directory_words: 3,
        choices: 0x8000_0001,
        shard: Some(ShardLabel { index: 2, count: 3 }),
        build_id: *b"the sixth of May",
        entries_digest: 0x1112_1314_1516_1718,
        sections: vec![
            Section::new(SectionKind::Metadata, 3 * 512, b"metadata."),
            Section::new(SectionKind::PageIndex, 3 * 512 + 64, INDEX),
        ],
    }
}

/// The error of a header after `change`, with a matching checksum.
#[track_caller]
fn refused(change: impl FnOnce(&mut PagedHeader)) -> FormatError {
    let mut header = header();
    change(&mut header);
    PagedHeader::decode(&header.encode()).unwrap_err()
}

#[track_caller]
fn accepted(change: impl FnOnce(&mut PagedHeader)) {
    let mut header = header();
    change(&mut header);
    assert_eq!(PagedHeader::decode(&header.encode()).unwrap(), header);
}

#[test]
fn a_header_has_exactly_these_bytes_and_comes_back() {
    let bytes = header().encode();
    let mut expected = Vec::new();
    expected.extend_from_slice(b"\0\x02\0\0\x01\0\0\x80\0\0\0\0");
    expected.extend_from_slice(b"\x08\x07\x06\x05\x04\x03\x02\x01\x07\0\0\0\0\0\0\0\x64\0\0\0\0\0\0\0");
    expected.extend_from_slice(b"\x02\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\x03\0\0\0\x01\0\0\x80");
    expected.resize(72 - 12, 0);
    expected.extend_from_slice(b"\x02\0\0\0\x03\0\0\0the sixth of May\x18\x17\x16\x15\x14\x13\x12\x11");
    expected.resize(128 - 12, 0);
    // The checksums, here and below, were computed with Python's zlib.crc32.
    expected.extend_from_slice(b"\x01\0\0\0\x0b\x22\x41\x14\0\x06\0\0\0\0\0\0\x09\0\0\0\0\0\0\0");
    expected.extend_from_slice(b"\x02\0\0\0\x21\xe2\x00\x52\x40\x06\0\0\0\0\0\0\x05\0\0\0\0\0\0\0");
    expected.resize(500, 0);
    assert_eq!(bytes[..8], *b"MASSMAP2");
    assert_eq!(bytes[8..12], 0x8c96_b4e3u32.to_le_bytes());
    assert_eq!(bytes[12..], expected);
    assert!(
        PagedHeader::is_magic(&bytes) && !PagedHeader::is_magic(b"MASSMAP!") && !PagedHeader::is_magic(b"")
    );
    assert_eq!(PagedHeader::decode(&bytes).unwrap(), header());
}

#[test]
fn choices_hold_the_longest_run_and_whether_the_page_size_was_chosen() {
    assert_eq!(header().longest_run(), 1);
    for (is_chosen, longest, choices) in [(false, 1, 0), (true, 1, 1), (false, 8, 0x70), (true, 16, 0xf1)] {
        assert_eq!(PagedHeader::choices_of(is_chosen, longest), choices);
        let mut header = header();
        // Bits of later versions do not matter.
        header.choices = choices | 0xffff_ff0e;
        let header = PagedHeader::decode(&header.encode()).unwrap();
        assert_eq!(header.longest_run(), longest);
        assert_eq!(header.choices & PagedHeader::CHOSEN_PAGE_SIZE != 0, is_chosen);
    }
}

#[test]
fn offsets_follow_from_the_header() {
    let header = header();
    assert_eq!(
        (header.page_offset(0), header.page_offset(1)),
        (Some(512), Some(1024))
    );
    assert_eq!(header.page_offset(u64::MAX), None);
    assert_eq!(header.page_offset(u64::MAX / 512), None);
    assert_eq!(header.tail(), (1536, 69));
    assert_eq!((header.second_header(), header.file_length()), (1664, 2176));
    header
        .section(SectionKind::PageIndex)
        .unwrap()
        .verify(INDEX)
        .unwrap();
}

#[test]
fn a_run_has_the_extent_of_its_pages() {
    let run = |first_page, pages| PageRun {
        first_page,
        pages,
        first_bin: 0,
        end_bin: 1,
    };
    let mut header = header();
    assert_eq!(header.extent_of(&run(1, 1)).unwrap(), (1024, 512));
    assert_eq!(header.extent_of(&run(0, 2)).unwrap(), (512, 1024));
    header.page_count = 1 << 40;
    assert_eq!(
        header.extent_of(&run(5, (1 << 23) - 1)).unwrap(),
        (6 * 512, u32::MAX - 511)
    );
    for (first_page, pages) in [
        (5, 1 << 23),
        (1 << 40, 1),
        (0, u64::MAX),
        (u64::MAX, 1),
        (u64::MAX - 1, 1),
    ] {
        let error = header.extent_of(&run(first_page, pages)).unwrap_err();
        assert!(
            matches!(error, FormatError::RunLength { first_page: page, .. } if page == first_page),
            "{error}"
        );
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = header().encode();
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = PagedHeader::decode(&flipped).unwrap_err();
        match bit / 8 {
            0..8 => assert!(matches!(error, FormatError::Magic { .. }), "{error}"),
            _ => assert!(matches!(error, FormatError::HeaderChecksum { .. }), "{error}"),
        }
    }
}

#[test]
fn a_header_of_the_wrong_size_is_refused() {
    let bytes = header().encode().repeat(2);
    for length in [0, 24, 511, 513, 1024] {
        let error = PagedHeader::decode(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, FormatError::HeaderSize { length: l, expected: 512 } if l == length),
            "{error}"
        );
    }
}

#[test]
fn unknown_required_features_are_refused_and_optional_ones_ignored() {
    // The two lowest bits are known.
    for (features, expected) in [
        (0x8000_0011, 0x8000_0010),
        (4, 4),
        (7, 4),
        (u32::MAX, u32::MAX - 3),
    ] {
        let error = refused(|header| header.required_features = features);
        assert!(
            matches!(error, FormatError::UnknownFeatures { unknown } if unknown == expected),
            "{error}"
        );
    }
    accepted(|header| header.optional_features = u32::MAX);
}

#[test]
fn page_sizes_that_are_not_powers_of_two_in_range_are_refused() {
    for page_size in [0, 1, 256, 513, 768, 1 << 21, u32::MAX] {
        let error = refused(|header| header.page_size = page_size);
        assert!(
            matches!(error, FormatError::PageSize { page_size: size } if size == page_size),
            "{error}"
        );
    }
    for page_size in [512, 4096, 1 << 20] {
        accepted(|header| {
            header.page_size = page_size;
            header.sections[0].offset = 3 * u64::from(page_size);
            header.sections[1].offset = header.sections[0].offset + 64;
        });
    }
}

#[test]
fn counts_that_contradict_each_other_are_refused() {
    for (entries, pages, bins) in [(0, 2, 128), (7, 0, 128), (7, 2, 0)] {
        let error = refused(|header| {
            (header.entry_count, header.page_count, header.bins) = (entries, pages, bins);
        });
        assert!(
            matches!(error, FormatError::PagedCounts { entry_count, page_count, bins: b }
                if (entry_count, page_count, b) == (entries, pages, bins)),
            "{error}"
        );
    }
}

#[test]
fn entries_too_short_or_too_long_for_their_pages_are_refused() {
    // A header of 8 bytes, three words of directory for each page, and 2 bytes for each entry's end.
    let room = 2 * 512 - 8 - 2 * 24;
    for (count, length) in [(7, 14), (7, room - 14), (room / 4, room - room / 4 * 2)] {
        accepted(|header| (header.entry_count, header.entries_length) = (count, length));
    }
    for (count, length) in [
        (7, 13),
        (7, room - 13),
        (room / 4 + 1, room),
        (7, u64::MAX),
        (u64::MAX, 7),
        (u64::MAX / 3, u64::MAX),
    ] {
        let error = refused(|header| (header.entry_count, header.entries_length) = (count, length));
        assert!(
            matches!(error, FormatError::EntriesLength { entry_count, .. } if entry_count == count),
            "{count} {length}: {error}"
        );
    }
}

#[test]
fn directories_have_room_for_fewer_entries_than_bits() {
    let fixed = |count: u64| {
        move |header: &mut PagedHeader| {
            header.required_features = PagedHeader::FIXED_ENTRIES;
            header.directory_words = 1;
            (header.entry_count, header.entries_length) = (count, 2 * count);
        }
    };
    accepted(fixed(127));
    let error = refused(fixed(128));
    assert!(
        matches!(error, FormatError::EntriesLength { entry_count: 128, .. }),
        "{error}"
    );
}

#[test]
fn a_directory_takes_from_one_word_to_an_eighth_of_the_page() {
    for directory_words in [1, 8] {
        accepted(|header| header.directory_words = directory_words);
    }
    for words in [0, 9, u32::MAX] {
        let error = refused(|header| header.directory_words = words);
        assert!(
            matches!(error, FormatError::DirectoryWords { directory_words, page_size: 512 } if directory_words == words),
            "{error}"
        );
    }
}

#[test]
fn fixed_entries_take_less_space() {
    let room = 2 * 512 - 8 - 2 * 24;
    let fixed = |count: u64, length: u64| {
        move |header: &mut PagedHeader| {
            header.required_features = PagedHeader::FIXED_ENTRIES;
            (header.entry_count, header.entries_length) = (count, length);
        }
    };
    for (count, length) in [(7, 14), (7, 7), (1, room), (room / 8, room / 8 * 8)] {
        accepted(fixed(count, length));
        let mut header = header();
        fixed(count, length)(&mut header);
        assert!(header.has_fixed_entries());
        let width = u32::try_from(length / count).unwrap();
        for key in [0, 1, width] {
            let widths = EntryWidths::new(key, width - key);
            let expected = EntryLayout::Fixed(widths.unwrap());
            assert_eq!(header.entry_layout(widths).unwrap(), expected);
        }
        for other in [None, EntryWidths::new(width, 1)] {
            let error = header.entry_layout(other).unwrap_err();
            let expected = other.map(EntryWidths::entry);
            assert!(
                matches!(error, FormatError::EntryWidth { length, width: found }
                    if length == width && found == expected),
                "{error}"
            );
        }
        header.required_features = 0;
        for widths in [None, EntryWidths::new(1, 1)] {
            assert_eq!(header.entry_layout(widths).unwrap(), EntryLayout::Variable);
        }
    }
    for (count, length) in [
        (1, room + 1),
        (room / 8 + 1, room / 8 * 8 + 8),
        (u64::MAX / 2, u64::MAX - 1),
    ] {
        let error = refused(fixed(count, length));
        assert!(
            matches!(error, FormatError::EntriesLength { entry_count, .. } if entry_count == count),
            "{count} {length}: {error}"
        );
    }
}

#[test]
fn compressed_values_need_a_section_and_differ_in_length() {
    let with_section = |header: &mut PagedHeader, length: u64| {
        let offset = header.sections[1].offset + 64;
        let mut section = Section::new(SectionKind::Compression, offset, b"");
        section.length = length;
        header.sections.push(section);
    };
    let error = refused(|header| header.required_features = PagedHeader::COMPRESSED_VALUES);
    assert!(
        matches!(
            error,
            FormatError::MissingSection {
                kind: SectionKind::Compression
            }
        ),
        "{error}"
    );
    let longest = (CompressionDescription::HEADER_LENGTH + CompressionDescription::MAX_DICTIONARY) as u64;
    // The section alone says only how values would be compressed.
    for features in [0, PagedHeader::COMPRESSED_VALUES] {
        accepted(|header| {
            header.required_features = features;
            with_section(header, longest);
        });
        let error = refused(|header| {
            header.required_features = features;
            with_section(header, longest + 1);
        });
        assert!(
            matches!(error, FormatError::CompressionDescription { .. }),
            "{error}"
        );
    }
    let error = refused(|header| {
        header.required_features = PagedHeader::COMPRESSED_VALUES | PagedHeader::FIXED_ENTRIES;
        with_section(header, 20);
    });
    assert!(matches!(error, FormatError::FixedAndCompressed), "{error}");
    let mut header = header();
    header.required_features = PagedHeader::COMPRESSED_VALUES;
    assert!(header.has_compressed_values() && !header.has_fixed_entries());
    for widths in [None, EntryWidths::new(1, 1)] {
        assert_eq!(header.entry_layout(widths).unwrap(), EntryLayout::Compressed);
    }
}

#[test]
fn entries_that_cannot_have_one_length_are_refused() {
    let refused = |count: u64, length: u64, pages: u64| {
        let error = refused(|header| {
            header.required_features = PagedHeader::FIXED_ENTRIES;
            (header.entry_count, header.entries_length, header.page_count) = (count, length, pages);
            header.sections[0].offset = 512 * (1 + pages);
            header.sections[1].offset = header.sections[0].offset + 64;
        });
        assert!(
            matches!(error, FormatError::FixedEntries { entry_count, entries_length }
                if (entry_count, entries_length) == (count, length)),
            "{count} {length}: {error}"
        );
    };
    refused(0, 0, 0);
    refused(7, 15, 2);
    refused(7, 0, 2);
    refused(7, 6, 2);
    // There would be enough pages, but a run cannot be that long.
    refused(1, 1 << 32, 1 << 24);
    refused(1, u64::MAX, 2);
    refused(u64::MAX, u64::MAX - 1, 2);
}

#[test]
fn a_file_without_entries_has_no_pages_and_needs_no_index() {
    let empty = |header: &mut PagedHeader| {
        (
            header.entry_count,
            header.entries_length,
            header.page_count,
            header.bins,
        ) = (0, 0, 0, 0);
        header.sections.truncate(1);
        header.sections[0].offset = 512;
    };
    accepted(empty);
    let error = refused(|header| {
        empty(header);
        header.entries_length = 1;
    });
    assert!(matches!(error, FormatError::EntriesLength { .. }), "{error}");
}

#[test]
fn sections_that_do_not_follow_each_other_are_refused() {
    for change in [
        (|header| header.sections[0].offset += 8) as fn(&mut PagedHeader),
        |header| header.sections[1].offset -= 8,
        |header| header.sections[1].offset += 8,
        |header| header.sections[0].length = u64::MAX,
        |header| header.sections[1].length = u64::MAX - 3 * 512 - 64,
        |header| header.sections.swap(0, 1),
        |header| header.page_count = u64::MAX,
        |header| header.page_count = (u64::MAX / 512) - 1,
        |header| header.page_count = 3,
    ] {
        let error = refused(change);
        assert!(matches!(error, FormatError::SectionOffsets), "{error}");
    }
    accepted(|header| header.sections[1].length = 0);
}

#[test]
fn a_second_header_that_would_end_behind_the_largest_offset_is_refused() {
    let length_up_to =
        |end: u64| move |header: &mut PagedHeader| header.sections[1].length = end - 3 * 512 - 64;
    let error = refused(length_up_to(u64::MAX - 511));
    assert!(matches!(error, FormatError::SectionOffsets), "{error}");
    accepted(length_up_to(u64::MAX - 575));
}

#[test]
fn a_shard_that_does_not_exist_is_refused() {
    for (index, count) in [(1, 0), (1, 1), (u32::MAX, u32::MAX)] {
        let error = refused(|header| header.shard = Some(ShardLabel { index, count }));
        assert!(
            matches!(error, FormatError::NoSuchShard { index: i, count: c } if (i, c) == (index, count)),
            "{error}"
        );
    }
    accepted(|header| header.shard = None);
    accepted(|header| header.shard = Some(ShardLabel { index: 0, count: 1 }));
}

#[test]
fn two_sections_of_one_kind_are_refused() {
    let error = refused(|header| {
        let last = Section {
            kind: 2,
            offset: 3 * 512 + 128,
            ..header.sections[1]
        };
        header.sections.push(last);
    });
    assert!(
        matches!(error, FormatError::DuplicateSection { kind: 2 }),
        "{error}"
    );
}

#[test]
fn required_sections_must_be_there_and_unknown_ones_may() {
    let error = refused(|header| header.sections[0].kind = 77);
    assert!(
        matches!(
            error,
            FormatError::MissingSection {
                kind: SectionKind::Metadata
            }
        ),
        "{error}"
    );
    let error = refused(|header| header.sections[1].kind = 77);
    assert!(
        matches!(
            error,
            FormatError::MissingSection {
                kind: SectionKind::PageIndex
            }
        ),
        "{error}"
    );
    accepted(|header| {
        for kind in 3..=Section::MAX_COUNT as u32 {
            let offset = 3 * 512 + 128 + 64 * u64::from(kind - 3);
            header.sections.push(Section {
                kind: 1000 + kind,
                checksum: kind,
                offset,
                length: 1,
            });
        }
    });
}

#[test]
#[should_panic(expected = "at most 16 sections")]
fn too_many_sections_cannot_be_encoded() {
    let mut header = header();
    header.sections = vec![header.sections[0]; 17];
    let _ = header.encode();
}

#[test]
fn a_changed_section_is_refused() {
    let section = Section::new(SectionKind::Metadata, 0, b"section");
    section.verify(b"section").unwrap();
    for bytes in [&b"sectioN"[..], b"sectio", b"section\0", b""] {
        let error = section.verify(bytes).unwrap_err();
        assert!(
            matches!(error, FormatError::SectionChecksum { kind: 1, .. }),
            "{error}"
        );
    }
}

#[test]
fn known_sections_come_before_unknown_ones() {
    let kinds = |kinds: &[u32]| {
        let sections = kinds.iter().map(|kind| Section {
            kind: *kind,
            checksum: 0,
            offset: 0,
            length: 0,
        });
        PagedHeader {
            sections: sections.collect(),
            ..header()
        }
    };
    for good in [&[1, 2][..], &[2, 1, 4], &[1, 2, 5], &[1, 2, 3, 900, 5]] {
        kinds(good).verify_section_order().unwrap();
    }
    for (bad, known, behind) in [
        (&[5, 1, 2][..], 1, 5),
        (&[1, 2, 900, 3], 3, 900),
        (&[1, 9, 10, 2], 2, 9),
    ] {
        let error = kinds(bad).verify_section_order().unwrap_err();
        assert!(
            matches!(error, FormatError::SectionOrder { kind, unknown } if (kind, unknown) == (known, behind)),
            "{error}"
        );
    }
}

#[test]
fn checking_a_section_piece_by_piece_gives_the_same_as_at_once() {
    let section = Section::new(SectionKind::Metadata, 512, b"some bytes");
    for pieces in [&[&b"some bytes"[..]][..], &[b"some", b"", b" bytes"]] {
        let mut check = section.begin_check();
        pieces.iter().for_each(|piece| check.add(piece));
        check.finish().unwrap();
    }
    let mut check = section.begin_check();
    check.add(b"some byteS");
    let error = check.finish().unwrap_err();
    assert!(
        matches!(error, FormatError::SectionChecksum { kind: 1, .. }),
        "{error}"
    );
}

#[test]
fn metadata_too_long_for_readers_is_refused() {
    let of_length = |length: u64| {
        move |header: &mut PagedHeader| {
            header.sections[0].length = length;
            header.sections[1].offset = (3 * 512 + length).next_multiple_of(64);
        }
    };
    accepted(of_length(16 << 20));
    for length in [(16 << 20) + 1, 3 << 30, 1 << 60] {
        let error = refused(of_length(length));
        assert!(
            matches!(error, FormatError::MetadataTooLong { length: found, .. } if found == length),
            "{error}"
        );
    }
}
