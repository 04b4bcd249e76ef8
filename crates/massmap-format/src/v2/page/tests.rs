use proptest::prelude::*;

use super::*;
use crate::FormatError;
use crate::v2::checksum::page_tweak;

const FILE_ID: u64 = 0x1122_3344_5566_7788;

const VARIABLE: EntryLayout = EntryLayout::Variable;

type Entries = Vec<(u8, Vec<u8>)>;

fn encode(entries: &[(u8, Vec<u8>)], pages: u64, page_size: u32, first_page: u64) -> Vec<u8> {
    encode_as(VARIABLE, entries, pages, page_size, first_page)
}

fn encode_as(
    layout: EntryLayout,
    entries: &[(u8, Vec<u8>)],
    pages: u64,
    page_size: u32,
    first_page: u64,
) -> Vec<u8> {
    let mut out = b"before".to_vec();
    let entries = entries
        .iter()
        .map(|(fingerprint, entry)| (*fingerprint, &entry[..]));
    encode_run(entries, layout, pages, page_size, FILE_ID, first_page, &mut out);
    assert_eq!(out[..6], *b"before");
    out.split_off(6)
}

fn needed(layout: EntryLayout, entries: &[(u8, Vec<u8>)], page_size: u32) -> u64 {
    let length = entries.iter().map(|(_, entry)| entry.len() as u64).sum();
    pages_needed(layout, entries.len() as u64, length, page_size).unwrap()
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
        (9, vec![1, 2]),
        (7, vec![0xa1, b'k', 0xa1, b'v']),
        (9, vec![3, 0xc0]),
    ]
}

/// Entries that all take three bytes.
fn uniform() -> Entries {
    vec![
        (9, vec![1, 0xa1, b'x']),
        (7, vec![2, 0xcc, 200]),
        (9, vec![0xa1, b'k', 3]),
    ]
}

const OF_THREE: EntryLayout = EntryLayout::Uniform(std::num::NonZeroU32::new(3).unwrap());

/// The run of the small entries after `change`.
fn changed(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut run = encode(&small(), 1, 512, 0);
    change(&mut run);
    run
}

#[test]
fn a_run_has_exactly_these_bytes() {
    let run = encode(&small(), 1, 512, 5);
    assert_eq!(run[4..19], *b"\x03\0\0\0\x09\x07\x09\x01\x02\xa1k\xa1v\x03\xc0");
    assert_eq!(run[19..506], [0; 487]);
    assert_eq!(run[506..], *b"\x13\0\x11\0\x0d\0");
    // Computed with Python: zlib.crc32 of the rest, and the tweak from section 2.1.
    assert_eq!(run[..4], 0x192b_bf23u32.to_le_bytes());
    assert_eq!(page_tweak(FILE_ID, 5), 0x8dfb_e573);
}

#[test]
fn a_run_of_uniform_entries_has_exactly_these_bytes() {
    let run = encode_as(OF_THREE, &uniform(), 1, 512, 5);
    assert_eq!(
        run[4..20],
        *b"\x03\0\0\0\x09\x07\x09\x01\xa1x\x02\xcc\xc8\xa1k\x03"
    );
    assert_eq!(run[20..], [0; 492]);
    // Computed with Python: zlib.crc32 of the rest, and the tweak from section 2.1.
    assert_eq!(run[..4], 0x25c8_33a9u32.to_le_bytes());
    let page = Page::decode(&run, OF_THREE).unwrap();
    page.verify(FILE_ID, 5).unwrap();
    assert_eq!((page.len(), page.padding().len()), (3, 492));
    for (index, (fingerprint, entry)) in uniform().iter().enumerate() {
        assert_eq!(page.fingerprints()[index], *fingerprint);
        assert_eq!(page.entry_bytes(index), Some(&entry[..]));
    }
    assert_eq!(page.entry_bytes(3), None);
    assert_eq!(page.entry_bytes(usize::MAX), None);
}

#[test]
fn uniform_entries_may_fill_their_run_exactly() {
    for page_size in [512, 4096, 65_536, 1 << 20] {
        for pages in [1, 2, 17] {
            let room = pages * u64::from(page_size) - 8;
            for length in [3, 7, room - 1] {
                let layout = EntryLayout::uniform(length);
                let most = room / (length + 1);
                assert_eq!(pages_needed(layout, most, most * length, page_size), Some(pages));
                let more = pages_needed(layout, most + 1, (most + 1) * length, page_size).unwrap();
                assert!(more > pages);
            }
            // An entry takes two bytes and its fingerprint one: zero to two bytes are left over.
            let layout = EntryLayout::uniform(2);
            let entries: Entries = (0..room / 3).map(|_| (5, vec![1, 2])).collect();
            let run = encode_as(layout, &entries, pages, page_size, 0);
            let page = Page::decode(&run, layout).unwrap();
            assert_eq!(page.padding().len() as u64, room % 3);
            assert_eq!(page.entry(entries.len() - 1).unwrap().value, [2]);
        }
    }
}

