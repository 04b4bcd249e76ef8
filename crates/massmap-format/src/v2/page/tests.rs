use proptest::prelude::*;

use super::*;
use crate::FormatError;
use crate::v2::checksum::{crc32, page_tweak};

const FILE_ID: u64 = 0x1122_3344_5566_7788;

const VARIABLE: EntryLayout = EntryLayout::Variable;

/// Fractions and encodings.
type Entries = Vec<(u32, Vec<u8>)>;

/// Pages of this size with directories of one word in a page of 512 bytes, and as many in others.
fn layout(entries: EntryLayout, page_size: u32) -> PageLayout {
    PageLayout::new(entries, page_size, page_size / 512).unwrap()
}

/// Number of bytes of the header of a run and of the checksums of its parts.
fn header(page_size: u32) -> u64 {
    8 + 4 * u64::from(PageLayout::part_count_of(page_size))
}

fn encode(entries: &[(u32, Vec<u8>)], pages: u64, page_size: u32, first_page: u64) -> Vec<u8> {
    encode_as(layout(VARIABLE, page_size), entries, pages, first_page)
}

fn encode_as(layout: PageLayout, entries: &[(u32, Vec<u8>)], pages: u64, first_page: u64) -> Vec<u8> {
    let mut out = b"before".to_vec();
    let entries = entries.iter().map(|(fraction, entry)| (*fraction, &entry[..]));
    encode_run(entries, layout, pages, FILE_ID, first_page, &mut out);
    assert_eq!(out[..6], *b"before");
    out.split_off(6)
}

fn needed(layout: PageLayout, entries: &[(u32, Vec<u8>)]) -> u64 {
    let length = entries.iter().map(|(_, entry)| entry.len() as u64).sum();
    layout.pages_needed(entries.len() as u64, length).unwrap()
}

/// The fractions of `count` entries that are evenly distributed.
fn even(count: usize) -> impl Iterator<Item = u32> {
    (0..count as u64).map(move |number| ((number << 32) / count as u64) as u32)
}

/// An entry of `length` bytes, at least 6, whose key has one byte.
fn entry(length: usize) -> Vec<u8> {
    let mut entry = vec![1, 0xc6];
    entry.extend_from_slice(&u32::try_from(length - 6).unwrap().to_be_bytes());
    entry.resize(length, 0x77);
    entry
}

fn small() -> Entries {
    vec![
        (0, vec![1, 2]),
        (7 << 24, vec![0xa1, b'k', 0xa1, b'v']),
        (u32::MAX, vec![3, 0xc0]),
    ]
}

/// Entries that all take three bytes.
fn fixed_entries() -> Entries {
    vec![
        (0, vec![1, 0xa1, b'x']),
        (7 << 24, vec![2, 0xcc, 200]),
        (u32::MAX, vec![0xa1, b'k', 3]),
    ]
}

/// The layout of entries of `length` bytes with keys of one; variable ones for 0.
fn fixed(length: u64) -> EntryLayout {
    let value = u32::try_from(length).unwrap().checked_sub(1);
    let widths = value.and_then(|value| EntryWidths::new(1, value));
    widths.map_or(VARIABLE, EntryLayout::Fixed)
}

fn of_three() -> PageLayout {
    layout(fixed(3), 512)
}

fn variable() -> PageLayout {
    layout(VARIABLE, 512)
}

/// The run of the small entries after `change`.
fn changed(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut run = encode(&small(), 1, 512, 0);
    change(&mut run);
    run
}

#[test]
fn a_run_has_exactly_these_bytes() {
    let run = encode(&small(), 1, 512, 5);
    // Of 61 slots, 0, 1 and 60 have an entry: 1 0, 1 0, 58 zeros, 1 0.
    assert_eq!(run[4..16], *b"\x03\0\0\0\x05\0\0\0\0\0\0\x40");
    assert_eq!(run[16..24], *b"\x01\x02\xa1k\xa1v\x03\xc0");
    assert_eq!(run[24..506], [0; 482]);
    assert_eq!(run[506..], *b"\x18\0\x16\0\x12\0");
    // Computed with Python: zlib.crc32 of the rest, and the tweak from section 2.1.
    assert_eq!(run[..4], 0x117f_8a9eu32.to_le_bytes());
    assert_eq!(page_tweak(FILE_ID, 5), 0x8dfb_e573);
}

