//! Estimating the place of an entry in a run of pages.

/// Position of a hash in a range of hashes, in units of 2^-32 of the range.
///
/// Hashes are uniform and entries are sorted by them, so about this fraction of the range's entries comes before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interpolation(u32);

/// 2^32 divided by each number, rounded down; 2^32 − 1 for 0 and 1. A division would take longer than the rest of
/// [`Interpolation::new`].
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

impl Interpolation {
    /// The beginning of the range.
    pub(crate) const START: Self = Self(0);

    /// The fraction `part` / `whole`. `part` is in units of 2^-64 and less than `whole`.
    #[cfg_attr(not(debug_assertions), inline(always))]
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
        reason = "an estimate, which is useless in runs of 2^32 bins and more"
    )]
    fn of_many(part: u128, whole: u64) -> Self {
        let fraction = ((part >> 32) as u64).checked_div(whole).unwrap_or(0);
        Self(u32::try_from(fraction).unwrap_or(u32::MAX))
    }

    /// About how many of `count` entries come before.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn of(self, count: u32) -> usize {
        ((u64::from(self.0) * u64::from(count)) >> 32) as usize
    }
}

#[cfg(test)]
impl Interpolation {
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}
