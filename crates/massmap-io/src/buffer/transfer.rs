//! Reading a range of a file into a buffer.

use std::io::Result;
use std::ops::Range;

use super::aligned::{Buffer, PAGE, round_down};
use crate::IoError;

/// Ranges up to this length take one system call from the first one on. What is longer may not be there: it begins with a
/// buffer that takes no more memory than this, with what aligns it.
pub(super) const INITIAL_BUFFER: usize = 16 << 10;

/// How long the aligned part of a buffer is at least.
const LEAST_BUFFER: usize = INITIAL_BUFFER - PAGE;

/// A range of a file on its way into the beginning of a [`Buffer`], rounded out to an alignment.
///
/// The buffer grows only as bytes arrive, at most to twice what has been read: a range that is not there, however long,
/// costs no memory. In a buffer that is long enough already, the range takes one read.
#[derive(Debug)]
pub(crate) struct Transfer {
    offset: u64,
    length: u64,
    /// What offsets and lengths of reads are multiples of. A power of two; 1 if they need not be.
    alignment: usize,
    /// How many bytes before the range have to be read as well.
    skipped: usize,
    /// Those and the range.
    wanted: usize,
    /// How many of them are there.
    filled: usize,
}

impl Transfer {
    /// Begins to read the `length` bytes at `offset` into `buffer`.
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

    /// How many bytes are there for sure: a read that ends within a block is taken up again where the block begins.
    fn whole(&self) -> usize {
        round_down(self.filled, self.alignment)
    }

    /// What to read next: from where in the file, and into which part of the buffer, which becomes at least `least` bytes
    /// long if it has to grow.
    ///
    /// # Errors
    ///
    /// [`IoError::OutOfMemory`] if the buffer cannot grow, [`IoError::UnexpectedEnd`] if no file is that long.
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
        // Systems refuse to look where no file can be, and take the largest offset of all for something else.
        let position = position.filter(|position| {
            position
                .checked_add(free.len() as u64)
                .is_some_and(|end| i64::try_from(end).is_ok())
        });
        Ok((position.ok_or_else(|| self.unexpected_end())?, free))
    }

    /// Makes the buffer longer than what is there, up to `wanted`, but at least `least`.
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

    /// Takes note that the read brought `count` bytes; returns whether all of the range is there now.
    ///
    /// # Errors
    ///
    /// [`IoError::UnexpectedEnd`] if these are none that were not there before: the file ends here.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize) -> Result<bool> {
        let filled = self.whole() + count;
        if filled <= self.filled {
            return Err(self.unexpected_end().into());
        }
        self.filled = filled;
        Ok(filled >= self.wanted)
    }

    /// The range, once it is there.
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

/// Reads a range into `buffer` and returns it. `read` reads from a position of the file, both multiples of the alignment.
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