#[test]
fn a_run_of_fixed_entries_has_exactly_these_bytes() {
    let run = encode_as(of_three(), &fixed_entries(), 1, 5);
    assert_eq!(run[4..16], *b"\x03\0\0\0\x05\0\0\0\0\0\0\x40");
    assert_eq!(run[16..25], *b"\x01\xa1x\x02\xcc\xc8\xa1k\x03");
    assert_eq!(run[25..], [0; 487]);
    // Computed with Python: zlib.crc32 of the rest, and the tweak from section 2.1.
    assert_eq!(run[..4], 0x4257_eb14u32.to_le_bytes());
    let page = Page::decode(&run, of_three()).unwrap();
    page.verify(FILE_ID, 5).unwrap();
    assert_eq!((page.len(), page.padding().len()), (3, 487));
    assert!(page.directory().slots().eq([0, 1, 60]));
    for (index, (_, entry)) in fixed_entries().iter().enumerate() {
        assert_eq!(page.entry_bytes(index), Some(&entry[..]));
    }
    assert_eq!(page.entry_bytes(3), None);
    assert_eq!(page.entry_bytes(usize::MAX), None);
}

#[test]
fn fixed_entries_may_fill_their_run_exactly() {
    for page_size in [512, 4096, 65_536, 1 << 20] {
        for pages in [1, 2, 17] {
            let room = pages * (u64::from(page_size) - u64::from(page_size) / 64) - header(page_size);
            for length in [9, 20, room] {
                let layout = layout(fixed(length), page_size);
                let most = room / length;
                assert_eq!(layout.pages_needed(most, most * length), Some(pages));
                let more = layout.pages_needed(most + 1, (most + 1) * length).unwrap();
                assert!(more > pages);
            }
            // Entries of nine bytes: zero to eight bytes are left over.
            let layout = layout(fixed(9), page_size);
            let count = (room / 9) as usize;
            let entries: Entries = even(count).map(|fraction| (fraction, entry(9))).collect();
            let run = encode_as(layout, &entries, pages, 0);
            let page = Page::decode(&run, layout).unwrap();
            assert_eq!(page.padding().len() as u64, room % 9);
            assert_eq!(page.entry(count - 1).unwrap().value.len(), 8);
        }
    }
}

#[test]
#[should_panic(expected = "entries of fixed width have one length")]
fn an_entry_of_another_length_cannot_be_encoded_among_fixed_ones() {
    encode_as(of_three(), &small(), 1, 0);
}

#[test]
fn a_run_too_short_for_its_fixed_entries_is_refused() {
    let run = encode_as(of_three(), &fixed_entries(), 1, 0);
    for length in [0, 4, 7, 8, 511] {
        let error = Page::decode(&run[..length], of_three()).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: l } if l == length),
            "{error}"
        );
    }
    let of_eight = layout(fixed(8), 512);
    let of_nine = layout(fixed(9), 512);
    // 62 entries of eight bytes fill the page. A directory of 64 bits is for 63 entries.
    for (layout, count, fits) in [
        (of_eight, 62u32, true),
        (of_eight, 63, false),
        (of_nine, 56, false),
        (of_three(), 64, false),
        (of_three(), u32::MAX, false),
    ] {
        let mut run = run.clone();
        run[4..8].copy_from_slice(&count.to_le_bytes());
        match Page::decode(&run, layout) {
            Ok(page) => assert!(fits && page.padding().is_empty()),
            Err(error) => assert!(
                !fits && matches!(error, FormatError::PageDirectory { length: 512 }),
                "{error}"
            ),
        }
    }
    let longest = layout(fixed(u32::MAX.into()), 512);
    Page::decode(&run, longest).unwrap_err();
}

#[test]
fn entries_of_fixed_width_are_split_by_it_whatever_their_bytes() {
    let run = encode_as(of_three(), &fixed_entries(), 1, 0);
    let page = Page::decode(&run, of_three()).unwrap();
    for (index, (_, entry)) in fixed_entries().iter().enumerate() {
        let found = page.entry(index).unwrap();
        assert_eq!((found.key, found.value), entry.split_at(1));
    }
    for index in [3, 4, usize::MAX] {
        let error = page.entry(index).unwrap_err();
        assert!(matches!(error, FormatError::PageEntry { .. }), "{error}");
    }
}

