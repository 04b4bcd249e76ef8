//! Comparing many bytes with one at a time.

/// How many bytes are compared at a time.
pub(crate) const WIDTH: usize = 32;

/// Which of `bytes` are `wanted`; the first one is the lowest bit.
#[inline(always)]
pub(crate) fn equal_bytes(bytes: &[u8; WIDTH], wanted: u8) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return with_sse2(bytes, wanted);
    #[cfg(not(target_arch = "x86_64"))]
    return portable(bytes, wanted);
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "reads and compares sixteen bytes at once")]
fn with_sse2(bytes: &[u8; WIDTH], wanted: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
    let (low, high) = bytes.split_at(WIDTH / 2);
    let [low, high] = [low, high].map(|half| {
        // SAFETY: half of the bytes are sixteen; every processor of this architecture has SSE2.
        let mask = unsafe {
            let half = _mm_loadu_si128(half.as_ptr().cast());
            _mm_movemask_epi8(_mm_cmpeq_epi8(half, _mm_set1_epi8(wanted.cast_signed())))
        };
        mask.cast_unsigned()
    });
    low | high << 16
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(bytes: &[u8; WIDTH], wanted: u8) -> u32 {
    (0..).zip(bytes).fold(0, |mask, (place, byte)| {
        mask | u32::from(*byte == wanted) << place
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_portable_way(bytes in proptest::array::uniform32(0u8..4), high: bool, wanted in 0u8..4) {
            let shift = u8::from(high) * 0xfc;
            let bytes = bytes.map(|byte| byte | shift);
            prop_assert_eq!(equal_bytes(&bytes, wanted | shift), portable(&bytes, wanted | shift));
            prop_assert_eq!(equal_bytes(&bytes, wanted | 0x80), portable(&bytes, wanted | 0x80));
        }
    }
}
