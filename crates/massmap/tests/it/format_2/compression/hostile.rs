//! Damaged and forged values. Checksums fit.

use massmap::{BytesReader, ChecksumPolicy, MassMap, MassMapDefaultHashLoader, MassMapInner, ReadError};
use massmap_format::{CompressionDescription, EntryLayout, Page, RawEntry, SectionKind, StoredValue};
use support::allocations::peak_of;
use support::cause;
use support::files::build;
use support::files::format_2::{
    header_of, page_layout_of, run_range, runs_of, sealed, sections_of, small_pages, with_changed_section,
    with_sections,
};

use super::{noise, zstd};

type Map<'a> = MassMap<String, String, BytesReader<&'a [u8]>>;

/// A file with one entry whose value takes 300 bytes of a page.
fn file() -> Vec<u8> {
    let value = noise(330, 1);
    build(
        small_pages().with_compression(zstd().with_dictionary_size(0)),
        &[("key".to_owned(), value)],
    )
}

/// The file with `stored` in place of the value, filled up with bytes behind it. Its checksums fit.
fn with_stored(stored: &[u8]) -> Vec<u8> {
    let mut file = file();
    assert_eq!(page_layout_of(&file).entries(), EntryLayout::Compressed);
    let range = run_range(&file, &runs_of(&file)[0]);
    let page = Page::decode(&file[range.clone()], page_layout_of(&file)).unwrap();
    let RawEntry { value, .. } = page.entry(0).unwrap();
    assert!(value.len() >= stored.len());
    let (start, length) = (
        value.as_ptr() as usize - page.bytes().as_ptr() as usize,
        value.len(),
    );
    let value = &mut file[range.start + start..][..length];
    value.fill(0);
    value[..stored.len()].copy_from_slice(stored);
    sealed(file)
}

fn block(is_last: bool, kind: u32, size: u32, content: &[u8]) -> Vec<u8> {
    let header = u32::from(is_last) | kind << 1 | size << 3;
    [&header.to_le_bytes()[..3], content].concat()
}