#[test]
fn ends_in_a_run_too_long_for_two_bytes_take_four() {
    // Behind 8 bytes of header, 1024 bytes of directory a page, and 8 checksums of parts.
    let entries = [(1, entry(40_000)), (2, entry(30_000))];
    let run = encode(&entries, 2, 65_536, 0);
    assert_eq!(run.len(), 131_072);
    assert_eq!(run[131_064..], *b"\x98\x19\x01\0\x68\xa4\0\0");
    let run = encode(&[(1, entry(40_000))], 1, 65_536, 0);
    assert_eq!(run[65_534..], *b"\x68\xa0");
}

#[test]
fn a_run_without_entries_takes_a_page() {
    assert_eq!(variable().pages_needed(0, 0), Some(1));
    let run = encode(&[], 1, 512, 3);
    assert_eq!(run[4..], [0; 508]);
    let page = Page::decode(&run, variable()).unwrap();
    page.verify(FILE_ID, 3).unwrap();
    assert!(page.is_empty() && page.directory().count_ones() == 0);
    assert_eq!((page.len(), page.padding().len()), (0, 496));
    let error = page.entry(0).unwrap_err();
    assert!(matches!(error, FormatError::PageEntry { index: 0 }), "{error}");
}

#[test]
fn an_entry_may_fill_its_run_exactly() {
    for page_size in [512, 4096, 65_536, 1 << 20] {
        for pages in [1, 2, 17] {
            let run_length = pages * u64::from(page_size);
            let width = if run_length <= 65_536 { 2 } else { 4 };
            let longest = run_length - header(page_size) - run_length / 64 - width;
            let layout = layout(VARIABLE, page_size);
            assert_eq!(layout.pages_needed(1, longest), Some(pages));
            assert_eq!(layout.pages_needed(1, longest + 1), Some(pages + 1));
            let entries = [(1, entry(usize::try_from(longest).unwrap()))];
            let run = encode(&entries, pages, page_size, 0);
            let page = Page::decode(&run, layout).unwrap();
            assert!(page.padding().is_empty());
            assert_eq!(page.entry(0).unwrap().value.len() as u64, longest - 1);
        }
    }
}

#[test]
fn more_than_a_run_can_hold_is_refused() {
    let layout = layout(VARIABLE, 4096);
    let pages = (1 << 20) - 1;
    let most = pages * (4096 - 64) - header(4096) - 4;
    assert_eq!(layout.pages_needed(1, most), Some(pages));
    for (count, length) in [
        (1, most + 1),
        (1 << 32, 0),
        (64 * 8 * pages, 0),
        (0, u64::MAX),
        (0, u64::MAX - 8),
        (u64::MAX, 0),
        (u64::MAX / 3, 1),
    ] {
        assert_eq!(layout.pages_needed(count, length), None, "{count} {length}");
    }
}

#[test]
#[should_panic(expected = "the entries fit the run")]
fn entries_that_do_not_fit_cannot_be_encoded() {
    encode(&[(1, entry(495))], 1, 512, 0);
}

#[test]
#[should_panic(expected = "the entries fit the run")]
fn more_entries_than_the_directory_has_room_for_cannot_be_encoded() {
    let entries: Entries = even(64).map(|fraction| (fraction, vec![1, 2])).collect();
    encode(&entries, 1, 512, 0);
}

#[test]
#[should_panic(expected = "in the order of their fractions")]
fn entries_in_another_order_cannot_be_encoded() {
    let mut entries = small();
    entries.reverse();
    encode(&entries, 1, 512, 0);
}

#[test]
fn a_run_too_short_for_its_directory_is_refused() {
    let run = encode(&small(), 1, 512, 0);
    for length in [0, 4, 7, 8, 511] {
        let error = Page::decode(&run[..length], variable()).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: l } if l == length),
            "{error}"
        );
    }
    for count in [64, 1000, u32::MAX] {
        let run = changed(|run| run[4..8].copy_from_slice(&count.to_le_bytes()));
        let error = Page::decode(&run, variable()).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: 512 }),
            "{error}"
        );
    }
    let run = changed(|run| run[4..8].copy_from_slice(&63u32.to_le_bytes()));
    assert_eq!(Page::decode(&run, variable()).unwrap().len(), 63);
    // The ends of 225 entries, of 2 bytes each, leave no room for the directory.
    let many = PageLayout::new(VARIABLE, 512, 7).unwrap();
    for (count, fits) in [(224u32, true), (225, false), (447, false)] {
        let run = changed(|run| run[4..8].copy_from_slice(&count.to_le_bytes()));
        assert_eq!(Page::decode(&run, many).is_ok(), fits, "{count}");
    }
}

