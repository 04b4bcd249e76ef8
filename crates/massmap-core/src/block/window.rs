//! Finding the entries of a run of pages that have a certain fingerprint.

use std::ops::Range;

use crate::index::interpolation::Interpolation;
use crate::low_level::match_tags::{WIDTH, match_tags};

/// How far before its expected rank a search for an entry begins.
///
/// The hashes of a run's n entries are uniform over its range. The rank of an entry deviates from the expected rank by at most
/// √n/2 (standard deviation, in the middle of the run): by 7 in a page of 200 entries.
const BEFORE: usize = WIDTH / 2;

/// The fingerprints around an entry's expected rank that equal the wanted one.
///
/// A search visits the matches in the window first, in order, then those before it, then those after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    start: usize,
    /// A bit for each fingerprint from `start` on.
    matches: u32,
}

impl Window {
    /// Compares the fingerprints around the expected rank with `wanted`. The first `count` of `bytes` are the fingerprints. The
    /// bytes after them are compared, too, but their matches are ignored. `None` only if `bytes` are too short.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn search(
        bytes: &[u8],
        count: usize,
        wanted: u8,
        interpolation: Interpolation,
    ) -> Option<Self> {
        let start = interpolation
            .of(u32::try_from(count).unwrap_or(u32::MAX))
            .saturating_sub(BEFORE)
            .min(count);
        let tags = bytes.get(start..)?.first_chunk()?;
        let matches = match_tags(tags, wanted) & first_bits(count - start);
        Some(Self { start, matches })
    }

    /// The ranks of the matches in the window, in order.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn matches(self) -> impl Iterator<Item = usize> {
        let mut matches = self.matches;
        std::iter::from_fn(move || {
            let index = self.start + matches.trailing_zeros() as usize;
            let found = (matches != 0).then_some(index);
            matches &= matches.wrapping_sub(1);
            found
        })
    }

    /// The ranks of the matches among `fingerprints` outside the window: those before it, then those after it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn matches_outside(self, fingerprints: &[u8], wanted: u8) -> impl Iterator<Item = usize> {
        let search = move |range: Range<usize>| {
            let part = fingerprints.get(range.clone()).unwrap_or_default();
            memchr::memchr_iter(wanted, part).map(move |index| range.start + index)
        };
        search(0..self.start).chain(search(self.start + WIDTH..fingerprints.len()))
    }
}

/// A mask of the `count` lowest bits.
#[cfg_attr(not(debug_assertions), inline(always))]
fn first_bits(count: usize) -> u32 {
    u32::try_from(count).map_or(u32::MAX, |count| !u32::MAX.unbounded_shl(count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_match_is_found_once(
            fingerprints in proptest::collection::vec(0u8..8, 0..200),
            wanted in 0u8..8,
            interpolation: u32,
        ) {
            let mut bytes = fingerprints.clone();
            bytes.resize(fingerprints.len() + 3 * BEFORE, wanted);
            let interpolation = Interpolation::from_bits(interpolation);
            let window = Window::search(&bytes, fingerprints.len(), wanted, interpolation).unwrap();
            let mut found: Vec<_> = window
                .matches()
                .chain(window.matches_outside(&fingerprints, wanted))
                .collect();
            found.sort_unstable();
            let expected: Vec<_> = (0..fingerprints.len()).filter(|index| fingerprints[*index] == wanted).collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}
