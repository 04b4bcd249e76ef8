//! Digests of values, for checking answers.

/// A number that depends on all bytes of a value.
#[inline]
#[must_use]
pub fn digest(value: &[u8]) -> u64 {
    let (words, rest) = value.as_chunks();
    let digest = words
        .iter()
        .fold(0, |digest, word| digest ^ u64::from_le_bytes(*word));
    rest.iter()
        .fold(digest, |digest, byte| digest.rotate_left(8) ^ u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_depends_on_every_byte() {
        let value: Vec<u8> = (0..21).collect();
        for position in 0..value.len() {
            let mut other = value.clone();
            other[position] ^= 0x40;
            assert_ne!(digest(&value), digest(&other), "{position}");
        }
        assert_ne!(digest(&value), digest(&value[..20]));
    }
}