#[test]
fn an_entry_that_lies_outside_the_run_or_is_not_two_values_is_refused() {
    let refused = |index, change: &dyn Fn(&mut [u8])| {
        let run = changed(|run| change(run));
        let error = Page::decode(&run, variable()).unwrap().entry(index).unwrap_err();
        assert!(
            matches!(error, FormatError::PageEntry { index: i } if i == index),
            "{error}"
        );
    };
    // The end of the first entry is at 510, that of the second at 508, that of the third at 506.
    refused(3, &|_| ());
    refused(usize::MAX, &|_| ());
    refused(0, &|run| run[510] = 15);
    refused(0, &|run| run[510] = 17);
    refused(0, &|run| run[510] = 19);
    refused(1, &|run| run[510] = 15);
    refused(1, &|run| run[508] = 17);
    refused(2, &|run| run[506..508].copy_from_slice(&507u16.to_le_bytes()));
    refused(2, &|run| run[506..508].copy_from_slice(&u16::MAX.to_le_bytes()));
    refused(0, &|run| run[17] = 0xc1);
    refused(1, &|run| run[20] = 0xa2);
    refused(2, &|run| run[23] = 0x91);
}

#[test]
fn pages_longer_than_512_bytes_have_two_to_eight_parts() {
    for (page_size, parts) in [(512, 0), (1024, 2), (2048, 4), (4096, 8), (8192, 8), (1 << 20, 8)] {
        assert_eq!(layout(VARIABLE, page_size).part_count(), parts, "{page_size}");
    }
}

#[test]
fn checksums_of_parts_stand_behind_the_directory() {
    // Two words of directory a page, and parts of 512 bytes: the first one begins with the entries, at 32.
    let layout = PageLayout::new(VARIABLE, 1024, 2).unwrap();
    assert_eq!(layout.entries_start(1024), 32);
    let run = encode_as(layout, &small(), 1, 5);
    let entries: Vec<u8> = small().into_iter().flat_map(|(_, entry)| entry).collect();
    assert!(run[32..].starts_with(&entries));
    assert_eq!(run[24..28], crc32(&run[32..512]).to_le_bytes());
    assert_eq!(run[28..32], crc32(&run[512..]).to_le_bytes());
    let checksum = crc32(&run[4..32]) ^ page_tweak(FILE_ID, 5);
    assert_eq!(run[..4], checksum.to_le_bytes());
    // Parts that the directory takes as a whole are empty.
    let layout = PageLayout::new(VARIABLE, 1024, 16).unwrap();
    let run = encode_as(layout, &small(), 8, 5);
    assert_eq!(layout.entries_start(8192), 8 + 8 * 128 + 8);
    assert_eq!(run[1032..1036], crc32(&run[1040..4096]).to_le_bytes());
    let layout = PageLayout::new(VARIABLE, 4096, 64).unwrap();
    let run = encode_as(layout, &small(), 1, 5);
    assert_eq!(
        run[520..528],
        [&[0; 4], &crc32(&run[552..1024]).to_le_bytes()[..]].concat()
    );
}

#[test]
fn every_flipped_bit_is_noticed() {
    for page_size in [512, 1024, 4096] {
        let layout = layout(VARIABLE, page_size);
        let run = encode(&small(), 1, page_size, 7);
        Page::decode(&run, layout).unwrap().verify(FILE_ID, 7).unwrap();
        for bit in 0..8 * run.len() {
            let mut flipped = run.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = Page::decode(&flipped, layout)
                .and_then(|page| page.verify(FILE_ID, 7))
                .unwrap_err();
            let of_the_count = matches!(bit / 8, 4..8) && matches!(error, FormatError::PageDirectory { .. });
            assert!(
                of_the_count || matches!(error, FormatError::PageChecksum { page: 7, .. }),
                "{bit}: {error}"
            );
        }
    }
}

