//! Which entries of a run of pages may be those of a hash.

use std::ops::Range;

use crate::equal_bytes::{WIDTH, equal_bytes};

/// How far from where it is expected an entry is looked for first.
///
/// With n entries uniform over the range of a run, the rank of one deviates by √n / 2 at most, in the middle, and by less
/// elsewhere: by 7 in a page of 200.
const NEAR: usize = WIDTH / 2;

/// Calls `f` with the index of each fingerprint that is `wanted`, until it returns something: those near the one that so
/// large a `fraction` of them lies before come first, in order, then those before, then those behind.
///
/// The first `count` of `bytes` are the fingerprints.
#[inline(always)]
pub(crate) fn find_fingerprint<T>(
    bytes: &[u8],
    count: usize,
    wanted: u8,
    fraction: Fraction,
    mut f: impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    let near = Near::search(bytes, count, wanted, fraction)?;
    near.indexes()
        .find_map(&mut f)
        .or_else(|| near.find_far(bytes, count, wanted, f))
}

/// The fingerprints that are wanted near the one that a search begins at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    start: usize,
    /// A bit for each fingerprint from `start` on.
    equal: u32,
}

impl Near {
    /// See [`find_fingerprint`]. `None` only if `bytes` are too short.
    #[inline(always)]
    pub(crate) fn search(bytes: &[u8], count: usize, wanted: u8, fraction: Fraction) -> Option<Self> {
        let start = fraction
            .of(u32::try_from(count).unwrap_or(u32::MAX))
            .saturating_sub(NEAR)
            .min(count);
        let near = bytes.get(start..)?.first_chunk()?;
        let equal = equal_bytes(near, wanted) & first_bits(count - start);
        Some(Self { start, equal })
    }

    /// Their indexes, in order.
    #[inline(always)]
    pub(crate) fn indexes(self) -> impl Iterator<Item = usize> {
        let mut equal = self.equal;
        std::iter::from_fn(move || {
            let index = self.start + equal.trailing_zeros() as usize;
            let found = (equal != 0).then_some(index);
            equal &= equal.wrapping_sub(1);
            found
        })
    }

    /// Calls `f` with the indexes of those before, then those behind, until it returns something.
    #[inline(always)]
    pub(crate) fn find_far<T>(
        self,
        bytes: &[u8],
        count: usize,
        wanted: u8,
        mut f: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        let mut search = |range: Range<usize>| {
            let part = bytes.get(range.clone())?;
            memchr::memchr_iter(wanted, part).find_map(|index| f(range.start + index))
        };
        search(0..self.start).or_else(|| search(self.start + WIDTH..count))
    }
}

/// A mask of the `count` lowest bits.
#[inline(always)]
fn first_bits(count: usize) -> u32 {
    u32::try_from(count).map_or(u32::MAX, |count| !u32::MAX.unbounded_shl(count))
}

/// How far into a range of hashes a hash lies. Hashes are uniform, and entries are in their order, so about that part of the
/// entries comes before.
///
/// In units of 2^-32 of the range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fraction(u32);

/// 2^32 by each number, rounded down; 2^32 − 1 by 1. A division takes longer than all else that makes a [`Fraction`].
static RECIPROCALS: [u32; 256] = {
    let mut reciprocals = [u32::MAX; 256];
    let mut number = 2;
    while number < reciprocals.len() {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "evaluated at compile time, within the bounds; at most 2^31"
        )]
        {
            reciprocals[number] = ((1 << 32) / number as u64) as u32;
        }
        number += 1;
    }
    reciprocals
};

impl Fraction {
    pub(crate) const ZERO: Self = Self(0);

    /// `part`, in units of 2^-64, of `whole`, which is more.
    #[inline(always)]
    pub(crate) fn new(part: u128, whole: u64) -> Self {
        let reciprocal = usize::try_from(whole)
            .ok()
            .and_then(|whole| RECIPROCALS.get(whole));
        match reciprocal {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the part is less than `whole` × 2^16 units of 2^-16, and the product less than 2^48"
            )]
            Some(reciprocal) => {
                Self((((part >> 48) as u64).wrapping_mul(u64::from(*reciprocal)) >> 16) as u32)
            }
            None => Self::of_many(part, whole),
        }
    }

    #[inline(never)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an estimate, of no use in runs of 2^32 bins and more"
    )]
    fn of_many(part: u128, whole: u64) -> Self {
        let fraction = ((part >> 32) as u64).checked_div(whole).unwrap_or(0);
        Self(u32::try_from(fraction).unwrap_or(u32::MAX))
    }

    /// How many of `count` come before, about.
    #[inline(always)]
    pub(crate) fn of(self, count: u32) -> usize {
        ((u64::from(self.0) * u64::from(count)) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_one_is_found_once(
            fingerprints in proptest::collection::vec(0u8..8, 0..200),
            wanted in 0u8..8,
            fraction: u32,
        ) {
            let fraction = Fraction(fraction);
            let mut found = Vec::new();
            let mut bytes = fingerprints.clone();
            bytes.resize(fingerprints.len() + 3 * NEAR, wanted);
            let none: Option<()> = find_fingerprint(&bytes, fingerprints.len(), wanted, fraction, |index| {
                found.push(index);
                None
            });
            prop_assert_eq!(none, None);
            found.sort_unstable();
            let expected: Vec<_> = (0..fingerprints.len()).filter(|index| fingerprints[*index] == wanted).collect();
            prop_assert_eq!(&found, &expected);
            let first = find_fingerprint(&bytes, fingerprints.len(), wanted, fraction, Some);
            prop_assert_eq!(first.is_some(), !expected.is_empty());
        }
    }
}