#[test]
#[should_panic(expected = "uniform entries have one length")]
fn an_entry_of_another_length_cannot_be_encoded_among_uniform_ones() {
    encode_as(OF_THREE, &small(), 1, 512, 0);
}

#[test]
fn a_run_too_short_for_its_uniform_entries_is_refused() {
    let run = encode_as(OF_THREE, &uniform(), 1, 512, 0);
    for length in [0, 4, 7, 8, 10, 19] {
        let error = Page::decode(&run[..length], OF_THREE).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: l } if l == length),
            "{error}"
        );
    }
    assert!(Page::decode(&run[..20], OF_THREE).unwrap().padding().is_empty());
    // 126 entries of four bytes each with their fingerprints fill the page.
    for (count, fits) in [(126u32, true), (127, false), (504, false), (u32::MAX, false)] {
        let mut run = run.clone();
        run[4..8].copy_from_slice(&count.to_le_bytes());
        match Page::decode(&run, OF_THREE) {
            Ok(page) => assert!(fits && page.padding().is_empty()),
            Err(error) => assert!(
                !fits && matches!(error, FormatError::PageDirectory { length: 512 }),
                "{error}"
            ),
        }
    }
    let longest = EntryLayout::uniform(u32::MAX.into());
    Page::decode(&run, longest).unwrap_err();
}

#[test]
fn a_uniform_entry_that_is_not_two_values_is_refused() {
    // The entries begin at 11, 14 and 17.
    for (index, position, byte) in [
        (0, 12, 0xa2),
        (0, 12, 0xa0),
        (0, 11, 0xc1),
        (1, 15, 0xcd),
        (2, 17, 0xa2),
    ] {
        let mut run = encode_as(OF_THREE, &uniform(), 1, 512, 0);
        run[position] = byte;
        let error = Page::decode(&run, OF_THREE).unwrap().entry(index).unwrap_err();
        assert!(
            matches!(error, FormatError::PageEntry { index: i } if i == index),
            "{error}"
        );
    }
    let run = encode_as(OF_THREE, &uniform(), 1, 512, 0);
    for index in [3, 4, usize::MAX] {
        let error = Page::decode(&run, OF_THREE).unwrap().entry(index).unwrap_err();
        assert!(matches!(error, FormatError::PageEntry { .. }), "{error}");
    }
}

#[test]
fn ends_in_a_run_too_long_for_two_bytes_take_four() {
    let entries = [(1, entry(40_000)), (2, entry(30_000))];
    let run = encode(&entries, 2, 65_536, 0);
    assert_eq!(run.len(), 131_072);
    assert_eq!(run[131_064..], *b"\x7a\x11\x01\0\x4a\x9c\0\0");
    let run = encode(&[(1, entry(40_000))], 1, 65_536, 0);
    assert_eq!(run[65_534..], *b"\x49\x9c");
}

#[test]
fn a_run_without_entries_takes_a_page() {
    assert_eq!(pages_needed(VARIABLE, 0, 0, 512), Some(1));
    let run = encode(&[], 1, 512, 3);
    assert_eq!(run[4..], [0; 508]);
    let page = Page::decode(&run, VARIABLE).unwrap();
    page.verify(FILE_ID, 3).unwrap();
    assert!(page.is_empty() && page.fingerprints().is_empty());
    assert_eq!((page.len(), page.padding().len()), (0, 504));
    let error = page.entry(0).unwrap_err();
    assert!(matches!(error, FormatError::PageEntry { index: 0 }), "{error}");
}

#[test]
fn an_entry_may_fill_its_run_exactly() {
    for page_size in [512, 4096, 65_536, 1 << 20] {
        for pages in [1, 2, 17] {
            let run_length = pages * u64::from(page_size);
            let width = if run_length <= 65_536 { 2 } else { 4 };
            let longest = run_length - 8 - 1 - width;
            assert_eq!(pages_needed(VARIABLE, 1, longest, page_size), Some(pages));
            assert_eq!(pages_needed(VARIABLE, 1, longest + 1, page_size), Some(pages + 1));
            let entries = [(1, entry(usize::try_from(longest).unwrap()))];
            let run = encode(&entries, pages, page_size, 0);
            let page = Page::decode(&run, VARIABLE).unwrap();
            assert!(page.padding().is_empty());
            assert_eq!(page.entry(0).unwrap().value.len() as u64, longest - 1);
        }
    }
}

