//! Finding a one in a word by its rank.

use super::bit_instructions::BitInstructions;

/// Position of the one of this rank, from 0 to 63, in `word`; 64 if the word has fewer ones. Other ranks give any position.
///
/// `instructions` spare the question whether the processor has the instruction.
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(unsafe_code, reason = "calls an instruction that not every processor has")]
pub(crate) fn select(word: u64, rank: u64, instructions: BitInstructions) -> u32 {
    use std::arch::x86_64::_pdep_u64;
    if instructions.are_there() || std::arch::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has the instruction.
        let one = unsafe { _pdep_u64(1 << (rank % 64), word) };
        return one.trailing_zeros();
    }
    portable(word, rank)
}

/// Position of the one of this rank, from 0 to 63, in `word`; 64 if the word has fewer ones. Other ranks give any position.
#[cfg(not(target_arch = "x86_64"))]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn select(word: u64, rank: u64, _: BitInstructions) -> u32 {
    portable(word, rank)
}

/// A binary search whose steps are additions and no branches.
fn portable(word: u64, rank: u64) -> u32 {
    let (mut rest, mut rank, mut position) = (word, rank, 0);
    for width in [32, 16, 8, 4, 2, 1] {
        let ones = u64::from((rest & !(u64::MAX << width)).count_ones());
        let passed = u32::from(rank >= ones);
        rank -= u64::from(passed) * ones;
        position += passed * width;
        rest >>= passed * width;
    }
    // One bit is left.
    position + u32::from(rest & 1 == 0 || rank > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expected(word: u64, rank: u64) -> u32 {
        let mut ones = (0..64).filter(|bit| word >> bit & 1 == 1);
        ones.nth(rank as usize).unwrap_or(64)
    }

    proptest! {
        #[test]
        fn every_one_is_found_by_its_rank(word: u64, mask: u64, both: bool) {
            let word = if both { word & mask } else { word | mask };
            for rank in 0..64 {
                prop_assert_eq!(select(word, rank, BitInstructions::detect()), expected(word, rank));
                prop_assert_eq!(select(word, rank, BitInstructions::UNKNOWN), expected(word, rank));
                prop_assert_eq!(portable(word, rank), expected(word, rank));
            }
        }
    }
}
