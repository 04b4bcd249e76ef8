//! How long parts are.

/// Most parts of an object in S3, Google Cloud Storage and the like. Azure takes 50,000.
pub(super) const MOST_PARTS: usize = 10_000;

/// The shortest part that S3 takes, but for the last one of an object.
const SHORTEST: u64 = 5 << 20;

/// The longest part that all stores take: Azure has 4000 MiB, the others 5 GiB.
const LONGEST: u64 = 4000 << 20;

/// Unless told otherwise, the first parts have this length.
const FIRST: u64 = 8 << 20;

/// After so many parts, they become twice as long.
const STEP: usize = 1000;

/// The lengths of the parts of an object, all but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartSizes {
    /// 8 MiB, and twice as much after each thousand parts: how long the object will be is not known before its end.
    Growing,
    /// All parts have this length.
    Equal(u64),
}

impl PartSizes {
    /// Parts of about `length` bytes.
    pub(super) fn equal(length: u64) -> Self {
        Self::Equal(length.clamp(SHORTEST, LONGEST))
    }

    /// The length of a part, in bytes.
    pub(super) fn of(self, part: usize) -> u64 {
        match self {
            Self::Equal(length) => length,
            Self::Growing => {
                let doublings = u32::try_from(part / STEP).unwrap_or(u32::MAX);
                let grown = 2u64
                    .checked_pow(doublings)
                    .and_then(|times| FIRST.checked_mul(times));
                grown.unwrap_or(LONGEST).min(LONGEST)
            }
        }
    }

    /// How long an object can become, in bytes.
    pub(super) fn most(self) -> u64 {
        (0..MOST_PARTS).map(|part| self.of(part)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_parts_hold_more_than_five_tebibytes() {
        let sizes = PartSizes::Growing;
        assert!(sizes.most() > 5 << 40, "{}", sizes.most());
        assert_eq!(
            [0, 999, 1000, 2000].map(|part| sizes.of(part) >> 20),
            [8, 8, 16, 32]
        );
        for part in 0..MOST_PARTS {
            let size = sizes.of(part);
            assert!((SHORTEST..=LONGEST).contains(&size) && size >= sizes.of(part.saturating_sub(1)));
            // A part is a small fraction of the object.
            let before: u64 = (0..part).step_by(STEP).map(|first| sizes.of(first)).sum();
            assert!(size <= FIRST.max(before / 400 * 1000), "{part}");
        }
        assert_eq!(sizes.of(usize::MAX), LONGEST);
    }

    #[test]
    fn parts_of_one_length_are_as_long_as_stores_take_them() {
        for (wanted, length) in [(0, SHORTEST), (6 << 20, 6 << 20), (u64::MAX, LONGEST)] {
            let sizes = PartSizes::equal(wanted);
            assert_eq!([0, 5000, 9999].map(|part| sizes.of(part)), [length; 3]);
            assert_eq!(sizes.most(), 10_000 * length);
        }
    }
}
