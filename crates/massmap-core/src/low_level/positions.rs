//! Comparing the positions of the page index with vector instructions.

/// The same as [`massmap_format::positions_begun`].
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(unsafe_code, reason = "uses vector instructions")]
pub(crate) fn positions_begun(next: u64, position: u8) -> u32 {
    use std::arch::x86_64::{
        _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi32_si128, _mm_cvtsi64_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_shufflelo_epi16, _mm_slli_epi64, _mm_unpacklo_epi8,
    };
    // SAFETY: these are instructions of SSE2, which every processor of this architecture has.
    let begun = unsafe {
        // A byte is at most another if it is the lesser of both.
        let positions = _mm_cvtsi64_si128(next.cast_signed());
        let before = _mm_slli_epi64::<8>(positions);
        // In the lower eight bytes only.
        let limit = _mm_cvtsi32_si128(position.into());
        let limits = _mm_shufflelo_epi16::<0>(_mm_unpacklo_epi8(limit, limit));
        let at_most = _mm_cmpeq_epi8(_mm_min_epu8(positions, limits), positions);
        let ascends = _mm_cmpeq_epi8(_mm_min_epu8(before, positions), before);
        _mm_movemask_epi8(_mm_and_si128(at_most, ascends))
    };
    // A bit for each byte, and ones for the upper eight, which are zeros.
    begun.trailing_ones()
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use massmap_format::positions_begun;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_have_begun_as_the_format_says(mut next: [u8; 8], position: u8, sorted in 0..=8usize) {
            next[..sorted].sort_unstable();
            let next = u64::from_le_bytes(next);
            for position in [position, 0, 127, 128, 254, 255] {
                prop_assert_eq!(
                    super::positions_begun(next, position),
                    massmap_format::positions_begun(next, position)
                );
            }
        }
    }
}
