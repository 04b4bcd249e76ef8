//! The page index, `FORMAT.md` section 2.5: the first bin of each page, as Elias and Fano encode a sorted sequence.
//!
//! Used in the layout in which it is stored. Source: P. Elias, "Efficient storage and retrieval by content and address
//! of static files", 1974; R. Fano, "On the number of bits required to implement an associative memory", 1971.

use crate::FormatError;

mod bits;
mod encode;
mod walk;
mod window;

use bits::select;
pub use encode::{encode_page_index, stream_page_index};
pub use walk::PageRuns;

/// A position in the upper bits is stored for every so many zeros.
const ZEROS_PER_SAMPLE: u64 = 256;

/// Where the three parts of an index lie; follows from the numbers of pages and bins alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    pages: u64,
    bins: u64,
    /// How many bits of each first bin are stored as they are.
    low_bits: u32,
    /// Number of upper bits: a one for each page, a zero for each value that the rest of a first bin can take.
    upper_bits: u64,
    /// Where the upper words begin, behind the samples; in bytes.
    upper_start: u64,
    /// Where the low words begin; in bytes.
    low_start: u64,
    /// Length of the whole, in bytes.
    length: u64,
}

impl Layout {
    /// The layout for `pages` pages, at least 1, over `bins` bins.
    fn new(pages: u64, bins: u64) -> Option<Self> {
        let low_bits = bins.checked_div(pages)?.checked_ilog2().unwrap_or(0);
        let zeros = (bins >> low_bits).checked_add(1)?;
        let upper_bits = pages.checked_add(zeros)?;
        let samples = zeros.div_ceil(ZEROS_PER_SAMPLE);
        let upper_start = samples.checked_mul(8)?;
        let low_start = upper_start.checked_add(upper_bits.div_ceil(64).checked_mul(8)?)?;
        let low_words = pages.checked_mul(u64::from(low_bits))?.div_ceil(64);
        let length = low_start.checked_add(low_words.checked_mul(8)?)?;
        Some(Self {
            pages,
            bins,
            low_bits,
            upper_bits,
            upper_start,
            low_start,
            length,
        })
    }
}

/// A run of whole pages that is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRun {
    /// Number of its first page, from 0.
    pub first_page: u64,
    /// How many pages it has, at least 1.
    pub pages: u64,
    /// The first bin whose entries it holds.
    pub first_bin: u64,
    /// 1 + the last bin whose entries it holds.
    pub end_bin: u64,
}

/// Which page holds which bins.
///
/// Each page has a first bin; the pages of a run share theirs. A damaged index gives errors, never a page or bin out of
/// range.
#[derive(Debug, Clone)]
pub struct PageIndex<B> {
    bytes: B,
    layout: Layout,
}

impl<B> PageIndex<B> {
    /// The same index with its bytes elsewhere: `bytes` must hold the same. If they do not, the index is damaged.
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
    /// Takes `bytes` for the index of `pages` pages over `bins` bins. Looks at nothing but their length.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageIndexLength`] if an index of so many pages and bins has another length.
    pub fn new(bytes: B, pages: u64, bins: u64) -> Result<Self, FormatError> {
        let length = bytes.as_ref().len() as u64;
        let layout = Layout::new(pages, bins).filter(|layout| layout.length == length);
        match layout {
            Some(layout) => Ok(Self { bytes, layout }),
            None => Err(FormatError::PageIndexLength { length, pages, bins }),
        }
    }

    /// The run of pages that holds the entries of `bin`.
    ///
    /// # Errors
    ///
    /// [`FormatError::BinNotIndexed`] if the index is damaged.
    #[inline(always)]
    pub fn run_of_bin(&self, bin: u64) -> Result<PageRun, FormatError> {
        match self.run_in_window(bin).or_else(|| self.find(bin)) {
            Some(run) => Ok(run),
            None => Err(FormatError::BinNotIndexed { bin }),
        }
    }

