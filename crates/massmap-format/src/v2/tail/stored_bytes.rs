//! Bytes of a section that a lookup uses in their place.

use std::ops::Range;

/// The content of a section, from which a few ranges are used.
///
/// Bytes in memory implement it. An implementation of its own may check ranges before it gives them.
pub trait StoredBytes {
    /// Number of bytes.
    fn length(&self) -> usize;

    /// The bytes of a range; `None` if it lies outside, or they are not available.
    fn range(&self, range: Range<usize>) -> Option<&[u8]>;

    /// The `N` bytes from `place` on, as [`range`](Self::range) gives them.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn array<const N: usize>(&self, place: usize) -> Option<&[u8; N]> {
        self.range(place..place.checked_add(N)?)?.first_chunk()
    }
}

impl<B: AsRef<[u8]>> StoredBytes for B {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn length(&self) -> usize {
        self.as_ref().len()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn range(&self, range: Range<usize>) -> Option<&[u8]> {
        self.as_ref().get(range)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn array<const N: usize>(&self, place: usize) -> Option<&[u8; N]> {
        self.as_ref().get(place..place.checked_add(N)?)?.first_chunk()
    }
}
