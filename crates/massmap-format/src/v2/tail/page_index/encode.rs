//! Encoding the page index.

use super::layout::{Layout, ZEROS_PER_SAMPLE};
use crate::FormatError;

/// Encodes the index of pages with these first bins, over `bins` bins.
///
/// # Errors
///
/// [`FormatError::FirstBins`] unless there is at least one page and the first bins begin with 0, are sorted, and are below
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

/// Encodes the index of `pages` pages over `bins` bins without holding it in memory.
///
/// `scan` calls its argument with the first bin of each page, in order. It is called three times, and must do the same each
/// time. `write` gets the encoded index piece by piece.
///
/// # Errors
///
/// Those of `scan` and `write`, and [`FormatError::FirstBins`] unless there is at least one page, and the first bins are
/// `pages` in number, begin with 0, are sorted, and are below `bins`.
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

    // The samples: for every `ZEROS_PER_SAMPLE` zeros, the position of the first of them.
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

    // The upper bits: a one for each page. The high part of its first bin is the number of zeros before it.
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

/// Writes words one after the other.
struct Words<F> {
    write: F,
    /// Number of `word`.
    number: u64,
    word: u64,
}

impl<E, F: FnMut(&[u8]) -> Result<(), E>> Words<F> {
    fn put(&mut self, word: u64) -> Result<(), E> {
        (self.write)(&word.to_le_bytes())
    }

    /// Writes the samples of the zeros from `zeros` up to `until`, all of them behind `ones` ones.
    fn put_samples(&mut self, zeros: &mut u64, until: u64, ones: u64) -> Result<(), E> {
        while *zeros < until {
            self.put(*zeros + ones)?;
            *zeros += ZEROS_PER_SAMPLE;
        }
        Ok(())
    }

    /// Sets the bits of `value` from `bit` on, behind all bits that were set before.
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

    /// Writes the rest of the words that `bits` bits take.
    fn end(&mut self, bits: u64) -> Result<(), E> {
        self.go_to(bits.div_ceil(64))
    }
}
