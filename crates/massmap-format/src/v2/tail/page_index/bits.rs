//! Bits of a word.

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

/// For a byte and a rank below 8, the position of the one of that rank; 0 if the byte has fewer.
const IN_BYTE: [[u8; 256]; 8] = {
    let mut table = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let (mut rank, mut place) = (0, 0);
        while place < 8 {
            if byte >> place & 1 == 1 {
                #[expect(
                    clippy::indexing_slicing,
                    reason = "evaluated at compile time, within the table's bounds"
                )]
                {
                    table[rank][byte] = place;
                }
                rank += 1;
            }
            place += 1;
        }
        byte += 1;
    }
    table
};

/// Position of the one number `rank`, from 0, of `word`, which has more ones than that.
///
/// Source: S. Vigna, "Broadword Implementation of Rank/Select Queries", WEA 2008, algorithm 2 with a table for the byte.
#[inline(always)]
pub(super) fn select(word: u64, rank: u64) -> u64 {
    const PAIRS: u64 = 0x5555_5555_5555_5555;
    const QUARTERS: u64 = 0x3333_3333_3333_3333;
    const HALVES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let counts = word - (word >> 1 & PAIRS);
    let counts = (counts & QUARTERS) + (counts >> 2 & QUARTERS);
    let counts = (counts + (counts >> 4)) & HALVES;
    // Each byte: how many ones it and the lower ones have.
    let sums = counts.wrapping_mul(ONES);
    // The highest bit of a byte stays where its sum is at most the rank: the one lies in a higher byte.
    let passed = ((ONES.wrapping_mul(rank) | HIGHEST).wrapping_sub(sums)) & HIGHEST;
    let place = u64::from(passed.count_ones()) * 8;
    let before = (sums << 8) >> place & 0xff;
    let byte = word >> place & 0xff;
    let in_byte = usize::try_from(rank - before)
        .ok()
        .and_then(|rank| IN_BYTE.get(rank))
        .and_then(|bytes| bytes.get(usize::try_from(byte).ok()?));
    place + u64::from(in_byte.copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_ones_are_found_one_after_the_other(word: u64, mask: u64) {
            for word in [word, word & mask, word | mask, u64::MAX, 1 << 63, 1] {
                let ones = (0..64).filter(|place| word >> place & 1 == 1);
                for (rank, place) in (0..).zip(ones) {
                    prop_assert_eq!(select(word, rank), place);
                }
            }
        }
    }
}
