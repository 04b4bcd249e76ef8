//! The miss filter in parts, `FORMAT.md` section 2.7: one filter for each of several equal ranges of spread hashes.

use super::whole::MissFilterHeader;
use crate::FormatError;
use crate::v2::placement::bin_of;

/// Length of a number in the table, in bytes.
const WORD: usize = 8;

/// Like a [`MissFilter`](crate::MissFilter), but consists of one filter for each part of the spread hashes.
#[derive(Debug, Clone)]
pub struct MissFilterParts<B> {
    /// At least one. Decoded, so that a lookup reads only one cache line before the fingerprints.
    parts: Vec<Part>,
    bytes: B,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    header: MissFilterHeader,
    /// The range of its fingerprints among the bytes; empty if no key has a hash in the range of the part.
    start: usize,
    end: usize,
}

impl<B: AsRef<[u8]>> MissFilterParts<B> {
    /// Decodes a filter in parts. Reads the offsets, and the header of each part.
    ///
    /// # Errors
    ///
    /// [`FormatError::MissFilterTable`] unless the parts follow each other from the end of the table to the end of the bytes;
    /// [`FormatError::MissFilterPart`] if one of them is neither empty nor a filter.
    pub fn new(bytes: B) -> Result<Self, FormatError> {
        let section = bytes.as_ref();
        let length = section.len();
        let count = word(section, 0).unwrap_or(0);
        let damaged = || FormatError::MissFilterTable { length, parts: count };
        // The table holds the number of parts, the offset of each, and the end.
        let max = (length / WORD).saturating_sub(2);
        let known = usize::try_from(count)
            .ok()
            .filter(|count| (1..=max).contains(count));
        let known = known.ok_or_else(damaged)?;
        let offset = |part: usize| usize::try_from(word(section, 1 + part)?).ok();
        if offset(0) != Some(WORD * (known + 2)) || offset(known) != Some(length) {
            return Err(damaged());
        }
        let mut parts = Vec::with_capacity(known);
        for number in 0..known {
            let range = || Some(offset(number)?..offset(number + 1)?);
            let range = range().ok_or_else(damaged)?;
            let part = section.get(range.clone()).ok_or_else(damaged)?;
            parts.push(Part::decode(part, range.end).ok_or(FormatError::MissFilterPart {
                part: number as u64,
                length: part.len(),
            })?);
        }
        Ok(Self { parts, bytes })
    }

    /// Whether a key with this **spread** hash may be in the map. `false` is certain; about 0.4 % of the keys that are not in
    /// the map give `true`.
    #[must_use]
    #[inline]
    pub fn may_contain(&self, hash: u64) -> bool {
        let number = bin_of(hash, self.parts.len() as u64);
        let part = usize::try_from(number)
            .ok()
            .and_then(|number| self.parts.get(number));
        let fingerprints = part.and_then(|part| self.bytes.as_ref().get(part.start..part.end));
        match (part, fingerprints) {
            (Some(_), Some([])) => false,
            (Some(part), Some(fingerprints)) => part.header.may_contain(fingerprints, hash),
            // Every hash has a part, and no part lies outside, as `new` has checked; if one did, the key might be there.
            _ => true,
        }
    }
}

impl Part {
    /// Decodes the part with these bytes, which end at `end`; `None` if they are neither a filter nor empty.
    fn decode(bytes: &[u8], end: usize) -> Option<Self> {
        let placeholder = MissFilterHeader {
            seed: 0,
            segment_length: 1,
            segment_count_length: 1,
        };
        let (header, fingerprints) = match bytes {
            [] => (placeholder, bytes),
            _ => MissFilterHeader::split(bytes).filter(|(header, rest)| header.fits(rest))?,
        };
        Some(Self {
            header,
            start: end - fingerprints.len(),
            end,
        })
    }
}

/// The number at this index, from 0, in the table at the beginning of `bytes`.
#[inline]
fn word(bytes: &[u8], index: usize) -> Option<u64> {
    let bytes = bytes.get(index.checked_mul(WORD)?..)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes))
}

/// Length of the table before the parts, in bytes.
const fn table_length(parts: u64) -> u64 {
    parts.saturating_add(2).saturating_mul(WORD as u64)
}

/// Encodes the table at the beginning of a miss filter in parts, piece by piece.
#[derive(Debug, Clone)]
pub struct MissFilterTable {
    parts: u64,
    /// End of the parts so far.
    end: u64,
}

impl MissFilterTable {
    /// The table of a filter with this number of parts, at least 1.
    #[must_use]
    pub const fn new(parts: u64) -> Self {
        Self {
            parts,
            end: table_length(parts),
        }
    }

    /// The beginning of the table.
    #[must_use]
    pub const fn encode_start(&self) -> [[u8; WORD]; 2] {
        [self.parts.to_le_bytes(), table_length(self.parts).to_le_bytes()]
    }

    /// The bytes of the table for the next part. `length` is its length in bytes, 0 if no key has a hash in its range.
    pub const fn encode_part(&mut self, length: u64) -> [u8; WORD] {
        self.end = self.end.saturating_add(length);
        self.end.to_le_bytes()
    }
}

/// Encodes a miss filter from its parts, each either empty or encoded by [`MissFilterHeader::encode`].
#[must_use]
pub fn encode_miss_filter_parts(parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut table = MissFilterTable::new(parts.len() as u64);
    let mut bytes = table.encode_start().concat();
    for part in parts {
        bytes.extend_from_slice(&table.encode_part(part.as_ref().len() as u64));
    }
    parts
        .iter()
        .for_each(|part| bytes.extend_from_slice(part.as_ref()));
    bytes
}

#[cfg(test)]
mod tests;