#[test]
fn damage_is_noticed_by_whoever_checks_the_part_that_it_is_in() {
    let run = encode(&small(), 1, 4096, 7);
    let layout = layout(VARIABLE, 4096);
    let beginning = layout.entries_start(4096) as usize;
    for place in (0..run.len()).step_by(37) {
        let mut damaged = run.clone();
        damaged[place] ^= 0x10;
        let is_in_beginning = place < beginning;
        assert_eq!(
            Page::verify_beginning(&damaged, layout, FILE_ID, 7).is_err(),
            is_in_beginning
        );
        for used in [
            0..1,
            100..103,
            500..513,
            511..512,
            512..1536,
            4000..4096,
            4095..4096,
            0..4096,
        ] {
            let parts = used.start / 512..=(used.end - 1) / 512;
            let is_noticed = Page::verify_parts(&damaged, layout, 7, used.clone()).is_err();
            let is_in_table = (beginning - 32..beginning).contains(&place)
                && parts.contains(&((place + 32 - beginning) / 4));
            let is_in_part = !is_in_beginning && parts.contains(&(place / 512));
            assert_eq!(is_noticed, is_in_part || is_in_table, "{place} {used:?}");
        }
    }
    // Nothing is checked of nothing, and what lies behind the page is not of it.
    Page::verify_parts(&run, layout, 7, 0..0).unwrap();
    Page::verify_parts(&run, layout, 7, 4096..5000).unwrap();
    Page::verify_parts(&run[..50], layout, 7, 0..10).unwrap_err();
    Page::verify_beginning(&run[..50], layout, FILE_ID, 7).unwrap_err();
}

#[test]
fn a_page_at_the_wrong_position_or_in_the_wrong_file_is_noticed() {
    let run = encode(&small(), 1, 512, 7);
    let page = Page::decode(&run, variable()).unwrap();
    for (file_id, first_page) in [
        (FILE_ID, 6),
        (FILE_ID, 0),
        (FILE_ID, u64::MAX),
        (FILE_ID ^ 1, 7),
        (0, 7),
        (!FILE_ID, 7),
    ] {
        let error = page.verify(file_id, first_page).unwrap_err();
        assert!(
            matches!(error, FormatError::PageChecksum { page, .. } if page == first_page),
            "{error}"
        );
    }
    let erased = [0; 512];
    Page::decode(&erased, variable())
        .unwrap()
        .verify(FILE_ID, 7)
        .unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn entries_come_back_from_as_many_pages_as_they_need_and_no_fewer(
        lengths in proptest::collection::vec(
            prop_oneof![8 => 6..40usize, 3 => 6..2000usize, 1 => 6..90_000usize], 0..60),
        page_size in proptest::sample::select(vec![512u32, 4096, 16_384, 65_536, 1 << 20]),
        first_page in any::<u64>(),
        spare in 0..2u64,
    ) {
        let entries: Entries = even(lengths.len()).zip(&lengths).map(|(fraction, length)| (fraction, entry(*length))).collect();
        let layout = layout(VARIABLE, page_size);
        let pages = needed(layout, &entries);
        let run = encode(&entries, pages + spare, page_size, first_page);
        prop_assert_eq!(run.len() as u64, (pages + spare) * u64::from(page_size));

        let page = Page::decode(&run, layout).unwrap();
        page.verify(FILE_ID, first_page).unwrap();
        prop_assert_eq!(page.len(), entries.len());
        let slots = page.directory().slot_count();
        prop_assert!(page.directory().slots().eq(entries.iter().map(|(fraction, _)| crate::slot_of(*fraction, slots) as u32)));
        for (index, (_, entry)) in entries.iter().enumerate() {
            let found = page.entry(index).unwrap();
            prop_assert_eq!(found.key, &entry[..1]);
            prop_assert_eq!(found.value, &entry[1..]);
        }
        prop_assert!(page.padding().iter().all(|&byte| byte == 0));

        // Directory and entries do not fit in one page fewer, whatever the width of the ends.
        let room = (pages - 1) * u64::from(page_size);
        let width = if room <= 65_536 { 2 } else { 4 };
        let taken = header(page_size) + room / 64 + width * entries.len() as u64 + lengths.iter().sum::<usize>() as u64;
        prop_assert!(taken > room);
    }

    #[test]
    fn fixed_entries_come_back_from_as_many_pages_as_they_need_and_no_fewer(
        count in 0..60usize,
        length in prop_oneof![8 => 6..40usize, 3 => 6..2000usize, 1 => 6..90_000usize],
        page_size in proptest::sample::select(vec![512u32, 4096, 16_384, 65_536, 1 << 20]),
        first_page in any::<u64>(),
        spare in 0..2u64,
    ) {
        let entries: Entries = even(count).map(|fraction| (fraction, entry(length))).collect();
        let layout = layout(fixed(length as u64), page_size);
        let pages = needed(layout, &entries);
        let run = encode_as(layout, &entries, pages + spare, first_page);
        prop_assert_eq!(run.len() as u64, (pages + spare) * u64::from(page_size));

        let page = Page::decode(&run, layout).unwrap();
        page.verify(FILE_ID, first_page).unwrap();
        prop_assert_eq!(page.len(), entries.len());
        for (index, (_, entry)) in entries.iter().enumerate() {
            let found = page.entry(index).unwrap();
            prop_assert_eq!((found.key, found.value), entry.split_at(1));
        }
        prop_assert!(page.padding().iter().all(|&byte| byte == 0));
        let taken = header(page_size) as usize + length * count;
        prop_assert_eq!(page.padding().len(), run.len() - run.len() / 64 - taken);
        let room = (pages - 1) * (u64::from(page_size) - u64::from(page_size) / 64);
        prop_assert!(taken as u64 > room || count as u64 >= (pages - 1) * u64::from(page_size) / 8);
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(9), any::<u8>()], 0..1200),
        count in 0..200u32,
        length in prop_oneof![Just(0), 1..10u64, Just(u64::from(u32::MAX))],
    ) {
        let mut bytes = bytes;
        if let Some(stored_count) = bytes.get_mut(4..8) {
            stored_count.copy_from_slice(&count.to_le_bytes());
        }
        // Variable if the length is 0.
        if let Ok(page) = Page::decode(&bytes, layout(fixed(length), 512)) {
            for index in 0..=page.len() {
                let _ = page.entry(index);
            }
            let _ = page.directory().slots().count();
            let _ = (page.verify(0, 0), page.padding());
        }
    }
}

