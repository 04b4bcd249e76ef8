//! Aligned memory that ranges of files are read into.

use std::collections::TryReserveError;
use std::ops::Range;

/// The least alignment of buffers, so that a page of a file takes one page of memory.
pub(super) const PAGE: usize = 4096;

/// Ranges are read to multiples of a cache line.
///
/// The kernel's copy takes at least twice as long if its target is not aligned (on AMD's Zen 3: to 32 bytes), or if the offset
/// of the target in its page is a few bytes (on Zen 4: 1 to 15) greater than that of the source: then the processor takes the
/// reads for reads of what it has just written.
pub(super) const LINE: usize = 64;

/// Memory with an aligned part.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// Fully initialised.
    bytes: Vec<u8>,
    /// Start of the aligned part in `bytes`; may be behind the end.
    start: usize,
    /// The length of the aligned part is a multiple of this, a power of two.
    alignment: usize,
    /// Offset of the aligned part in its page of memory. A multiple of [`LINE`] below [`PAGE`].
    page_offset: usize,
}

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            alignment: 1,
            page_offset: 0,
        }
    }

    /// Length of the memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Moves the start of the aligned part to a multiple of `alignment`, at the offset in its page that `offset` has in a page
    /// of the file, rounded down to a cache line. The content is lost.
    #[inline]
    pub(super) fn align(&mut self, alignment: usize, offset: u64) {
        self.alignment = alignment;
        // Less than a page. Direct reads of smaller blocks are not copied, and begin at a page.
        let page_offset = usize::try_from(offset % PAGE as u64).unwrap_or(0);
        self.page_offset = match alignment {
            1 => round_down(page_offset, LINE),
            _ => 0,
        };
        self.start = self.aligned_start();
    }

    /// The most memory that may lie before the aligned part.
    fn slack(&self) -> usize {
        self.alignment.max(PAGE) - 1
    }

    /// The first position in the memory that has `page_offset` in its page, or is a multiple of a larger alignment.
    #[inline]
    fn aligned_start(&self) -> usize {
        self.page_offset.wrapping_sub(self.bytes.as_ptr().addr()) & self.slack()
    }

    /// The length of the aligned part.
    pub(super) fn len(&self) -> usize {
        // A multiple of cache lines: when the part is full and grows, the next bytes are read to a cache line again.
        round_down(
            self.bytes.len().saturating_sub(self.start),
            self.alignment.max(LINE),
        )
    }

    /// Makes the aligned part at least `length` bytes long, and keeps its first `kept` bytes.
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

    /// A range of the aligned part.
    ///
    /// # Panics
    ///
    /// Panics if the aligned part is shorter.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes
            .get(self.start + range.start..self.start + range.end)
            .expect("the buffer has grown to hold the range")
    }

    /// A range of the aligned part, to read into. Panics like [`bytes`](Self::bytes).
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
