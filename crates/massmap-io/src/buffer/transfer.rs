//! Reading a range of a file into a buffer.

use std::io::Result;
use std::ops::Range;

use super::aligned::{Buffer, PAGE, round_down};
use crate::IoError;

/// Ranges up to this length take one system call, even for the first read of a thread. Longer ranges may not exist, so their
/// buffer takes at most this much memory at first, alignment included.
pub(super) const INITIAL_BUFFER: usize = 16 << 10;

/// The least length of the aligned part of a buffer.
const LEAST_BUFFER: usize = INITIAL_BUFFER - PAGE;

/// The transfer of a range of a file, extended to an alignment, into the beginning of a [`Buffer`].
///
/// The buffer grows only as bytes arrive, at most to twice their number: a range that does not exist costs no memory, whatever
/// its length. In a buffer that is long enough, the range takes one read.
#[derive(Debug)]
pub(crate) struct Transfer {
    offset: u64,
    length: u64,
    /// Offsets and lengths of reads are multiples of this power of two.
    alignment: usize,
    /// Number of bytes before the range that have to be read too.
    skipped: usize,
    /// Length of those and the range.
    wanted: usize,
    /// Number of them that have been read.
    filled: usize,
}

impl Transfer {
    /// Begins a transfer of the `length` bytes at `offset` into `buffer`.
    ///
    /// # Errors
    ///
    /// [`IoError::OutOfMemory`] if no memory is that large.
    #[inline]
    pub(crate) fn new(offset: u64, length: u64, alignment: usize, buffer: &mut Buffer) -> Result<Self> {
        buffer.align(alignment, offset);
        let wanted = usize::try_from(length).map_err(|_| IoError::OutOfMemory { offset, length })?;
        let skipped = usize::try_from(offset & (alignment as u64 - 1)).expect("less than the alignment");
        Ok(Self {
            offset,
            length,
            alignment,
            skipped,
            wanted: wanted.saturating_add(skipped),
            filled: 0,
        })
    }

    /// Number of bytes in whole blocks that have been read: after a read that ends within a block, the next one begins with
    /// that block.
    fn whole(&self) -> usize {
        round_down(self.filled, self.alignment)
    }

    /// The next read: its offset in the file, and its range in the buffer. If the buffer has to grow, it grows to at least
    /// `least` bytes.
    ///
    /// # Errors
    ///
    /// [`IoError::OutOfMemory`] if the buffer cannot grow, [`IoError::UnexpectedEnd`] if no file can be that long.
    #[inline]
    pub(crate) fn next_read(&self, buffer: &mut Buffer, least: usize) -> Result<(u64, Range<usize>)> {
        let whole = self.whole();
        let wanted = self
            .wanted
            .checked_next_multiple_of(self.alignment)
            .unwrap_or(usize::MAX);
        if whole >= buffer.len() {
            self.grow(buffer, wanted, least)?;
        }
        let free = whole..wanted.min(buffer.len());
        let position = (self.offset - self.skipped as u64).checked_add(whole as u64);
        // Systems refuse impossible offsets, and give the largest one a special meaning.
        let position = position.filter(|position| {
            position
                .checked_add(free.len() as u64)
                .is_some_and(|end| i64::try_from(end).is_ok())
        });
        Ok((position.ok_or_else(|| self.unexpected_end())?, free))
    }

    /// Makes the buffer longer than what has been read: at most `wanted` bytes, but at least `least`.
    #[cold]
    fn grow(&self, buffer: &mut Buffer, wanted: usize, least: usize) -> Result<()> {
        let whole = self.whole();
        let initial = match wanted {
            ..=INITIAL_BUFFER => INITIAL_BUFFER,
            _ => LEAST_BUFFER,
        };
        let length = wanted.min(whole.saturating_mul(2).max(initial)).max(least);
        let length = length.checked_next_multiple_of(self.alignment).unwrap_or(length);
        let out_of_memory = |_| IoError::OutOfMemory {
            offset: self.offset,
            length: self.length,
        };
        Ok(buffer.grow(whole, length).map_err(out_of_memory)?)
    }

    /// Records that the read transferred `count` bytes; returns whether the range is complete.
    ///
    /// # Errors
    ///
    /// [`IoError::UnexpectedEnd`] if none of these bytes is new: the file ends here.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize) -> Result<bool> {
        let filled = self.whole() + count;
        if filled <= self.filled {
            return Err(self.unexpected_end().into());
        }
        self.filled = filled;
        Ok(filled >= self.wanted)
    }

    /// The range, once it is complete.
    pub(crate) fn range<'a>(&self, buffer: &'a Buffer) -> &'a [u8] {
        buffer.bytes(self.skipped..self.wanted)
    }

    fn unexpected_end(&self) -> IoError {
        IoError::UnexpectedEnd {
            offset: self.offset,
            length: self.length,
            available: self.filled.saturating_sub(self.skipped) as u64,
        }
    }
}

/// Reads a range into `buffer` and returns it. `read` gets a slice and an offset in the file, with lengths and offsets that are
/// multiples of the alignment.
#[inline]
pub(crate) fn fill(
    buffer: &mut Buffer,
    (offset, length): (u64, u64),
    alignment: usize,
    mut read: impl FnMut(&mut [u8], u64) -> Result<usize>,
) -> Result<&[u8]> {
    let mut transfer = Transfer::new(offset, length, alignment, buffer)?;
    loop {
        let (position, free) = transfer.next_read(buffer, LEAST_BUFFER)?;
        let count = read(buffer.bytes_mut(free), position)?;
        if transfer.advance(count)? {
            return Ok(transfer.range(buffer));
        }
    }
}
