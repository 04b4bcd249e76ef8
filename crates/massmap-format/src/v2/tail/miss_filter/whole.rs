//! The miss filter in one piece, `FORMAT.md` section 2.7: a binary fuse filter over the spread hashes of all keys.
//!
//! Source: T. M. Graf, D. Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", ACM JEA 27, 2022.

use crate::FormatError;
use crate::v2::placement::{bin_of, spread};

/// The parameters of a binary fuse filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissFilterHeader {
    /// Added to each hash before mixing.
    pub seed: u64,
    /// Number of fingerprints in a segment, a power of two.
    pub segment_length: u32,
    /// Bound of the position of a hash's first fingerprint. A multiple of the segment length, not 0.
    pub segment_count_length: u32,
}

/// Recognises most keys that are not in a map.
#[derive(Debug, Clone)]
pub struct MissFilter<B> {
    header: MissFilterHeader,
    /// Header and fingerprints.
    bytes: B,
}

impl MissFilterHeader {
    /// Length of the encoded header, in bytes.
    pub const SIZE: usize = 16;

    /// Encodes the section: the header, then the fingerprints.
    #[must_use]
    pub fn encode(&self, fingerprints: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::SIZE + fingerprints.len());
        bytes.extend_from_slice(&self.seed.to_le_bytes());
        bytes.extend_from_slice(&self.segment_length.to_le_bytes());
        bytes.extend_from_slice(&self.segment_count_length.to_le_bytes());
        bytes.extend_from_slice(fingerprints);
        bytes
    }

    /// Splits a filter into its header and fingerprints, without checks.
    #[inline]
    pub(super) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (seed, rest) = bytes.split_first_chunk()?;
        let (segment_length, rest) = rest.split_first_chunk()?;
        let (segment_count_length, fingerprints) = rest.split_first_chunk()?;
        let header = Self {
            seed: u64::from_le_bytes(*seed),
            segment_length: u32::from_le_bytes(*segment_length),
            segment_count_length: u32::from_le_bytes(*segment_count_length),
        };
        Some((header, fingerprints))
    }

    /// Whether the header is valid, and the number of fingerprints matches it.
    pub(super) fn fits(&self, fingerprints: &[u8]) -> bool {
        // The fingerprints of a hash lie in three consecutive segments, the first of which begins below the bound.
        let expected = u64::from(self.segment_count_length) + 2 * u64::from(self.segment_length);
        self.segment_length.is_power_of_two()
            && self.segment_count_length > 0
            && self.segment_count_length.is_multiple_of(self.segment_length)
            && fingerprints.len() as u64 == expected
    }

    /// Whether a filter with these fingerprints, which [fit](Self::fits), may contain this hash.
    #[inline]
    pub(super) fn may_contain(&self, fingerprints: &[u8], hash: u64) -> bool {
        let mixed = spread(hash.wrapping_add(self.seed));
        let segment_length = u64::from(self.segment_length);
        let mask = segment_length - 1;
        let first = bin_of(mixed, self.segment_count_length.into());
        let second = (first + segment_length) ^ (mixed >> 18 & mask);
        let third = (first + 2 * segment_length) ^ (mixed & mask);
        let at = |position: u64| {
            usize::try_from(position)
                .ok()
                .and_then(|position| fingerprints.get(position))
                .copied()
        };
        let stored = [first, second, third]
            .into_iter()
            .try_fold(0, |xor, position| Some(xor ^ at(position)?));
        // No position lies outside, as the fingerprints fit; if one did, the key might be there.
        stored.is_none_or(|stored| stored == (mixed ^ mixed >> 32).to_le_bytes()[0])
    }
}

impl<B: AsRef<[u8]>> MissFilter<B> {
    /// Decodes a filter. Reads its header only.
    ///
    /// # Errors
    ///
    /// [`FormatError::MissFilter`] unless the segment length is a power of two, the bound is a multiple of it, and the number
    /// of fingerprints follows from them.
    pub fn new(bytes: B) -> Result<Self, FormatError> {
        let length = bytes.as_ref().len();
        let header = MissFilterHeader::split(bytes.as_ref())
            .filter(|(header, fingerprints)| header.fits(fingerprints))
            .map(|(header, _)| header)
            .ok_or(FormatError::MissFilter { length })?;
        Ok(Self { header, bytes })
    }

    /// Whether a key with this **spread** hash may be in the map. `false` is certain; about 0.4 % of the keys that are not in
    /// the map give `true`.
    #[must_use]
    #[inline]
    pub fn may_contain(&self, hash: u64) -> bool {
        let fingerprints = self.bytes.as_ref().get(MissFilterHeader::SIZE..);
        self.header.may_contain(fingerprints.unwrap_or_default(), hash)
    }
}

#[cfg(test)]
mod tests;