#[track_caller]
fn assert_refused(file: &[u8], message: &str) {
    let (errors, peak) = peak_of(|| {
        let map = Map::load(BytesReader::new(file)).unwrap();
        let mut errors = vec![
            map.get("key").unwrap_err(),
            map.get_with("key", <[u8]>::len).unwrap_err(),
            map.get_ref::<str, String>("key").unwrap_err(),
            map.batch_get::<str>(["key"]).unwrap_err(),
        ];
        errors.extend(map.iter().map(Result::unwrap_err));
        errors.extend(map.inner().raw_blocks().map(Result::unwrap_err));
        assert!(!map.verify().is_ok());
        assert!(!map.inner().verify().is_ok());
        // The key is there nevertheless.
        assert!(map.contains_key("key").unwrap());
        errors
    });
    assert!(peak < 200 << 10, "{peak} bytes");
    for error in errors {
        assert!(error.to_string().contains("page 0"), "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(matches!(cause(&error), ReadError::Value { .. }), "{error}");
    }
}

#[test]
fn forged_frames_are_errors_that_name_the_page() {
    let text = |length: usize| {
        [
            &[0xda, (length >> 8) as u8, length as u8][..],
            &vec![b'x'; length],
        ]
        .concat()
    };
    let raw = |header: &[u8], value: &[u8]| [header, &block(true, 0, value.len() as u32, value)].concat();
    // A frame that is right.
    let value = text(200);
    let good = raw(&[0x20, 203], &value);
    let file = with_stored(&good);
    let map = Map::load(BytesReader::new(&file[..])).unwrap();
    assert_eq!(map.get("key").unwrap(), Some("x".repeat(200)));
    assert!(map.verify().is_ok(), "{:?}", map.verify());

    for (stored, message) in [
        // Lengths that the frame does not have, that its bytes cannot stand for, and that no memory has.
        (raw(&[0x20, 204], &value), "longer than"),
        (raw(&[0x20, 202], &value), "cannot be decompressed"),
        (raw(&[0xa0, 0xff, 0xff, 0xff, 0x7f], &value), "longer than"),
        (
            [&[0xa0, 0, 0, 2, 0][..], &block(true, 1, 1 << 17, b"x")].concat(),
            "longer than",
        ),
        // Checksums, dictionaries, several frames, skippable ones, magic numbers.
        (raw(&[0x24, 203], &value), "checksum"),
        (raw(&[0x21, 1, 203], &value), "dictionary"),
        (b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec(), "reserved"),
        (b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello".to_vec(), "reserved"),
        // A window of terabytes.
        (
            [&[0x40, 0xff, 0, 0][..], &block(true, 1, 256, b"x")].concat(),
            "cannot be decompressed",
        ),
        // Blocks that are not there, or of no kind.
        (
            [&[0x20, 203][..], &block(true, 0, 5_000, &value)].concat(),
            "ends within",
        ),
        (
            [&[0x20, 203][..], &block(true, 3, 5, &value)].concat(),
            "ends within",
        ),
        (
            [&[0x20, 203][..], &block(true, 2, 9, &value)].concat(),
            "cannot be decompressed",
        ),
        // No value, more than one, and one that is cut.
        (raw(&[0x20, 2], b"\x01\x01"), "left over"),
        (raw(&[0x20, 3], &value[..3]), "ends early"),
        (vec![0, 0xc1], ""),
        (vec![0x20], "ends within"),
    ] {
        assert_refused(&with_stored(&stored), message);
    }
}

#[test]
fn bytes_behind_a_frame_are_noticed_by_verification_alone() {
    let value = [&[0xd9, 200][..], &[b'x'; 200]].concat();
    let frame = [&[0x20, 202][..], &block(true, 0, 202, &value)].concat();
    for behind in [&b"x"[..], b"\0\0\x01", &frame[..20]] {
        let file = with_stored(&[&frame[..], behind].concat());
        let map = Map::load(BytesReader::new(&file[..])).unwrap();
        assert_eq!(map.get("key").unwrap(), Some("x".repeat(200)));
        assert!(!map.verify().is_ok());
        assert!(!map.inner().verify().is_ok());
    }
}

#[test]
fn a_value_takes_at_most_64_times_its_stored_bytes() {
    let file = {
        let text = "x".repeat(1 << 20);
        build(
            small_pages().with_compression(zstd().with_dictionary_size(0)),
            &[("key".to_owned(), text)],
        )
    };
    assert!(file.len() >= (1 << 20) / StoredValue::MAX_EXPANSION);
    let map = Map::load(BytesReader::new(&file[..])).unwrap();
    let (length, peak) = peak_of(|| map.get_with("key", <[u8]>::len).unwrap());
    assert_eq!(length, Some((1 << 20) + 5));
    assert!(peak <= StoredValue::MAX_EXPANSION * file.len(), "{peak}");
    assert!(map.verify().is_ok());
}

#[test]
fn any_bytes_in_place_of_a_value_are_an_error_or_a_value() {
    let file = file();
    let range = run_range(&file, &runs_of(&file)[0]);
    // Behind the checksum and the number of entries.
    for bit in 8 * Page::HEADER_LENGTH..8 * range.len() {
        let mut damaged = file.clone();
        damaged[range.start + bit / 8] ^= 1 << (bit % 8);
        for file in [damaged.clone(), sealed(damaged)] {
            let inner =
                MassMapInner::<_, MassMapDefaultHashLoader>::load(BytesReader::new(&file[..])).unwrap();
            let map = inner
                .with_checksum_policy(ChecksumPolicy::Never)
                .cast::<String, String>();
            let (_, peak) = peak_of(|| {
                _ = map.get("key");
                map.iter().for_each(drop);
            });
            assert!(peak < 100 << 10, "{peak} bytes, bit {bit}");
        }
    }
}

#[test]
fn files_whose_dictionary_is_missing_or_damaged_do_not_open() {
    let file = file();
    assert!(header_of(&file).has_compressed_values());
    let error = Map::load(BytesReader::new(&with_headers_without(&file)[..]))
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("Compression"), "{error}");
    let damaged = with_changed_section(&file, SectionKind::Compression, |section| {
        section.truncate(CompressionDescription::HEADER_LENGTH);
        section.extend_from_slice(b"\x37\xa4\x30\xec\x01\0\0\0no tables follow");
    });
    let error = Map::load(BytesReader::new(&damaged[..])).map(drop).unwrap_err();
    assert!(
        error.to_string().contains("dictionary that cannot be used"),
        "{error}"
    );
    for (offset, message) in [(0, "algorithm"), (12, "bits")] {
        let file = with_changed_section(&file, SectionKind::Compression, |section| section[offset] ^= 0x80);
        let error = Map::load(BytesReader::new(&file[..])).map(drop).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    // Another dictionary of raw bytes is noticed by the length, or gives another value: sections have checksums.
    let entries = [("key".to_owned(), "text of the dictionary ".repeat(9))];
    let given = zstd().with_dictionary(*b"text of the dictionary, and more of it");
    let file = build(small_pages().with_compression(given), &entries);
    let mut damaged = file.clone();
    let section = *header_of(&file).section(SectionKind::Compression).unwrap();
    damaged[section.offset as usize + 30] ^= 1;
    let error = Map::load(BytesReader::new(&damaged[..])).map(drop).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

/// The file without the section that says how values are compressed.
fn with_headers_without(file: &[u8]) -> Vec<u8> {
    let mut sections = sections_of(file);
    for (kind, _) in &mut sections {
        if *kind == SectionKind::Compression as u32 {
            *kind = 1234;
        }
    }
    with_sections(file, &sections)
}
