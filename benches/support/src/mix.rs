//! Pseudorandom integers.

/// Maps integers one-to-one to pseudorandom integers: the finalizer of SplitMix64.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the constants of
/// Stafford's variant 13.
#[must_use]
pub const fn mix(ordinal: u64) -> u64 {
    let mut z = ordinal.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_matches_the_published_numbers() {
        // The first outputs of SplitMix64 seeded with 0, whose state grows by the constant that `mix` adds.
        let state = |step: u64| 0x9e37_79b9_7f4a_7c15u64.wrapping_mul(step);
        assert_eq!(mix(state(0)), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(state(1)), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(mix(state(2)), 0x06c4_5d18_8009_454f);
    }
}
