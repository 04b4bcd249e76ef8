use proptest::prelude::*;
use xorf::{BinaryFuse8, Filter};

use super::*;

fn encoded(filter: &BinaryFuse8) -> Vec<u8> {
    let header = MissFilterHeader {
        seed: filter.descriptor.seed,
        segment_length: filter.descriptor.segment_length,
        segment_count_length: filter.descriptor.segment_count_length,
    };
    header.encode(&filter.fingerprints)
}

fn section(seed: u64, segment_length: u32, segment_count_length: u32, fingerprints: usize) -> Vec<u8> {
    MissFilterHeader {
        seed,
        segment_length,
        segment_count_length,
    }
    .encode(&vec![0; fingerprints])
}

#[test]
fn a_filter_has_exactly_these_bytes() {
    let header = MissFilterHeader {
        seed: 0x0102_0304_0506_0708,
        segment_length: 2,
        segment_count_length: 4,
    };
    assert_eq!(
        header.encode(b"fprints."),
        b"\x08\x07\x06\x05\x04\x03\x02\x01\x02\0\0\0\x04\0\0\0fprints."
    );
}

#[test]
fn a_hash_is_looked_up_at_exactly_these_positions() {
    // With seed 0, the mixed hash of 1 is 0xb456bcfc34c2cb2c. Its first position is 0xb4… * 8 >> 64 = 5, of 8. Those in the
    // next two segments of 4 are 9 and 13; their low bits are XORed with bits 18 and up of the hash, and with its low bits,
    // both 0 here. The fingerprint is 0x2c ^ 0xfc.
    for position in 0..16 {
        let mut bytes = section(0, 4, 8, 16);
        bytes[MissFilterHeader::SIZE + position] = 0x2c ^ 0xfc;
        let filter = MissFilter::new(bytes).unwrap();
        assert_eq!(
            filter.may_contain(1),
            [5, 9, 13].contains(&position),
            "position {position}"
        );
    }
    // With seed 6, the mixed hash of 1 is spread(7) = 0x740729cbe468d1dd: positions 3, 7 ^ 2, 11 ^ 1; fingerprint 0xdd ^ 0xcb.
    for position in 0..16 {
        let mut bytes = section(6, 4, 8, 16);
        bytes[MissFilterHeader::SIZE + position] = 0xdd ^ 0xcb;
        let filter = MissFilter::new(bytes).unwrap();
        assert_eq!(
            filter.may_contain(1),
            [3, 5, 10].contains(&position),
            "position {position}"
        );
    }
}

#[test]
fn headers_that_do_not_match_their_fingerprints_are_refused() {
    for (segment_length, segment_count_length, fingerprints) in [
        (0, 4, 4),
        (3, 3, 9),
        (4, 0, 8),
        (4, 6, 14),
        (4, 2, 10),
        (4, 4, 11),
        (4, 4, 13),
        (1 << 31, 1 << 31, 12),
        (4, u32::MAX - 3, 12),
    ] {
        let bytes = section(1, segment_length, segment_count_length, fingerprints);
        let length = bytes.len();
        let error = MissFilter::new(bytes).unwrap_err();
        assert!(
            matches!(error, FormatError::MissFilter { length: l } if l == length),
            "{error}"
        );
    }
    for length in 0..16 {
        let error = MissFilter::new(&section(1, 4, 4, 12)[..length]).unwrap_err();
        assert!(
            matches!(error, FormatError::MissFilter { length: l } if l == length),
            "{error}"
        );
    }
    MissFilter::new(section(1, 4, 4, 12)).unwrap();
}

#[test]
fn few_misses_pass_a_filter_of_many_keys() {
    let keys: Vec<u64> = (0..20_000).map(spread).collect();
    let bytes = encoded(&BinaryFuse8::try_from(&keys).unwrap());
    let bits = 8.0 * bytes.len() as f64 / keys.len() as f64;
    assert!(bits < 10.0, "{bits} bits a key");
    let filter = MissFilter::new(bytes).unwrap();
    let passed = (20_000..120_000)
        .filter(|&key| filter.may_contain(spread(key)))
        .count();
    assert!((200..600).contains(&passed), "{passed} of 100,000 misses pass");
}

proptest! {
    #[test]
    fn agrees_with_the_filter_that_xorf_builds(
        keys in proptest::collection::hash_set(any::<u64>(), 0..300),
        others in proptest::collection::vec(any::<u64>(), 300),
    ) {
        let keys: Vec<u64> = keys.into_iter().collect();
        let theirs = BinaryFuse8::try_from(&keys).unwrap();
        let ours = MissFilter::new(encoded(&theirs)).unwrap();
        for key in &keys {
            prop_assert!(ours.may_contain(*key));
        }
        for other in &others {
            prop_assert_eq!(ours.may_contain(*other), theirs.contains(other));
        }
    }

    #[test]
    fn no_accepted_filter_is_read_out_of_bounds(
        seed in any::<u64>(),
        segment in 0..8u32,
        segments in 1..20u32,
        hash in any::<u64>(),
    ) {
        let (segment_length, bound) = (1u32 << segment, segments << segment);
        let header = MissFilterHeader { seed, segment_length, segment_count_length: bound };
        let mixed = spread(hash.wrapping_add(seed));
        let fingerprint = (mixed ^ mixed >> 32).to_le_bytes()[0];
        // All fingerprints are equal. Their XOR is that value if all three are in bounds, and no other hash passes.
        let bytes = header.encode(&vec![fingerprint; (bound + 2 * segment_length) as usize]);
        prop_assert!(MissFilter::new(bytes).unwrap().may_contain(hash));
        let bytes = header.encode(&vec![!fingerprint; (bound + 2 * segment_length) as usize]);
        prop_assert!(!MissFilter::new(bytes).unwrap().may_contain(hash));
    }
}
