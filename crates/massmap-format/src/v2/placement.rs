//! From a hash to a bin, `FORMAT.md` section 2.2.

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

/// The part of an entry's spread hash that its page stores.
///
/// The low bits, because entries of a page agree in the high ones.
#[must_use]
#[inline]
pub const fn fingerprint_of(spread: u64) -> u8 {
    spread.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
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
}