#[test]
fn a_run_can_be_encoded_piece_by_piece() {
    let many = even(3000)
        .zip(0..)
        .map(|(fraction, i)| (fraction, entry(6 + (i * 7) % 60)));
    let alike = even(3000).map(|fraction| (fraction, entry(30)));
    let crowd = (0..3000).map(|i| (i / 2900 * 77, entry(30)));
    for (entries_layout, entries, page_size) in [
        (VARIABLE, small(), 512),
        (VARIABLE, vec![(1, entry(40_000)), (2, entry(30_000))], 4096),
        (VARIABLE, many.collect(), 1024),
        (fixed(3), fixed_entries(), 512),
        (fixed(30), alike.collect(), 1024),
        (fixed(30), crowd.collect(), 1024),
    ] {
        let layout = layout(entries_layout, page_size);
        let length = entries.iter().map(|(_, entry)| entry.len() as u64).sum();
        let mut encoder = RunEncoder::new(layout, entries.len() as u64, length).unwrap();
        assert_eq!(encoder.pages(), needed(layout, &entries));
        let mut run = encoder.header(0).to_vec();
        let mut directory = encoder.directory();
        let mut write = |bytes: &[u8]| {
            run.extend_from_slice(bytes);
            Ok::<_, ()>(())
        };
        for (fraction, _) in &entries {
            directory.push(*fraction, &mut write).unwrap();
        }
        directory.finish(&mut write).unwrap();
        let table = encoder.part_checksums();
        let table = table.start as usize..table.end as usize;
        assert_eq!(run.len(), table.start);
        run.extend(entries.iter().flat_map(|(_, entry)| entry));
        run.extend((0..encoder.padding()).map(|_| 0));
        let mut end = length;
        for (_, entry) in entries.iter().rev() {
            encoder.encode_end(end, &mut run);
            end -= entry.len() as u64;
        }
        run[8..].chunks(99).for_each(|piece| encoder.add(piece));
        let checksums = encoder.clone().checksums(FILE_ID, 17);
        run[..8].copy_from_slice(&encoder.header(checksums.checksum));
        run.splice(table.start..table.start, checksums.part_checksums);
        assert_eq!(encoder.part_checksums().end as usize, table.end);
        assert!(run == encode_as(layout, &entries, encoder.pages(), 17));
    }
    assert!(RunEncoder::new(layout(VARIABLE, 4096), 1, 1 << 32).is_none());
}
