//! The place that a record is written to.

/// The part of a record that has not been written yet.
pub(super) struct Place<'a>(&'a mut [u8]);

impl<'a> Place<'a> {
    #[inline]
    pub(super) const fn new(place: &'a mut [u8]) -> Self {
        Self(place)
    }

    /// Writes the next bytes. `None` if there is no room.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Option<()> {
        let (place, rest) = std::mem::take(&mut self.0).split_first_chunk_mut()?;
        *place = bytes;
        self.0 = rest;
        Some(())
    }

    /// The next `length` bytes, to be written. `None` if there are fewer.
    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Option<&'a mut [u8]> {
        let (place, rest) = std::mem::take(&mut self.0).split_at_mut_checked(length)?;
        self.0 = rest;
        Some(place)
    }
}
