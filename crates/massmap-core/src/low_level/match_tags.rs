//! Comparing many one-byte tags with one tag at a time.

/// How many tags are compared at a time.
pub(crate) const WIDTH: usize = 32;

/// Compares each of `tags` with `wanted`. The first tag is the lowest bit of the result.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn match_tags(tags: &[u8; WIDTH], wanted: u8) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return with_sse2(tags, wanted);
    #[cfg(not(target_arch = "x86_64"))]
    return portable(tags, wanted);
}

#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(unsafe_code, reason = "reads and compares sixteen bytes at once")]
fn with_sse2(tags: &[u8; WIDTH], wanted: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
    let (low, high) = tags.split_at(WIDTH / 2);
    let [low, high] = [low, high].map(|half| {
        // SAFETY: half of the tags are sixteen; every processor of this architecture has SSE2.
        let mask = unsafe {
            let half = _mm_loadu_si128(half.as_ptr().cast());
            _mm_movemask_epi8(_mm_cmpeq_epi8(half, _mm_set1_epi8(wanted.cast_signed())))
        };
        mask.cast_unsigned()
    });
    low | high << 16
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(tags: &[u8; WIDTH], wanted: u8) -> u32 {
    (0..)
        .zip(tags)
        .fold(0, |mask, (place, tag)| mask | u32::from(*tag == wanted) << place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_portable_version(tags in proptest::array::uniform32(0u8..4), high: bool, wanted in 0u8..4) {
            let shift = u8::from(high) * 0xfc;
            let tags = tags.map(|tag| tag | shift);
            prop_assert_eq!(match_tags(&tags, wanted | shift), portable(&tags, wanted | shift));
            prop_assert_eq!(match_tags(&tags, wanted | 0x80), portable(&tags, wanted | 0x80));
        }
    }
}
