//! Numbers that look random and are the same in every run.

/// The generator SplitMix64, by Sebastiano Vigna, in the public domain.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `end`; 0 if that is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The highest bits of a product of 128 bits.
        u64::try_from((u128::from(self.number()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// A fraction greater than 0 and less than 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        fraction(self.number())
    }
}

/// The fraction, greater than 0 and less than 1, that a number of 64 bits is of their range.
pub(crate) fn fraction(number: u64) -> f64 {
    // Half a step above a multiple of 2^-52: exact, and neither 0 nor 1.
    ((number >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_reference_implementation() {
        // From <https://prng.di.unimi.it/splitmix64.c> with the state 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.number(), 6_457_827_717_110_365_317);
        assert_eq!(random.number(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_are_within_their_range() {
        let mut random = Random::new(0);
        for end in [1, 2, 10, u64::MAX] {
            assert!((0..1000).all(|_| random.below(end) < end));
        }
        assert_eq!(random.below(0), 0);
        let sum: f64 = (0..1000).map(|_| random.fraction()).sum();
        assert!((450.0..550.0).contains(&sum), "{sum}");
        for number in [0, u64::MAX] {
            assert!(fraction(number) > 0.0 && fraction(number) < 1.0);
        }
    }
}
