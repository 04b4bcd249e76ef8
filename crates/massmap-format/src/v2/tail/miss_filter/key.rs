//! What a line must say about a key.

/// A one in each byte.
pub(super) const ONES: u64 = 0x0101_0101_0101_0101;

/// The part of a word that is not its highest bit.
pub(super) const UNKNOWNS: u64 = u64::MAX >> 1;

/// The highest level, at which a line knows nothing.
pub(super) const MAX_LEVEL: u64 = 7;

/// The words whose parities count for a key with number 0, at each level: a one in the byte of each.
const WORDS: [u64; 8] = {
    let mut words = [0; 8];
    let mut level = 0;
    while level < words.len() - 1 {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated at compile time, within the bounds"
        )]
        {
            words[level] = ONES >> (8 * level);
        }
        level += 1;
    }
    words
};

/// The equations of a key: the parity of the ones that a word has in common with `coefficients`, for each word that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) coefficients: u64,
    /// The lowest bit of each byte: the parity for the word with the byte's number. The highest three bits are a number of the key.
    pub(super) parities: u64,
}

impl Key {
    /// The equations for this spread hash.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of a product of 128 bits"
    )]
    pub(super) const fn new(spread: u64) -> Self {
        let product = spread.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let coefficients = (product ^ product >> 32) & UNKNOWNS;
        let product = coefficients as u128 * 0xff51_afd7_ed55_8ccd;
        Self {
            coefficients,
            parities: (product >> 64) as u64 ^ product as u64,
        }
    }

    /// The words whose parities count at `level`: the lowest bit of each byte.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn words(self, level: u64) -> u64 {
        let words = usize::try_from(level).ok().and_then(|level| WORDS.get(level));
        let [.., highest] = self.parities.to_le_bytes();
        words.map_or(0, |words| words.rotate_left(u32::from(highest >> 5) * 8))
    }

    /// The parities for the words, one in each bit.
    pub(super) const fn all_parities(self) -> u8 {
        let [_, _, _, _, _, _, _, bits] = (self.parities & ONES)
            .wrapping_mul(0x0102_0408_1020_4080)
            .to_le_bytes();
        bits
    }
}
