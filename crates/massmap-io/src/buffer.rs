//! Memory that ranges of files are read into.

use std::cell::Cell;
use std::collections::TryReserveError;
use std::io::Result;
use std::ops::Range;

use crate::IoError;

/// Ranges up to this length take one system call from the first one on. What is longer may not be there: it begins with a
/// buffer that takes no more memory than this, with what aligns it.
const INITIAL_BUFFER: usize = 16 << 10;

/// How long the aligned part of a buffer is at least.
const LEAST_BUFFER: usize = INITIAL_BUFFER - PAGE;

/// The largest buffer that a thread keeps between reads: for 256 KiB, and what it takes to align them.
const LARGEST_KEPT_BUFFER: usize = (256 << 10) + PAGE;

/// What buffers are aligned to at least, so that a page of a file is one page of memory.
const PAGE: usize = 4096;

/// What the place that a range is read to is a multiple of: a line of the processor's caches.
///
/// The kernel's copy takes twice as long, or more, where its target is not aligned (measured on AMD's Zen 3: below 32 bytes), or
/// lies, within its page, a few bytes behind where the source lies in its own (Zen 4: 1 to 15 bytes): the processor then takes
/// what it reads for what it has just written.
const LINE: usize = 64;

thread_local! {
    /// Buffer that reads reuse, so that a lookup neither allocates nor clears memory.
    static BUFFER: Cell<Buffer> = const { Cell::new(Buffer::new()) };
}

/// Calls `f` with the thread's buffer.
pub(crate) fn with_buffer<R>(f: impl FnOnce(&mut Buffer) -> R) -> R {
    // Taken rather than borrowed: `f` may read as well. Without one while the thread ends and its buffer is gone.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    let result = f(&mut buffer);
    if buffer.size() <= LARGEST_KEPT_BUFFER {
        // Likewise: then the buffer is freed here.
        _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}

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
    fn align(&mut self, alignment: usize, offset: u64) {
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
    fn len(&self) -> usize {
        // Of whole lines, so that what comes behind a part that fills it goes to a line again.
        round_down(
            self.bytes.len().saturating_sub(self.start),
            self.alignment.max(LINE),
        )
    }

    /// Makes the aligned part at least `length` bytes long. Its first `kept` bytes stay.
    fn grow(&mut self, kept: usize, length: usize) -> std::result::Result<(), TryReserveError> {
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

/// The largest multiple of `alignment`, a power of two, that is at most `number`.
fn round_down(number: usize, alignment: usize) -> usize {
    number & !(alignment - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::sample;

    /// Reads from `bytes`, at most `most` at a time and only aligned, as a file does that is read past the cache.
    fn read(
        bytes: &[u8],
        range: (u64, u64),
        alignment: usize,
        most: usize,
        buffer: &mut Buffer,
    ) -> Result<Vec<u8>> {
        let mut fell_short = false;
        let read = |free: &mut [u8], position: u64| {
            assert_eq!(position % alignment as u64, 0);
            assert_eq!(free.len() % alignment, 0);
            assert_eq!(free.as_ptr().align_offset(alignment), 0);
            assert_fast_to_copy_to(free, position, alignment, fell_short);
            let rest = bytes.get(position as usize..).unwrap_or_default();
            let count = rest.len().min(free.len()).min(most);
            free[..count].copy_from_slice(&rest[..count]);
            free[count..].fill(0xEE);
            fell_short |= count < free.len();
            Ok(count)
        };
        fill(buffer, range, alignment, read).map(<[u8]>::to_vec)
    }

    /// Unless an earlier read of the range fell short, it goes to a line; it never goes to a few bytes behind its place in a page.
    fn assert_fast_to_copy_to(free: &[u8], position: u64, alignment: usize, fell_short: bool) {
        let place = free.as_ptr().addr();
        assert!(fell_short || place.is_multiple_of(LINE));
        if alignment == 1 {
            let behind = place.wrapping_sub(position as usize) % PAGE;
            assert!(behind == 0 || behind > PAGE - LINE, "{behind} bytes behind");
        }
    }

    #[test]
    fn each_read_goes_to_a_line_at_its_place_in_a_page() {
        let sample = &sample()[..40_003];
        // As it grows, and when it is long enough; on another thread's memory, too.
        for mut buffer in [Buffer::new(), Buffer::new()] {
            for alignment in [1, 512, 4096] {
                for offset in (0..5000).step_by(61).chain([4080, 4081, 4095, 4096, 8192]) {
                    for length in [1, 100, 4096, 16_385, 30_000] {
                        let range = (offset, length);
                        let bytes = read(sample, range, alignment, usize::MAX, &mut buffer).unwrap();
                        assert!(bytes == sample[offset as usize..(offset + length) as usize]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_buffer_that_is_long_enough_does_not_grow_whatever_the_offset() {
        let sample = sample();
        let mut buffer = Buffer::new();
        read(&sample, (0, INITIAL_BUFFER as u64), 1, usize::MAX, &mut buffer).unwrap();
        let size = buffer.size();
        for offset in 0..4200 {
            read(
                &sample,
                (offset, INITIAL_BUFFER as u64),
                1,
                usize::MAX,
                &mut buffer,
            )
            .unwrap();
        }
        assert_eq!(buffer.size(), size);
    }

    #[test]
    fn aligned_reads_give_every_range_also_where_they_fall_short() {
        let sample = &sample()[..40_003];
        let mut buffer = Buffer::new();
        for (alignment, most) in [
            (1, usize::MAX),
            (1, 7000),
            (1, 1),
            (512, usize::MAX),
            (512, 700),
            (4096, 5000),
            (1 << 16, 1 << 16),
        ] {
            for (offset, length) in [
                (0, 1),
                (511, 2),
                (512, 512),
                (4095, 4098),
                (39_990, 13),
                (0, 40_003),
                (1, 20_000),
            ] {
                let bytes = read(sample, (offset, length), alignment, most, &mut buffer).unwrap();
                assert!(bytes == sample[offset as usize..(offset + length) as usize]);
            }
        }
    }

    #[test]
    fn a_missing_range_says_how_much_is_there_and_takes_no_memory() {
        let sample = &sample()[..40_003];
        for alignment in [1, 512, 4096] {
            for (offset, length) in [
                (40_000, 10),
                (39_000, u64::MAX / 2),
                (40_003, 1),
                (1 << 40, u64::MAX),
            ] {
                let mut buffer = Buffer::new();
                let error = read(sample, (offset, length), alignment, usize::MAX, &mut buffer).unwrap_err();
                let expected = 40_003u64.saturating_sub(offset);
                assert!(
                    matches!(
                        error.get_ref().unwrap().downcast_ref::<IoError>().unwrap(),
                        IoError::UnexpectedEnd { available, .. } if *available == expected
                    ),
                    "{error}"
                );
                assert!(buffer.size() <= INITIAL_BUFFER + PAGE);
                assert!(length <= INITIAL_BUFFER as u64 || buffer.size() <= INITIAL_BUFFER);
            }
        }
    }

    #[test]
    fn a_read_that_stays_within_a_block_and_goes_no_further_is_the_end() {
        let sample = sample();
        let error = read(&sample, (0, 600), 512, 100, &mut Buffer::new()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
