//! The page index, `FORMAT.md` section 2.5: the first bin of each page, as Elias and Fano encode a sorted sequence.
//!
//! Used in the layout in which it is stored. Source: P. Elias, "Efficient storage and retrieval by content and address
//! of static files", 1974; R. Fano, "On the number of bits required to implement an associative memory", 1971.

use crate::FormatError;

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
    /// [`FormatError::PageIndex`] if the index is damaged.
    #[inline]
    pub fn run_of_bin(&self, bin: u64) -> Result<PageRun, FormatError> {
        self.find(bin).ok_or(FormatError::PageIndex { bin })
    }

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

    /// The runs of pages from the first to the last. Ends early if the index is damaged; then the last run does not end
    /// where the pages do.
    pub fn runs(&self) -> impl Iterator<Item = PageRun> {
        let mut page = 0;
        let mut bin = 0;
        std::iter::from_fn(move || {
            if page >= self.layout.pages {
                return None;
            }
            let run = self.find(bin).filter(|run| run.first_page == page)?;
            page += run.pages;
            bin = run.end_bin;
            Some(run)
        })
    }

    /// The run that `page` belongs to.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if the index is damaged or has no such page.
    pub fn run_of_page(&self, page: u64) -> Result<PageRun, FormatError> {
        let first_bin = || self.first_bin(page, self.select_one(page)?);
        first_bin()
            .and_then(|bin| self.find(bin))
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
    #[inline]
    fn select_zero(&self, rank: u64) -> Option<u64> {
        let position = self.word(8 * (rank / ZEROS_PER_SAMPLE))?;
        let mut rank = rank % ZEROS_PER_SAMPLE;
        let mut index = position / 64;
        let mut zeros = !self.upper_word(index)? & (u64::MAX << (position % 64));
        while rank >= u64::from(zeros.count_ones()) {
            rank -= u64::from(zeros.count_ones());
            index += 1;
            zeros = !self.upper_word(index)?;
        }
        for _ in 0..rank {
            zeros &= zeros - 1;
        }
        Some(64 * index + u64::from(zeros.trailing_zeros()))
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
        while rank >= u64::from(ones.count_ones()) {
            rank -= u64::from(ones.count_ones());
            index += 1;
            ones = self.upper_word(index)?;
        }
        for _ in 0..rank {
            ones &= ones - 1;
        }
        Some(64 * index + u64::from(ones.trailing_zeros()))
    }

    #[inline]
    fn upper_word(&self, index: u64) -> Option<u64> {
        let start = self.layout.upper_start.checked_add(index.checked_mul(8)?)?;
        if start < self.layout.low_start {
            self.word(start)
        } else {
            None
        }
    }

    #[inline]
    fn word(&self, start: u64) -> Option<u64> {
        let bytes = self.bytes.as_ref().get(usize::try_from(start).ok()?..)?;
        bytes.first_chunk().copied().map(u64::from_le_bytes)
    }
}

/// Encodes the index of pages that begin at `first_bins`, over `bins` bins.
///
/// # Errors
///
/// [`FormatError::FirstBins`] unless there is at least one page, the first bins begin with 0, are sorted, and lie below
/// `bins`.
pub fn encode_page_index(first_bins: &[u64], bins: u64) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::new();
    stream_page_index(
        first_bins.len() as u64,
        bins,
        |page| first_bins.iter().try_for_each(|&bin| page(bin)),
        |words| {
            bytes.extend_from_slice(words);
            Ok(())
        },
    )?;
    Ok(bytes)
}

/// Encodes the index of `pages` pages over `bins` bins without having all of them in memory.
///
/// `scan` calls what it is given with the first bin of each page, in order; it does so anew each time it is called, which is
/// three times. `write` gets the encoded index piece by piece.
///
/// # Errors
///
/// Those of `scan` and `write`, and [`FormatError::FirstBins`] unless there is at least one page, the first bins are as
/// many as was said, begin with 0, are sorted, and lie below `bins`.
pub fn stream_page_index<E: From<FormatError>>(
    pages: u64,
    bins: u64,
    mut scan: impl FnMut(&mut dyn FnMut(u64) -> Result<(), E>) -> Result<(), E>,
    write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let invalid = || E::from(FormatError::FirstBins { pages, bins });
    let layout = Layout::new(pages, bins).ok_or_else(invalid)?;
    let width = layout.low_bits;
    let mut words = Words {
        write,
        number: 0,
        word: 0,
    };

    // The samples: for every so many zeros, where the first of them lies.
    let (mut page, mut last, mut zeros) = (0, None, 0u64);
    scan(&mut |bin| {
        if bin >= bins || last.map_or(bin > 0, |last| bin < last) {
            return Err(invalid());
        }
        words.put_samples(&mut zeros, bin >> width, page)?;
        last = Some(bin);
        page += 1;
        Ok(())
    })?;
    if page != pages {
        return Err(invalid());
    }
    words.put_samples(&mut zeros, (bins >> width) + 1, pages)?;

    // The upper bits: a one for each page, behind as many zeros as the high part of its first bin counts.
    words.number = 0;
    let mut page = 0;
    scan(&mut |bin| {
        words.set_bits((bin >> width) + page, 1)?;
        page += 1;
        Ok(())
    })?;
    words.end(layout.upper_bits)?;

    // The low bits of each first bin.
    words.number = 0;
    if width > 0 {
        let mut page = 0;
        scan(&mut |bin| {
            words.set_bits(page * u64::from(width), bin & ((1 << width) - 1))?;
            page += 1;
            Ok(())
        })?;
        words.end(pages * u64::from(width))?;
    }
    Ok(())
}

/// Words that are written one behind the other.
struct Words<F> {
    write: F,
    /// Which one `word` is.
    number: u64,
    word: u64,
}

impl<E, F: FnMut(&[u8]) -> Result<(), E>> Words<F> {
    fn put(&mut self, word: u64) -> Result<(), E> {
        (self.write)(&word.to_le_bytes())
    }

    /// Writes the samples of the zeros up to `until`, all of them behind `ones` ones; `zeros` is the first one without.
    fn put_samples(&mut self, zeros: &mut u64, until: u64, ones: u64) -> Result<(), E> {
        while *zeros < until {
            self.put(*zeros + ones)?;
            *zeros += ZEROS_PER_SAMPLE;
        }
        Ok(())
    }

    /// Sets the bits of `value` from `bit` on, behind all that were set before.
    fn set_bits(&mut self, bit: u64, value: u64) -> Result<(), E> {
        self.go_to(bit / 64)?;
        let shift = bit % 64;
        self.word |= value << shift;
        let rest = if shift > 0 { value >> (64 - shift) } else { 0 };
        if rest > 0 {
            self.go_to(bit / 64 + 1)?;
            self.word = rest;
        }
        Ok(())
    }

    fn go_to(&mut self, number: u64) -> Result<(), E> {
        while self.number < number {
            let word = std::mem::take(&mut self.word);
            self.put(word)?;
            self.number += 1;
        }
        Ok(())
    }

    /// Writes what is left of so many bits.
    fn end(&mut self, bits: u64) -> Result<(), E> {
        self.go_to(bits.div_ceil(64))
    }
}

#[cfg(test)]
mod tests;