#[test]
fn more_than_a_run_can_hold_is_refused() {
    let most = (1 << 32) - 4096;
    assert_eq!(pages_needed(VARIABLE, 1, most - 13, 4096), Some((1 << 20) - 1));
    for (count, length) in [
        (1, most - 12),
        (1 << 32, 0),
        (0, u64::MAX),
        (0, u64::MAX - 8),
        (u64::MAX, 0),
        (u64::MAX / 3, 1),
    ] {
        assert_eq!(
            pages_needed(VARIABLE, count, length, 4096),
            None,
            "{count} {length}"
        );
    }
    assert_eq!(pages_needed(VARIABLE, 1, 1, 0), None);
}

#[test]
#[should_panic(expected = "the entries fit the run")]
fn entries_that_do_not_fit_cannot_be_encoded() {
    encode(&[(1, entry(502))], 1, 512, 0);
}

#[test]
fn a_run_too_short_for_its_directory_is_refused() {
    let run = encode(&small(), 1, 512, 0);
    for length in [0, 4, 7, 8, 16] {
        let error = Page::decode(&run[..length], VARIABLE).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: l } if l == length),
            "{error}"
        );
    }
    for count in [169, 1000, u32::MAX] {
        let run = changed(|run| run[4..8].copy_from_slice(&count.to_le_bytes()));
        let error = Page::decode(&run, VARIABLE).unwrap_err();
        assert!(
            matches!(error, FormatError::PageDirectory { length: 512 }),
            "{error}"
        );
    }
    let run = changed(|run| run[4..8].copy_from_slice(&168u32.to_le_bytes()));
    assert_eq!(Page::decode(&run, VARIABLE).unwrap().len(), 168);
}

#[test]
fn an_entry_that_lies_outside_the_run_or_is_not_two_values_is_refused() {
    let refused = |index, change: &dyn Fn(&mut [u8])| {
        let run = changed(|run| change(run));
        let error = Page::decode(&run, VARIABLE).unwrap().entry(index).unwrap_err();
        assert!(
            matches!(error, FormatError::PageEntry { index: i } if i == index),
            "{error}"
        );
    };
    // The end of the first entry is at 510, that of the second at 508, that of the third at 506.
    refused(3, &|_| ());
    refused(usize::MAX, &|_| ());
    refused(0, &|run| run[510] = 10);
    refused(0, &|run| run[510] = 12);
    refused(0, &|run| run[510] = 14);
    refused(1, &|run| run[510] = 10);
    refused(1, &|run| run[508] = 12);
    refused(2, &|run| run[506..508].copy_from_slice(&507u16.to_le_bytes()));
    refused(2, &|run| run[506..508].copy_from_slice(&u16::MAX.to_le_bytes()));
    refused(0, &|run| run[12] = 0xc1);
    refused(1, &|run| run[15] = 0xa2);
    refused(2, &|run| run[18] = 0x91);
}

#[test]
fn every_flipped_bit_is_noticed() {
    let run = encode(&small(), 1, 512, 7);
    Page::decode(&run, VARIABLE).unwrap().verify(FILE_ID, 7).unwrap();
    for bit in 0..8 * run.len() {
        let mut flipped = run.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Page::decode(&flipped, VARIABLE)
            .and_then(|page| page.verify(FILE_ID, 7))
            .unwrap_err();
        let of_the_count = matches!(bit / 8, 4..8) && matches!(error, FormatError::PageDirectory { .. });
        assert!(
            of_the_count || matches!(error, FormatError::PageChecksum { page: 7, .. }),
            "{bit}: {error}"
        );
    }
}

