use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use xorf::BinaryFuse8;

use super::*;
use crate::{MissFilter, spread};

/// A filter of `hashes`; empty if there are none.
fn part(hashes: &[u64]) -> Vec<u8> {
    if hashes.is_empty() {
        return Vec::new();
    }
    let filter = BinaryFuse8::try_from(hashes).unwrap();
    let header = MissFilterHeader {
        seed: filter.descriptor.seed,
        segment_length: filter.descriptor.segment_length,
        segment_count_length: filter.descriptor.segment_count_length,
    };
    header.encode(&filter.fingerprints)
}

fn encoded(hashes: &[u64], parts: u64) -> Vec<u8> {
    let parts: Vec<_> = (0..parts)
        .map(|number| {
            let range = hashes.iter().filter(|hash| bin_of(**hash, parts) == number);
            part(&range.copied().collect::<Vec<_>>())
        })
        .collect();
    encode_miss_filter_parts(&parts)
}

/// A filter of three parts, the middle one empty.
fn small() -> (Vec<u64>, Vec<u8>) {
    let hashes = vec![3, u64::MAX / 3 - 5, u64::MAX / 3 * 2 + 7, u64::MAX - 2, u64::MAX];
    let bytes = encoded(&hashes, 3);
    (hashes, bytes)
}

fn with_word(bytes: &[u8], index: usize, word: u64) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[WORD * index..][..WORD].copy_from_slice(&word.to_le_bytes());
    changed
}

#[test]
fn a_filter_in_parts_has_exactly_these_bytes() {
    let header = MissFilterHeader {
        seed: 7,
        segment_length: 1,
        segment_count_length: 1,
    };
    let bytes = encode_miss_filter_parts(&[vec![], header.encode(b"abc"), vec![], header.encode(b"xyz")]);
    let mut expected = Vec::new();
    for word in [4u64, 48, 48, 67, 67, 86] {
        expected.extend_from_slice(&word.to_le_bytes());
    }
    expected.extend_from_slice(b"\x07\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0abc");
    expected.extend_from_slice(b"\x07\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0xyz");
    assert_eq!(bytes, expected);
    MissFilterParts::new(bytes).unwrap();
}

#[test]
fn a_hash_is_looked_up_in_the_part_of_its_range_and_an_empty_part_contains_none() {
    let (hashes, bytes) = small();
    let filter = MissFilterParts::new(&bytes).unwrap();
    assert!(hashes.iter().all(|hash| filter.may_contain(*hash)));
    let third = u64::MAX / 3;
    // The second range begins at 2^64 / 3, rounded up.
    for hash in [third + 1, third + 2, third * 3 / 2, 2 * third] {
        assert!(!filter.may_contain(hash), "{hash:#x}");
    }
    let (first, last) = (part(&hashes[..2]), part(&hashes[2..]));
    for hash in (0..100_000).map(spread) {
        let expected = match bin_of(hash, 3) {
            0 => MissFilter::new(&first).unwrap().may_contain(hash),
            1 => false,
            _ => MissFilter::new(&last).unwrap().may_contain(hash),
        };
        assert_eq!(filter.may_contain(hash), expected);
    }
}

#[test]
fn tables_whose_parts_do_not_fill_the_bytes_behind_them_are_refused() {
    let (_, bytes) = small();
    let length = bytes.len();
    for (index, word) in [
        (0, 0),
        (0, 2),
        (0, 4),
        (0, length as u64 / 8 - 2),
        (0, length as u64 / 8 - 1),
        (0, 1 << 61),
        (0, u64::MAX - 1),
        (0, u64::MAX),
        (1, 0),
        (1, 39),
        (1, 41),
        (2, 0),
        (2, length as u64),
        (2, u64::MAX),
        (3, 0),
        (3, length as u64 + 1),
        (4, 40),
        (4, length as u64 - 1),
        (4, length as u64 + 1),
        (4, u64::MAX),
    ] {
        let error = MissFilterParts::new(with_word(&bytes, index, word)).unwrap_err();
        match error {
            FormatError::MissFilterTable { length: l, parts } => {
                assert_eq!((l, parts), (length, if index == 0 { word } else { 3 }));
            }
            // If the part ends before the next one, its length does not fit.
            FormatError::MissFilterPart { .. } => assert!(index > 1, "word {index}: {error}"),
            _ => panic!("word {index}: {error}"),
        }
    }
}

#[test]
fn parts_that_are_not_filters_are_refused() {
    let (hashes, bytes) = small();
    let [first, last] = [part(&hashes[..2]), part(&hashes[2..])];
    for (damaged, damage) in [
        (0, &first[..1]),
        (0, &first[..MissFilterHeader::SIZE]),
        (1, &[0][..]),
        (2, &last[1..]),
        (2, &[&last[..], &[0]].concat()),
    ] {
        let mut parts = [first.clone(), Vec::new(), last.clone()];
        parts[damaged] = damage.to_vec();
        let error = MissFilterParts::new(encode_miss_filter_parts(&parts)).unwrap_err();
        assert!(
            matches!(error, FormatError::MissFilterPart { part, length }
                if (part, length) == (damaged as u64, damage.len())),
            "{error}"
        );
    }
    assert_eq!(bytes, encode_miss_filter_parts(&[first, Vec::new(), last]));
}

#[test]
fn every_truncation_is_refused() {
    let (_, bytes) = small();
    for length in 0..bytes.len() {
        let error = MissFilterParts::new(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, FormatError::MissFilterTable { length: l, .. } if l == length),
            "{length}: {error}"
        );
    }
}

#[test]
fn every_flipped_bit_of_table_and_headers_is_refused_or_harmless() {
    let (hashes, bytes) = small();
    let middle = u64::MAX / 2;
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let filter = MissFilterParts::new(&flipped);
            if let Ok(filter) = &filter {
                hashes.iter().chain(&[0, middle]).for_each(|hash| {
                    let _ = filter.may_contain(*hash);
                });
            }
            filter.is_ok()
        }));
        let opened = opened.unwrap_or_else(|_| panic!("bit {bit} causes a panic"));
        assert!(
            !opened || bit / 8 >= 5 * WORD,
            "bit {bit} of the table is not noticed"
        );
    }
}

proptest! {
    #[test]
    fn every_hash_is_found_and_few_others_pass(
        hashes in proptest::collection::hash_set(any::<u64>(), 0..300),
        parts in 1..40u64,
    ) {
        let hashes: Vec<u64> = hashes.into_iter().collect();
        let filter = MissFilterParts::new(encoded(&hashes, parts)).unwrap();
        prop_assert!(hashes.iter().all(|hash| filter.may_contain(*hash)));
        let passed = (0..2000).filter(|other| filter.may_contain(spread(*other))).count();
        prop_assert!(passed < 100, "{} of 2000", passed);
    }
}
