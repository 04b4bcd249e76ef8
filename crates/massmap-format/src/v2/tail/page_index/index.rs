//! The page index, and access to its bits.

use super::bits::select;
use super::layout::{Layout, ZEROS_PER_SAMPLE};
use crate::FormatError;

/// A run of whole pages, which is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRun {
    /// Number of its first page, from 0.
    pub first_page: u64,
    /// Number of its pages, at least 1.
    pub pages: u64,
    /// The first bin whose entries it holds.
    pub first_bin: u64,
    /// 1 + the last bin whose entries it holds.
    pub end_bin: u64,
}

/// The index from bins to pages.
///
/// Each page has a first bin; the pages of a run have the same. A damaged index gives errors, but never a page or bin out of
/// range.
#[derive(Debug, Clone)]
pub struct PageIndex<B> {
    pub(super) bytes: B,
    pub(super) layout: Layout,
}

impl<B> PageIndex<B> {
    /// The same index over other memory: `bytes` must have the same content. If they do not, the index is damaged.
    #[must_use]
    #[inline]
    pub fn with_bytes<C>(&self, bytes: C) -> PageIndex<C> {
        PageIndex {
            bytes,
            layout: self.layout,
        }
    }

    /// The bytes of the index.
    #[must_use]
    #[inline]
    pub const fn bytes(&self) -> &B {
        &self.bytes
    }
}

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// Decodes the index of `pages` pages over `bins` bins. Checks its length only.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageIndexLength`] if the length does not fit these numbers of pages and bins.
    pub fn new(bytes: B, pages: u64, bins: u64) -> Result<Self, FormatError> {
        let length = bytes.as_ref().len() as u64;
        let layout = Layout::new(pages, bins).filter(|layout| layout.length == length);
        match layout {
            Some(layout) => Ok(Self { bytes, layout }),
            None => Err(FormatError::PageIndexLength { length, pages, bins }),
        }
    }

    /// The first bin of `page`, whose one is at `position` in the upper bits.
    #[inline]
    pub(super) fn first_bin(&self, page: u64, position: u64) -> Option<u64> {
        let width = self.layout.low_bits;
        if page >= self.layout.pages {
            return None;
        }
        let high = position.checked_sub(page)?;
        if width == 0 {
            return Some(high);
        }
        let bit = page * u64::from(width);
        let (word, shift) = (bit / 64, bit % 64);
        let start = self.layout.low_start + 8 * word;
        let mut low = self.word(start)? >> shift;
        if shift + u64::from(width) > 64 {
            low |= self.word(start + 8)? << (64 - shift);
        }
        Some(high << width | (low & ((1 << width) - 1)))
    }

    /// Number of adjacent ones from `position` on.
    #[inline]
    pub(super) fn ones_from(&self, position: u64) -> Option<u64> {
        let end = self.layout.upper_bits;
        if position >= end {
            return Some(0);
        }
        let mut index = position / 64;
        let mut zeros = !self.upper_word(index)? & (u64::MAX << (position % 64));
        while zeros == 0 {
            index += 1;
            if 64 * index >= end {
                return Some(end - position);
            }
            zeros = !self.upper_word(index)?;
        }
        Some((64 * index + u64::from(zeros.trailing_zeros())).min(end) - position)
    }

    /// Number of adjacent ones directly before `position`.
    #[inline]
    pub(super) fn ones_before(&self, position: u64) -> Option<u64> {
        let Some(last) = position.checked_sub(1) else {
            return Some(0);
        };
        let mut index = last / 64;
        let mut zeros = !self.upper_word(index)? & (u64::MAX >> (63 - last % 64));
        while zeros == 0 {
            let Some(before) = index.checked_sub(1) else {
                return Some(position);
            };
            index = before;
            zeros = !self.upper_word(index)?;
        }
        Some(last - (64 * index + 63 - u64::from(zeros.leading_zeros())))
    }

    /// Position of the first one at `position` or behind.
    #[inline]
    pub(super) fn next_one(&self, position: u64) -> Option<u64> {
        let mut index = position / 64;
        let mut word = self.upper_word(index)? & (u64::MAX << (position % 64));
        while word == 0 {
            index += 1;
            word = self.upper_word(index)?;
        }
        Some(64 * index + u64::from(word.trailing_zeros()))
    }

    /// Position of the last one before `position`.
    #[inline]
    pub(super) fn previous_one(&self, position: u64) -> Option<u64> {
        let position = position.checked_sub(1)?;
        let mut index = position / 64;
        let mut word = self.upper_word(index)? & (u64::MAX >> (63 - position % 64));
        while word == 0 {
            index = index.checked_sub(1)?;
            word = self.upper_word(index)?;
        }
        Some(64 * index + 63 - u64::from(word.leading_zeros()))
    }

    /// Position of the zero of this rank, from 0.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn select_zero(&self, rank: u64) -> Option<u64> {
        let position = self.word(8 * (rank / ZEROS_PER_SAMPLE))?;
        let mut rank = rank % ZEROS_PER_SAMPLE;
        let start = position / 64 * 64;
        let mut upper = self.upper_words(start / 8)?.iter();
        let mut zeros = !u64::from_le_bytes(*upper.next()?) & (u64::MAX << (position % 64));
        let mut passed = 0;
        loop {
            let count = u64::from(zeros.count_ones());
            if rank < count {
                return Some(start + passed + select(zeros, rank));
            }
            rank -= count;
            passed += 64;
            zeros = !u64::from_le_bytes(*upper.next()?);
        }
    }

    /// The upper words from their byte `offset` on.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn upper_words(&self, offset: u64) -> Option<&[[u8; 8]]> {
        let start = usize::try_from(self.layout.upper_start.checked_add(offset)?).ok()?;
        let end = usize::try_from(self.layout.low_start).ok()?;
        Some(self.bytes.as_ref().get(start..end)?.as_chunks().0)
    }

    /// Position of the one of this rank, from 0.
    pub(super) fn select_one(&self, rank: u64) -> Option<u64> {
        // A sample is the position of a zero: the number of ones before it is that position minus the number of zeros before it.
        let samples = self.layout.upper_start / 8;
        let (mut low, mut high) = (0, samples);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.word(8 * middle)?.checked_sub(middle * ZEROS_PER_SAMPLE)? {
                ones if ones <= rank => low = middle,
                _ => high = middle,
            }
        }
        let position = match low {
            0 => 0,
            _ => self.word(8 * low)?,
        };
        let mut rank = rank.checked_sub(position.checked_sub(low * ZEROS_PER_SAMPLE)?)?;
        let mut index = position / 64;
        let mut ones = self.upper_word(index)? & (u64::MAX << (position % 64));
        loop {
            let count = u64::from(ones.count_ones());
            if rank < count {
                return Some(64 * index + select(ones, rank));
            }
            rank -= count;
            index += 1;
            ones = self.upper_word(index)?;
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn upper_word(&self, index: u64) -> Option<u64> {
        let start = self.layout.upper_start.checked_add(index.checked_mul(8)?)?;
        if start < self.layout.low_start {
            self.word(start)
        } else {
            None
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn word(&self, start: u64) -> Option<u64> {
        let bytes = self.bytes.as_ref().get(usize::try_from(start).ok()?..)?;
        bytes.first_chunk().copied().map(u64::from_le_bytes)
    }
}