    /// The same as [`run_of_bin`](Self::run_of_bin), `None` if the index is damaged.
    #[inline(never)]
    fn find(&self, bin: u64) -> Option<PageRun> {
        let Layout {
            pages,
            bins,
            low_bits,
            ..
        } = self.layout;
        let high = bin >> low_bits;
        // Behind the zeros of the lower high parts lie the ones of this one, side by side; each one is a page.
        let mut position = match high {
            0 => 0,
            _ => self.select_zero(high - 1)? + 1,
        };
        let mut behind = position.checked_sub(high)?;
        let group = self.ones_from(position)?;
        let begun = self.count_pages(behind, position, group, |first_bin| first_bin <= bin)?;
        position += begun;
        behind += begun;
        // `behind` is the number of pages that begin at `bin` or before, and the first page that begins behind it.
        let end_bin = match self.next_one(position) {
            Some(position) => self.first_bin(behind, position)?,
            None => bins,
        };
        let last_page = behind.checked_sub(1)?;
        position = self.previous_one(position)?;
        let first_bin = self.first_bin(last_page, position)?;
        // Pages with the same first bin have their ones side by side as well.
        let group = self.ones_before(position)?.min(last_page);
        let (page, position) = (last_page - group, position - group);
        let first_page = page + self.count_pages(page, position, group, |before| before < first_bin)?;
        let run = PageRun {
            first_page,
            pages: behind - first_page,
            first_bin,
            end_bin,
        };
        (behind <= pages && first_bin <= bin && bin < end_bin && end_bin <= bins).then_some(run)
    }

    /// The first bin of `page`, that of all pages of its run.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged or has no such page.
    pub fn first_bin_of_page(&self, page: u64) -> Result<u64, FormatError> {
        self.select_one(page)
            .and_then(|position| self.first_bin(page, position))
            .ok_or(FormatError::PageNotIndexed { page })
    }

    /// The run that `page` belongs to.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged or has no such page.
    pub fn run_of_page(&self, page: u64) -> Result<PageRun, FormatError> {
        self.find(self.first_bin_of_page(page)?)
            .filter(|run| (run.first_page..run.first_page + run.pages).contains(&page))
            .ok_or(FormatError::PageNotIndexed { page })
    }

    /// How many of the `count` pages from `page` on, whose ones lie side by side from `position` on, have a first bin
    /// for which `holds`. It holds for the first so many of them.
    #[inline]
    fn count_pages(&self, page: u64, position: u64, count: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
        // A binary search: a large run has thousands of pages, and its neighbours must not pay for them.
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.first_bin(page + middle, position + middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// The first bin of `page`, whose one is at `position` of the upper bits.
    #[inline]
    fn first_bin(&self, page: u64, position: u64) -> Option<u64> {
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

    /// How many ones lie side by side from `position` on, up to the end of the upper bits.
    #[inline]
    fn ones_from(&self, position: u64) -> Option<u64> {
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

    /// How many ones lie side by side directly before `position`.
    #[inline]
    fn ones_before(&self, position: u64) -> Option<u64> {
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
    fn next_one(&self, position: u64) -> Option<u64> {
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
    fn previous_one(&self, position: u64) -> Option<u64> {
        let position = position.checked_sub(1)?;
        let mut index = position / 64;
        let mut word = self.upper_word(index)? & (u64::MAX >> (63 - position % 64));
        while word == 0 {
            index = index.checked_sub(1)?;
            word = self.upper_word(index)?;
        }
        Some(64 * index + 63 - u64::from(word.leading_zeros()))
    }

    /// Position of the zero number `rank`, from 0.
    #[inline(always)]
    fn select_zero(&self, rank: u64) -> Option<u64> {
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

    /// The upper words from the byte `offset` of them on.
    #[inline(always)]
    fn upper_words(&self, offset: u64) -> Option<&[[u8; 8]]> {
        let start = usize::try_from(self.layout.upper_start.checked_add(offset)?).ok()?;
        let end = usize::try_from(self.layout.low_start).ok()?;
        Some(self.bytes.as_ref().get(start..end)?.as_chunks().0)
    }

    /// Position of the one number `rank`, from 0.
    fn select_one(&self, rank: u64) -> Option<u64> {
        // A sample is the position of a zero: the ones before it are its position less the zeros before it.
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

    #[inline(always)]
    fn upper_word(&self, index: u64) -> Option<u64> {
        let start = self.layout.upper_start.checked_add(index.checked_mul(8)?)?;
        if start < self.layout.low_start {
            self.word(start)
        } else {
            None
        }
    }

    #[inline(always)]
    fn word(&self, start: u64) -> Option<u64> {
        let bytes = self.bytes.as_ref().get(usize::try_from(start).ok()?..)?;
        bytes.first_chunk().copied().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests;
