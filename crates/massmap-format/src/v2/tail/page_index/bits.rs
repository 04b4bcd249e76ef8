//! Bits of a word.

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

/// The position of the one of a rank below 8 in a byte; 0 if the byte has fewer ones.
const IN_BYTE: [[u8; 256]; 8] = {
    let mut table = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let (mut rank, mut position) = (0, 0);
        while position < 8 {
            if byte >> position & 1 == 1 {
                #[expect(
                    clippy::indexing_slicing,
                    reason = "evaluated at compile time, within the table's bounds"
                )]
                {
                    table[rank][byte] = position;
                }
                rank += 1;
            }
            position += 1;
        }
        byte += 1;
    }
    table
};

/// Position of the one of this rank, from 0, in `word`, which has more ones than that.
///
/// Source: S. Vigna, "Broadword Implementation of Rank/Select Queries", WEA 2008, algorithm 2 with a table for the byte.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn select(word: u64, rank: u64) -> u64 {
    const PAIRS: u64 = 0x5555_5555_5555_5555;
    const QUARTERS: u64 = 0x3333_3333_3333_3333;
    const HALVES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let counts = word - (word >> 1 & PAIRS);
    let counts = (counts & QUARTERS) + (counts >> 2 & QUARTERS);
    let counts = (counts + (counts >> 4)) & HALVES;
    // Each byte: number of ones in it and in the lower bytes.
    let sums = counts.wrapping_mul(ONES);
    // The highest bit of a byte stays if its sum is at most the rank: then the one lies in a higher byte.
    let passed = ((ONES.wrapping_mul(rank) | HIGHEST).wrapping_sub(sums)) & HIGHEST;
    let position = u64::from(passed.count_ones()) * 8;
    let before = (sums << 8) >> position & 0xff;
    let byte = word >> position & 0xff;
    let in_byte = usize::try_from(rank - before)
        .ok()
        .and_then(|rank| IN_BYTE.get(rank))
        .and_then(|bytes| bytes.get(usize::try_from(byte).ok()?));
    position + u64::from(in_byte.copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_one_is_found_by_its_rank(word: u64, mask: u64) {
            for word in [word, word & mask, word | mask, u64::MAX, 1 << 63, 1] {
                let ones = (0..64).filter(|position| word >> position & 1 == 1);
                for (rank, position) in (0..).zip(ones) {
                    prop_assert_eq!(select(word, rank), position);
                }
            }
        }
    }
}
