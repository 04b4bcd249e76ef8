//! Aligned memory that ranges of files are read into.

use std::collections::TryReserveError;
use std::ops::Range;

/// What buffers are aligned to at least, so that a page of a file is one page of memory.
pub(super) const PAGE: usize = 4096;

/// What the place that a range is read to is a multiple of: a line of the processor's caches.
///
/// The kernel's copy takes twice as long, or more, where its target is not aligned (measured on AMD's Zen 3: below 32 bytes), or
/// lies, within its page, a few bytes behind where the source lies in its own (Zen 4: 1 to 15 bytes): the processor then takes
/// what it reads for what it has just written.
pub(super) const LINE: usize = 64;

/// Memory, a part of which begins at an aligned place.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// All initialised.
    bytes: Vec<u8>,
    /// Where in `bytes` the aligned part begins; may be behind the end.
    start: usize,
    /// What the length of the aligned part is a multiple of. A power of two.
    alignment: usize,
    /// Where the aligned part begins in its page of memory. A multiple of [`LINE`] below [`PAGE`].
    place: usize,
}

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            alignment: 1,
            place: 0,
        }
    }

    /// How much memory this takes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Has the aligned part begin at a multiple of `alignment`, where what lies at `offset` of a file lies in its page, down to a
    /// line; what it holds is lost.
    #[inline]
    pub(super) fn align(&mut self, alignment: usize, offset: u64) {
        self.alignment = alignment;
        // Less than a page. Direct reads of smaller blocks are not copied: these begin with a page.
        let place = usize::try_from(offset % PAGE as u64).unwrap_or(0);
        self.place = match alignment {
            1 => round_down(place, LINE),
            _ => 0,
        };
        self.start = self.aligned_start();
    }

    /// How much memory may lie before the aligned part, at most.
    fn slack(&self) -> usize {
        self.alignment.max(PAGE) - 1
    }

    /// The first place in the memory that lies at `place` in its page, or at a multiple of a larger alignment.
    #[inline]
    fn aligned_start(&self) -> usize {
        self.place.wrapping_sub(self.bytes.as_ptr().addr()) & self.slack()
    }

    /// The length of the aligned part.
    pub(super) fn len(&self) -> usize {
        // Of whole lines, so that what comes behind a part that fills it goes to a line again.
        round_down(
            self.bytes.len().saturating_sub(self.start),
            self.alignment.max(LINE),
        )
    }

    /// Makes the aligned part at least `length` bytes long. Its first `kept` bytes stay.
    pub(super) fn grow(&mut self, kept: usize, length: usize) -> std::result::Result<(), TryReserveError> {
        let length = length.checked_next_multiple_of(LINE).unwrap_or(length);
        let size = length.saturating_add(self.slack());
        self.bytes
            .try_reserve_exact(size.saturating_sub(self.bytes.len()))?;
        self.bytes.resize(size, 0);
        let start = self.aligned_start();
        if start != self.start && kept > 0 {
            self.bytes.copy_within(self.start..self.start + kept, start);
        }
        self.start = start;
        Ok(())
    }

    /// A part of the aligned part.
    ///
    /// # Panics
    ///
    /// Panics if it is shorter.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes
            .get(self.start + range.start..self.start + range.end)
            .expect("the buffer has grown to hold the range")
    }

    /// The same, to read into.
    pub(crate) fn bytes_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.bytes
            .get_mut(self.start + range.start..self.start + range.end)
            .expect("the buffer has grown to hold the range")
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new()
    }
}

/// The largest multiple of `alignment`, a power of two, that is at most `number`.
pub(super) fn round_down(number: usize, alignment: usize) -> usize {
    number & !(alignment - 1)
}
