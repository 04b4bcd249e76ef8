//! From a hash to a bin and a slot, `FORMAT.md` sections 2.2 and 2.4.

/// Spreads the hash of a loader over all 64 bits.
///
/// Pages are found by the high bits, which are weak in some hash functions. A bijection: different hashes stay different.
/// Source: the 64-bit finalizer of MurmurHash3, by Austin Appleby, in the public domain.
#[must_use]
#[inline]
pub const fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The bin of a spread hash, of `bins` bins. Bins are in the order of the hashes.
#[must_use]
#[inline]
pub const fn bin_of(spread: u64, bins: u64) -> u64 {
    ((spread as u128 * bins as u128) >> 64) as u64
}

/// 2^56 divided by each number, rounded up; 0 for 0. A product with one of these is exact where [`fraction_of`] uses it, and
/// takes less time than a division.
static RECIPROCALS: [u64; 256] = {
    let mut reciprocals = [0; 256];
    let mut number = 1;
    while number < reciprocals.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated at compile time, within the table's bounds"
        )]
        {
            reciprocals[number] = (1u64 << 56).div_ceil(number as u64);
        }
        number += 1;
    }
    reciprocals
};

/// Place of a spread hash among the hashes of the bins from `first_bin` to before `end_bin`, in units of 2⁻³² of their range. It
/// ascends with the hash.
///
/// Hashes of other bins give any number.
#[must_use]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn fraction_of(spread: u64, bins: u64, first_bin: u64, end_bin: u64) -> u32 {
    // In units of 2^-32 bins.
    let place = (u128::from(spread) * u128::from(bins)) >> 32;
    let width = end_bin.wrapping_sub(first_bin);
    match u8::try_from(width) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the place within the run is below `width` × 2^32"
        )]
        Ok(width) => fraction_of_few((place as u64).wrapping_sub(first_bin << 32), width),
        Err(_) => fraction_of_many(place, first_bin, width),
    }
}

/// The same for a page that holds `width` bins, of which the hash's is the number `since`, from 0.
#[must_use]
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(clippy::cast_possible_truncation, reason = "the lower half of a product")]
pub fn fraction_in_page(spread: u64, bins: u64, since: u8, width: u8) -> u32 {
    let in_bin = (u128::from(spread) * u128::from(bins)) as u64;
    fraction_of_few(u64::from(since) << 32 | in_bin >> 32, width)
}

/// The fraction at this place, in units of 2⁻³² bins, in a run of `width` bins.
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(clippy::cast_possible_truncation, reason = "the fraction is below 2^32")]
fn fraction_of_few(place: u64, width: u8) -> u32 {
    let reciprocal = RECIPROCALS.get(usize::from(width)).copied().unwrap_or(0);
    // Exact: the reciprocal is too large by e < 1, and place × 2^8 × e is less than 2^64 / width.
    ((u128::from(place << 8) * u128::from(reciprocal)) >> 64) as u32
}

#[inline(never)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the place within the run is below `width` × 2^32, and the fraction below 2^32"
)]
fn fraction_of_many(place: u128, first_bin: u64, width: u64) -> u32 {
    let place = place.wrapping_sub(u128::from(first_bin) << 32);
    let fraction = match u64::try_from(place) {
        Ok(place) => place.checked_div(width),
        Err(_) => place.checked_div(width.into()).map(|fraction| fraction as u64),
    };
    fraction.unwrap_or(0) as u32
}

/// The slot of a hash with this [`fraction_of`] in a run with so many slots, at most 2³².
#[must_use]
#[inline]
pub const fn slot_of(fraction: u32, slots: u64) -> u64 {
    (fraction as u64).wrapping_mul(slots) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spreading_gives_exactly_these_hashes() {
        // Computed with arbitrary-precision integers from the published constants.
        assert_eq!(spread(0), 0);
        assert_eq!(spread(1), 0xb456_bcfc_34c2_cb2c);
        assert_eq!(spread(u64::MAX), 0x64b5_720b_4b82_5f21);
    }

    #[test]
    fn bins_cover_the_range_of_hashes_in_order() {
        for bins in [1, 2, 3, 64, 1 << 40, u64::MAX] {
            assert_eq!(bin_of(0, bins), 0);
            assert_eq!(bin_of(u64::MAX, bins), bins - 1);
        }
        assert_eq!(bin_of(1 << 63, 2), 1);
        assert_eq!(bin_of((1 << 63) - 1, 2), 0);
    }

    #[test]
    fn fractions_and_slots_cover_the_bins_of_a_run_in_order() {
        for bins in [1, 2, 3, 64, 1 << 31, 1 << 40, u64::MAX] {
            assert_eq!(fraction_of(0, bins, 0, bins), 0);
            assert_eq!(fraction_of(u64::MAX, bins, 0, bins), u32::MAX);
        }
        assert_eq!(fraction_of(1 << 63, 64, 32, 64), 0);
        assert_eq!(fraction_of(3 << 62, 64, 32, 64), 1 << 31);
        assert_eq!(
            (slot_of(0, 448), slot_of(1 << 31, 448), slot_of(u32::MAX, 448)),
            (0, 224, 447)
        );
        assert_eq!(
            (slot_of(u32::MAX, 1 << 32), slot_of(u32::MAX, 1)),
            (u32::MAX.into(), 0)
        );
    }

    proptest! {
        #[test]
        fn fractions_are_exact_quotients(
            spread: u64,
            bins in prop_oneof![1..2000u64, 1u64.., Just(u64::MAX)],
            before in prop_oneof![0..300u64, 0u64..],
            behind in prop_oneof![1..300u64, 1u64..],
        ) {
            let bin = bin_of(spread, bins);
            let (first, end) = (bin.saturating_sub(before), bin.saturating_add(behind).min(bins));
            let place = ((u128::from(spread) * u128::from(bins)) >> 32) - (u128::from(first) << 32);
            let expected = place / u128::from(end - first);
            prop_assert_eq!(u128::from(fraction_of(spread, bins, first, end)), expected);
        }
    }
}
