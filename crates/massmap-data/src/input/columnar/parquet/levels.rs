//! Levels of nesting, and lengths of values, as far as they tell how large rows are.

use anyhow::{Context, bail, ensure};

/// A sequence of numbers in the hybrid encoding of runs and bit-packed groups.
struct Runs<'a> {
    rest: &'a [u8],
    bit_width: u32,
}

impl Runs<'_> {
    fn unsigned(&mut self) -> anyhow::Result<u64> {
        unsigned(&mut self.rest)
    }

    /// Calls `run` with each number and how many times it follows, up to `count` numbers.
    fn each(mut self, count: u64, mut run: impl FnMut(u64, u64)) -> anyhow::Result<()> {
        let mut left = count;
        while left > 0 {
            let header = self.unsigned()?;
            match header & 1 {
                0 => {
                    let width = self.bit_width.div_ceil(8) as usize;
                    let (bytes, rest) = self.rest.split_at_checked(width).context("a run ends early")?;
                    self.rest = rest;
                    let value = bytes
                        .iter()
                        .rev()
                        .fold(0, |value, byte| value << 8 | u64::from(*byte));
                    let length = (header >> 1).min(left);
                    ensure!(length > 0, "a run is empty");
                    run(value, length);
                    left -= length;
                }
                _ => {
                    let groups = usize::try_from(header >> 1)?;
                    let length = groups
                        .checked_mul(self.bit_width as usize)
                        .context("a run is too long")?;
                    let bytes = self.rest.get(..length.min(self.rest.len())).unwrap_or_default();
                    self.rest = self.rest.get(bytes.len()..).unwrap_or_default();
                    let numbers = (groups as u64).saturating_mul(8).min(left);
                    ensure!(numbers > 0, "a run is empty");
                    let mut bits = Bits::new(bytes);
                    for _ in 0..numbers {
                        let value = bits.next(self.bit_width).context("a run ends early")?;
                        run(value, 1);
                    }
                    left -= numbers;
                }
            }
        }
        Ok(())
    }
}

/// Checks that levels have `count` numbers, without decoding them.
///
/// # Errors
///
/// Fails if they end before.
pub(super) fn check(levels: &[u8], max_level: i16, count: u64) -> anyhow::Result<()> {
    let bit_width = u64::from(i16::BITS - max_level.leading_zeros());
    let mut rest = levels;
    let mut left = count;
    while left > 0 {
        let header = unsigned(&mut rest)?;
        let (numbers, length) = match header & 1 {
            0 => (header >> 1, bit_width.div_ceil(8)),
            _ => {
                let numbers = (header >> 1).saturating_mul(8);
                // The last group may be cut off.
                (numbers, numbers.min(left).saturating_mul(bit_width).div_ceil(8))
            }
        };
        ensure!(numbers > 0, "a run of levels is empty");
        let length = usize::try_from(length)?.min(rest.len().saturating_add(1));
        rest = rest
            .get(length..)
            .context("the levels of a page end early: it is damaged")?;
        left = left.saturating_sub(numbers);
    }
    Ok(())
}

/// Numbers of some bits each, the lowest bits first.
struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    buffer: u128,
    available: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
            buffer: 0,
            available: 0,
        }
    }

    /// The next number of up to 64 bits.
    fn next(&mut self, width: u32) -> Option<u64> {
        while self.available < width {
            self.buffer |= u128::from(*self.bytes.next()?) << self.available;
            self.available += 8;
        }
        let mask = (1u128 << width) - 1;
        let value = u64::try_from(self.buffer & mask).ok()?;
        self.buffer >>= width;
        self.available -= width;
        Some(value)
    }
}

fn unsigned(rest: &mut &[u8]) -> anyhow::Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().context("a number ends early")?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    bail!("a number has more than 64 bits")
}

/// Finds the longest record of a page, from its levels of repetition. `open` is the number of values that the record before the page
/// has, if it goes on in it; that of the last record is put there.
///
/// # Errors
///
/// Fails if the levels end before `count` of them.
pub(super) fn longest_record(
    levels: &[u8],
    max_level: i16,
    count: u64,
    open: &mut u64,
) -> anyhow::Result<u64> {
    let bit_width = i16::BITS - max_level.leading_zeros();
    let runs = Runs {
        rest: levels,
        bit_width,
    };
    let mut longest = 0;
    runs.each(count, |level, length| match level {
        // Each begins a record.
        0 => {
            longest = longest.max(*open);
            *open = 1;
        }
        _ => *open = open.saturating_add(length),
    })?;
    Ok(longest.max(*open))
}