#[test]
fn a_page_at_the_wrong_position_or_in_the_wrong_file_is_noticed() {
    let run = encode(&small(), 1, 512, 7);
    let page = Page::decode(&run, VARIABLE).unwrap();
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
    Page::decode(&erased, VARIABLE)
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
        let entries: Entries = lengths.iter().map(|&length| (length.to_le_bytes()[0] ^ 0x5a, entry(length))).collect();
        let pages = needed(VARIABLE, &entries, page_size);
        let run = encode(&entries, pages + spare, page_size, first_page);
        prop_assert_eq!(run.len() as u64, (pages + spare) * u64::from(page_size));

        let page = Page::decode(&run, VARIABLE).unwrap();
        page.verify(FILE_ID, first_page).unwrap();
        prop_assert_eq!(page.len(), entries.len());
        for (index, (fingerprint, entry)) in entries.iter().enumerate() {
            let found = page.entry(index).unwrap();
            prop_assert_eq!(page.fingerprints()[index], *fingerprint);
            prop_assert_eq!(found.key, &entry[..1]);
            prop_assert_eq!(found.value, &entry[1..]);
        }
        prop_assert!(page.padding().iter().all(|&byte| byte == 0));

        // Directory and entries do not fit in one page fewer, whatever the width of the ends.
        let room = (pages - 1) * u64::from(page_size);
        let width = if room <= 65_536 { 2 } else { 4 };
        let taken = 8 + (1 + width) * entries.len() as u64 + lengths.iter().sum::<usize>() as u64;
        prop_assert!(taken > room);
    }

    #[test]
    fn uniform_entries_come_back_from_as_many_pages_as_they_need_and_no_fewer(
        count in 0..60usize,
        length in prop_oneof![8 => 6..40usize, 3 => 6..2000usize, 1 => 6..90_000usize],
        page_size in proptest::sample::select(vec![512u32, 4096, 16_384, 65_536, 1 << 20]),
        first_page in any::<u64>(),
        spare in 0..2u64,
    ) {
        let entries: Entries = (0..count).map(|number| (number.to_le_bytes()[0] ^ 0x5a, entry(length))).collect();
        let layout = EntryLayout::uniform(length as u64);
        let pages = needed(layout, &entries, page_size);
        let run = encode_as(layout, &entries, pages + spare, page_size, first_page);
        prop_assert_eq!(run.len() as u64, (pages + spare) * u64::from(page_size));

        let page = Page::decode(&run, layout).unwrap();
        page.verify(FILE_ID, first_page).unwrap();
        prop_assert_eq!(page.len(), entries.len());
        for (index, (fingerprint, entry)) in entries.iter().enumerate() {
            let found = page.entry(index).unwrap();
            prop_assert_eq!(page.fingerprints()[index], *fingerprint);
            prop_assert_eq!((found.key, found.value), entry.split_at(1));
        }
        prop_assert!(page.padding().iter().all(|&byte| byte == 0));
        let taken = 8 + (1 + length) * count;
        prop_assert_eq!(page.padding().len(), run.len() - taken);
        prop_assert!(taken as u64 > (pages - 1) * u64::from(page_size));
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(9), any::<u8>()], 0..600),
        count in 0..200u32,
        length in prop_oneof![Just(0), 1..10u64, Just(u64::from(u32::MAX))],
    ) {
        let mut bytes = bytes;
        if let Some(stored_count) = bytes.get_mut(4..8) {
            stored_count.copy_from_slice(&count.to_le_bytes());
        }
        // Variable if the length is 0.
        if let Ok(page) = Page::decode(&bytes, EntryLayout::uniform(length)) {
            for index in 0..=page.len() {
                let _ = page.entry(index);
            }
            let _ = (page.verify(0, 0), page.padding());
        }
    }
}

#[test]
fn a_run_can_be_encoded_piece_by_piece() {
    let many: Entries = (0..3000u32)
        .map(|i| (i as u8, entry(6 + (i as usize * 7) % 60)))
        .collect();
    let alike: Entries = (0..3000u32).map(|i| (i as u8, entry(30))).collect();
    for (layout, entries, page_size) in [
        (VARIABLE, small(), 512),
        (VARIABLE, vec![(1, entry(40_000)), (2, entry(30_000))], 4096),
        (VARIABLE, many, 1024),
        (OF_THREE, uniform(), 512),
        (EntryLayout::uniform(30), alike, 1024),
    ] {
        let length = entries.iter().map(|(_, entry)| entry.len() as u64).sum();
        let mut encoder = RunEncoder::new(layout, entries.len() as u64, length, page_size).unwrap();
        let mut run = encoder.header(0).to_vec();
        run.extend(entries.iter().map(|(fingerprint, _)| fingerprint));
        run.extend(entries.iter().flat_map(|(_, entry)| entry));
        run.extend((0..encoder.padding()).map(|_| 0));
        let mut end = length;
        for (_, entry) in entries.iter().rev() {
            encoder.encode_end(end, &mut run);
            end -= entry.len() as u64;
        }
        run[8..].chunks(99).for_each(|piece| encoder.add(piece));
        let header = encoder.header(encoder.clone().checksum(FILE_ID, 17));
        run[..8].copy_from_slice(&header);
        let pages = needed(layout, &entries, page_size);
        assert!(run == encode_as(layout, &entries, pages, page_size, 17));
    }
    assert!(RunEncoder::new(VARIABLE, 1, 1 << 32, 4096).is_none());
}
