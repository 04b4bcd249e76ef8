//! The number that tells the pages of a file from those of others, `FORMAT.md` section 2.3.

use super::placement::spread;

/// Mixes what shapes the pages of a file into its `file_id`, in the order of section 2.3.
#[derive(Debug, Clone, Copy)]
pub struct FileIdMixer(u64);

impl FileIdMixer {
    /// Begins with the digest of the entries.
    #[must_use]
    pub const fn new(entries_digest: u64) -> Self {
        Self(entries_digest)
    }

    /// Mixes in a number.
    #[must_use]
    pub const fn with(self, number: u64) -> Self {
        // So that zeros change something.
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        Self(spread(self.0 ^ spread(number.wrapping_add(STEP))))
    }

    /// Mixes in bytes: their number, then eight of them at a time, little-endian, the last ones filled up with zeros.
    #[must_use]
    pub fn with_bytes(self, bytes: &[u8]) -> Self {
        bytes
            .chunks(8)
            .fold(self.with(bytes.len() as u64), |mixer, chunk| {
                let mut word = [0; 8];
                word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
                mixer.with(u64::from_le_bytes(word))
            })
    }

    /// The `file_id`.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_documented_formula_is_that_of_the_mixer() {
        let mixed =
            |state: u64, number: u64| spread(state ^ spread(number.wrapping_add(0x9e37_79b9_7f4a_7c15)));
        assert_eq!(FileIdMixer::new(7).finish(), 7);
        assert_eq!(
            FileIdMixer::new(7).with(1).with(2).finish(),
            mixed(mixed(7, 1), 2)
        );
        let expected = mixed(mixed(mixed(7, 9), 0x0807_0605_0403_0201), 9);
        assert_eq!(
            FileIdMixer::new(7)
                .with_bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9])
                .finish(),
            expected
        );
    }

    #[test]
    fn numbers_in_another_order_or_place_and_zeros_give_another_id() {
        let of = |numbers: &[u64]| {
            numbers
                .iter()
                .fold(FileIdMixer::new(0), |mixer, n| mixer.with(*n))
                .finish()
        };
        let ids = [
            &[][..],
            &[0],
            &[0, 0],
            &[1],
            &[1, 0],
            &[0, 1],
            &[1, 1],
            &[u64::MAX],
            &[2],
        ]
        .map(of);
        assert_eq!(HashSet::from(ids).len(), ids.len());
        let of = |bytes: &[u8]| FileIdMixer::new(0).with_bytes(bytes).finish();
        let ids = [
            &b""[..],
            b"\0",
            b"\0\0",
            b"a",
            b"a\0",
            b"aaaaaaaa",
            b"aaaaaaaa\0",
            b"aaaaaaaaa",
        ]
        .map(of);
        assert_eq!(HashSet::from(ids).len(), ids.len());
    }
}