/// The lengths of strings of which each begins like the one before, from the lengths of these beginnings and of the rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrefixedLengths {
    pub(super) longest: u64,
    pub(super) total: u64,
}

/// Adds up the lengths of a page in the encoding `DELTA_BYTE_ARRAY`, which has at most `most` values.
///
/// # Errors
///
/// Fails if they are damaged, or too many.
pub(super) fn prefixed_lengths(page: &[u8], most: u64) -> anyhow::Result<PrefixedLengths> {
    let mut prefixes = Deltas::new(page, most)?;
    let mut prefix_lengths = Vec::new();
    while let Some(length) = prefixes.next()? {
        prefix_lengths.push(u32::try_from(length).context("a length is out of range")?);
    }
    let mut suffixes = Deltas::new(prefixes.rest, most)?;
    let (mut longest, mut total) = (0, 0u64);
    let mut prefix_lengths = prefix_lengths.into_iter();
    while let Some(suffix) = suffixes.next()? {
        let suffix = u64::from(u32::try_from(suffix).context("a length is out of range")?);
        let length = suffix + u64::from(prefix_lengths.next().unwrap_or(0));
        longest = longest.max(length);
        total += length;
    }
    Ok(PrefixedLengths { longest, total })
}

/// The number of values of a page in one of the encodings that begin with packed differences of lengths.
pub(super) fn delta_count(mut page: &[u8]) -> anyhow::Result<u64> {
    unsigned(&mut page)?;
    unsigned(&mut page)?;
    unsigned(&mut page)
}

/// Numbers in the encoding `DELTA_BINARY_PACKED`.
struct Deltas<'a> {
    rest: &'a [u8],
    block_values: u64,
    miniblocks: usize,
    left: u64,
    last: i64,
    is_first: bool,
    least_delta: i64,
    /// The bit widths of the miniblocks of a block that are still to come.
    widths: Vec<u8>,
    /// The current miniblock, and how many numbers are left in it.
    bits: Bits<'a>,
    width: u32,
    in_miniblock: u64,
}

impl<'a> Deltas<'a> {
    fn new(mut rest: &'a [u8], most: u64) -> anyhow::Result<Self> {
        let block_values = unsigned(&mut rest)?;
        let miniblocks = unsigned(&mut rest)?;
        let left = unsigned(&mut rest)?;
        let last = signed(&mut rest)?;
        ensure!(
            (1..=1 << 16).contains(&block_values)
                && (1..=block_values).contains(&miniblocks)
                && block_values.is_multiple_of(miniblocks),
            "blocks of {block_values} values in {miniblocks} parts are not read"
        );
        ensure!(left <= most, "a page of {most} values has {left} lengths");
        Ok(Self {
            rest,
            block_values,
            miniblocks: usize::try_from(miniblocks)?,
            left,
            last,
            is_first: true,
            least_delta: 0,
            widths: Vec::new(),
            bits: Bits::new(&[]),
            width: 0,
            in_miniblock: 0,
        })
    }

    fn next(&mut self) -> anyhow::Result<Option<i64>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        if std::mem::take(&mut self.is_first) {
            return Ok(Some(self.last));
        }
        if self.in_miniblock == 0 {
            self.begin_miniblock()?;
        }
        self.in_miniblock -= 1;
        let delta = self.bits.next(self.width).context("a block ends early")?;
        self.last = self
            .last
            .wrapping_add(self.least_delta)
            .wrapping_add(delta.cast_signed());
        Ok(Some(self.last))
    }

    fn begin_miniblock(&mut self) -> anyhow::Result<()> {
        if self.widths.is_empty() {
            self.least_delta = signed(&mut self.rest)?;
            let (widths, rest) = self
                .rest
                .split_at_checked(self.miniblocks)
                .context("a block ends early")?;
            self.widths = widths.iter().rev().copied().collect();
            self.rest = rest;
        }
        self.width = self.widths.pop().unwrap_or(0).into();
        ensure!(self.width <= 64, "numbers of {} bits are not read", self.width);
        self.in_miniblock = self.block_values / self.miniblocks as u64;
        let length = usize::try_from(self.in_miniblock * u64::from(self.width) / 8)?;
        let (bytes, rest) = self
            .rest
            .split_at_checked(length)
            // The last one may be cut off.
            .unwrap_or((self.rest, &[]));
        self.bits = Bits::new(bytes);
        self.rest = rest;
        Ok(())
    }
}

