//! Looking up hashes in a miss filter.

use super::key::{Key, ONES};
use crate::FormatError;
use crate::v2::placement::bin_of;
use crate::v2::tail::stored_bytes::StoredBytes;

/// Recognises most keys that are not in a map.
#[derive(Debug, Clone)]
pub struct MissFilter<B> {
    /// Number of lines for all hashes.
    lines: u64,
    /// The first line that is stored, and how many are.
    first: u64,
    stored: u64,
    bytes: B,
}

impl<B> MissFilter<B> {
    /// Length of the header, in bytes.
    pub const HEADER_LENGTH: usize = 64;

    /// Length of a line, in bytes: that of a cache line.
    pub const LINE_LENGTH: usize = 64;

    /// The same filter over other memory: `bytes` must have the same content.
    #[must_use]
    #[inline]
    pub fn with_bytes<C>(&self, bytes: C) -> MissFilter<C> {
        let Self {
            lines, first, stored, ..
        } = *self;
        MissFilter {
            lines,
            first,
            stored,
            bytes,
        }
    }

    /// The bytes of the filter.
    #[must_use]
    #[inline]
    pub const fn bytes(&self) -> &B {
        &self.bytes
    }
}

impl<B: StoredBytes> MissFilter<B> {
    /// Decodes a filter. Reads its header only.
    ///
    /// # Errors
    ///
    /// [`FormatError::MissFilter`] unless its length is that of its header and at least one line, which are among those that the
    /// header announces.
    pub fn new(bytes: B) -> Result<Self, FormatError> {
        let length = bytes.length();
        let decode = || {
            let header: &[u8; 16] = bytes.array(0)?;
            let [lines, first] = header.as_chunks().0.first_chunk()?.map(u64::from_le_bytes);
            let rest = (length as u64).checked_sub(Self::HEADER_LENGTH as u64)?;
            let stored = rest / Self::LINE_LENGTH as u64;
            let fits = rest.is_multiple_of(Self::LINE_LENGTH as u64)
                && stored > 0
                && first.checked_add(stored)? <= lines;
            fits.then_some((lines, first, stored))
        };
        let (lines, first, stored) = decode().ok_or(FormatError::MissFilter { length })?;
        Ok(Self {
            lines,
            first,
            stored,
            bytes,
        })
    }

    /// Whether a key with this **spread** hash may be in the map. `false` is certain; less than 0.5 % of the keys that are not in
    /// the map give `true`. `None` if the bytes of its line cannot be had.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn may_contain(&self, spread: u64) -> Option<bool> {
        let line = bin_of(spread, self.lines).wrapping_sub(self.first);
        if line >= self.stored {
            return Some(false);
        }
        let place = Self::HEADER_LENGTH + Self::LINE_LENGTH * usize::try_from(line).ok()?;
        let line: &[u8; 64] = self.bytes.array(place)?;
        Some(passes(line, Key::new(spread)))
    }
}

/// Whether a line allows this key.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn passes(line: &[u8; 64], key: Key) -> bool {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(line.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [low, middle, high, ..] = words;
    let level = low >> 63 | middle >> 63 << 1 | high >> 63 << 2;
    let mut parities = 0;
    for (shift, word) in (0..).step_by(8).zip(words) {
        parities |= u64::from((word & key.coefficients).count_ones()) << shift;
    }
    debug_assert_eq!(key.words(0), ONES);
    (parities ^ key.parities) & key.words(level) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_not_stored_have_no_keys() {
        // Four lines for all hashes, of which the second is stored; it lets everything pass.
        let mut bytes = [0; 128];
        bytes[0] = 4;
        bytes[8] = 1;
        for word in 0..3 {
            bytes[64 + 8 * word + 7] = 0x80;
        }
        let filter = MissFilter::new(&bytes[..]).unwrap();
        for (hash, expected) in [
            (0, false),
            (1 << 62, true),
            ((2 << 62) - 1, true),
            (2 << 62, false),
            (u64::MAX, false),
        ] {
            assert_eq!(filter.may_contain(hash), Some(expected), "{hash:#x}");
        }
        let short = filter.with_bytes(&bytes[..127]);
        assert_eq!(short.may_contain(1 << 62), None);
    }

    #[test]
    fn a_filter_of_another_length_or_with_lines_that_do_not_exist_is_refused() {
        for (length, lines, first) in [
            (0, 1u64, 0u64),
            (15, 1, 0),
            (64, 1, 0),
            (127, 1, 0),
            (129, 1, 0),
            (128, 0, 0),
            (128, 1, 1),
            (192, 1, 0),
            (192, 3, 2),
            (128, u64::MAX, u64::MAX),
        ] {
            let mut bytes = [lines.to_le_bytes(), first.to_le_bytes()].concat();
            bytes.resize(length, 0);
            let error = MissFilter::new(&bytes).unwrap_err();
            assert!(
                matches!(error, FormatError::MissFilter { length: found } if found == length),
                "{error}"
            );
        }
    }
}
