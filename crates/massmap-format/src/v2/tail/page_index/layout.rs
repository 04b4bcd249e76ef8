//! The layout of a page index: samples, upper bits, low bits.

/// A sample, which is a position in the upper bits, is stored for every so many zeros.
pub(super) const ZEROS_PER_SAMPLE: u64 = 256;

/// The layout of an index. Follows from the numbers of pages and bins alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) pages: u64,
    pub(super) bins: u64,
    /// Number of low bits of each first bin, which are stored as they are.
    pub(super) low_bits: u32,
    /// Number of upper bits: a one for each page, and a zero for each possible high part of a first bin.
    pub(super) upper_bits: u64,
    /// Position of the upper words, behind the samples, in bytes.
    pub(super) upper_start: u64,
    /// Position of the low words, in bytes.
    pub(super) low_start: u64,
    /// Length of the index, in bytes.
    pub(super) length: u64,
}

impl Layout {
    /// The layout for `pages` pages, at least 1, over `bins` bins.
    pub(super) fn new(pages: u64, bins: u64) -> Option<Self> {
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
