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
    fraction: f32,
    mut f: impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    let start = expected(fraction, u32::try_from(count).unwrap_or(u32::MAX))
        .saturating_sub(NEAR)
        .min(count);
    let near = bytes.get(start..)?.first_chunk()?;
    let mut equal = equal_bytes(near, wanted) & first_bits(count - start);
    while equal != 0 {
        if let Some(found) = f(start + equal.trailing_zeros() as usize) {
            return Some(found);
        }
        equal &= equal - 1;
    }
    let mut search = |range: Range<usize>| {
        let part = bytes.get(range.clone())?;
        memchr::memchr_iter(wanted, part).find_map(|index| f(range.start + index))
    };
    search(0..start).or_else(|| search(start + WIDTH..count))
}

/// A mask of the `count` lowest bits.
#[inline(always)]
fn first_bits(count: usize) -> u32 {
    u32::try_from(count).map_or(u32::MAX, |count| !u32::MAX.unbounded_shl(count))
}

/// How many of `count` come before, if it is this fraction of them.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
pub(crate) fn expected(fraction: f32, count: u32) -> usize {
    (fraction * count as f32) as u32 as usize
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
            fraction in prop_oneof![0f32..1.0, Just(f32::NAN), Just(f32::INFINITY), Just(-1.0)],
        ) {
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
