//! Answers of lookups, and sums of them.

/// The number that represents the answer of a lookup in sums.
///
/// The digest of a short value is the value itself, which can be any number. Arbitrary bits are flipped, so that the number of a
/// miss does not represent a realistic value.
#[inline]
pub(crate) fn answer(digest: Option<u64>) -> u64 {
    digest.map_or(0x5bd1_e995_c2b2_ae35, |digest| digest ^ 0x9e6c_63d0_876a_9a4f)
}

/// The contribution of an answer to a sum, weighted with its place, from 0, among the keys looked up together. This detects
/// correct answers to the wrong keys.
#[inline]
pub(crate) fn weighted(place: usize, answer: u64) -> u64 {
    answer.wrapping_mul(2 * place as u64 + 1)
}

#[cfg(test)]
mod tests {
    use massmap_benches::digest;

    use super::*;

    #[test]
    fn a_miss_differs_from_values() {
        for value in [&b""[..], b"missing", b"gnissim", &[0; 8], &[0xff; 8]] {
            assert_ne!(answer(Some(digest(value))), answer(None), "{value:?}");
        }
        let value = answer(None) ^ answer(Some(0));
        assert_eq!(answer(Some(value)), answer(None));
        assert!(
            std::str::from_utf8(&value.to_le_bytes()).is_err(),
            "no text has this digest"
        );
        assert_ne!(answer(Some(1)), answer(Some(2)));
    }

    #[test]
    fn sums_depend_on_the_places_of_answers() {
        let sum = |answers: [u64; 3]| {
            let places = answers.iter().enumerate();
            places.fold(0u64, |sum, (place, answer)| {
                sum.wrapping_add(weighted(place, *answer))
            })
        };
        assert_ne!(sum([5, 7, 9]), sum([7, 5, 9]));
        assert_ne!(sum([5, 7, 9]), sum([9, 7, 5]));
        assert_ne!(sum([1 << 63, 0, 0]), 0);
    }
}