fn signed(rest: &mut &[u8]) -> anyhow::Result<i64> {
    let value = unsigned(rest)?;
    Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_record_is_found_in_runs_and_groups() {
        // 0 1 1, 0, 0 and then a run of five ones and one zero.
        let packed = [0b11, 0b0000_0110, 5 << 1, 1, 1 << 1, 0];
        let mut open = 0;
        // The group has eight levels.
        assert_eq!(longest_record(&packed, 1, 8, &mut open).unwrap(), 3);
        assert_eq!(open, 1);
        open = 4;
        assert_eq!(longest_record(&packed, 1, 14, &mut open).unwrap(), 6);
        assert_eq!(open, 1);
        // A run as long as a header can say.
        let run = [0xfe, 0xff, 0xff, 0xff, 0xf, 1];
        open = 1;
        let count = i32::MAX.unsigned_abs().into();
        assert_eq!(longest_record(&run, 1, count, &mut open).unwrap(), count + 1);
        // Two bits a level: 2 0 1 0.
        open = 0;
        assert_eq!(
            longest_record(&[0b11, 0b0001_0010, 0], 2, 4, &mut open).unwrap(),
            2
        );
        for short in [&[][..], &[0b11], &[0b11, 1, 1], &[0, 0], &[1]] {
            assert!(longest_record(short, 1, 17, &mut open).is_err(), "{short:?}");
        }
    }

    #[test]
    fn levels_that_end_early_are_noticed() {
        // Eight in a group, five ones and one zero.
        let levels = [0b11, 0b0000_0110, 5 << 1, 1, 1 << 1, 0];
        for count in 0..=14 {
            assert!(check(&levels, 1, count).is_ok(), "{count}");
        }
        assert!(check(&levels, 1, 15).is_err());
        for end in 0..levels.len() {
            assert!(check(&levels[..end], 1, 14).is_err(), "{end}");
        }
        // Two groups, of which the second is cut off.
        assert!(check(&[0b101, 0], 1, 8).is_ok());
        assert!(check(&[0b101, 0], 1, 9).is_err());
        assert!(check(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 1, 9).is_err());
    }

    #[test]
    fn lengths_of_beginnings_and_rests_are_added_up() {
        // Blocks of 128 numbers in 4 parts: 3 numbers from 0 on, differences 2 and 2.
        let prefixes = [0x80, 1, 4, 3, 0, 4, 0, 0, 0, 0];
        // 5, 4, 3.
        let suffixes = [0x80, 1, 4, 3, 10, 1, 0, 0, 0, 0];
        let page = [&prefixes[..], &suffixes, b"the rests"].concat();
        let lengths = prefixed_lengths(&page, 3).unwrap();
        assert_eq!(
            lengths,
            PrefixedLengths {
                longest: 7,
                total: 5 + 6 + 7
            }
        );
        assert_eq!(delta_count(&page).unwrap(), 3);
        assert!(prefixed_lengths(&page, 2).is_err());
        for end in 0..15 {
            assert!(prefixed_lengths(&page[..end], 3).is_err(), "{end}");
        }
    }

    #[test]
    fn differences_are_unpacked() {
        // 1, 2, 4, 8 with differences of 1 to 4, of which 1 is the least: 0, 1, 3 in two bits.
        let bytes = [8, 1, 4, 2, 2, 2, 0b0011_0100, 0];
        let mut deltas = Deltas::new(&bytes, 10).unwrap();
        let mut numbers = Vec::new();
        while let Some(number) = deltas.next().unwrap() {
            numbers.push(number);
        }
        assert_eq!(numbers, [1, 2, 4, 8]);
        for bad in [&[0, 1, 4, 2][..], &[8, 3, 4, 2], &[8, 0, 4, 2], &[8, 1, 11, 2]] {
            assert!(Deltas::new(bad, 10).is_err(), "{bad:?}");
        }
    }
}
