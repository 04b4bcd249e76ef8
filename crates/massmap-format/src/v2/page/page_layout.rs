//! The layout of the runs of a file, `FORMAT.md` section 2.4.

use super::entry_layout::EntryLayout;
use crate::FormatError;

/// Smallest page, in bytes.
pub const MIN_PAGE_SIZE: u32 = 512;
/// Largest page, in bytes.
pub const MAX_PAGE_SIZE: u32 = 1 << 20;

/// Length of the header of a run, in bytes: checksum and number of entries.
pub(super) const HEADER_LENGTH: usize = 8;

/// The least number of bytes of a part of a page that has a checksum of its own.
const LEAST_PART: u32 = 512;

/// The most parts of a run. Their checksums take 32 bytes, half a cache line.
const MOST_PARTS: u32 = 8;

/// The longest run, in bytes.
const LONGEST_RUN: u64 = u32::MAX as u64;

/// What all runs of a file have in common, from [`PagedHeader::page_layout`](crate::PagedHeader::page_layout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLayout {
    /// How the entries lie in a run.
    entries: EntryLayout,
    /// The binary logarithm of the page size.
    page_bits: u32,
    directory_words: u32,
}

impl PageLayout {
    /// The layout of runs whose pages take `page_size` bytes, with a directory of so many words of 64 bits for each of them.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageSize`] or [`FormatError::DirectoryWords`] if files cannot have such pages.
    pub fn new(entries: EntryLayout, page_size: u32, directory_words: u32) -> Result<Self, FormatError> {
        if !page_size.is_power_of_two() || !(MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(&page_size) {
            return Err(FormatError::PageSize { page_size });
        }
        if !(1..=Self::most_directory_words(page_size)).contains(&directory_words) {
            return Err(FormatError::DirectoryWords {
                directory_words,
                page_size,
            });
        }
        Ok(Self {
            entries,
            page_bits: page_size.trailing_zeros(),
            directory_words,
        })
    }

    /// The most words in the directory of a page of this size: an eighth of it, so that a run has less than 2³² slots.
    #[must_use]
    pub const fn most_directory_words(page_size: u32) -> u32 {
        page_size / 64
    }

    /// How the entries lie in a run.
    #[must_use]
    #[inline]
    pub const fn entries(&self) -> EntryLayout {
        self.entries
    }

    /// Size of a page, in bytes.
    #[must_use]
    #[inline]
    pub const fn page_size(&self) -> u32 {
        1 << self.page_bits
    }

    /// Number of words in the directory of a page.
    #[must_use]
    #[inline]
    pub const fn directory_words(&self) -> u32 {
        self.directory_words
    }

    /// Number of bytes of the directory of a run of `run_length` bytes.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn directory_length(&self, run_length: u64) -> u64 {
        // At most an eighth of the length.
        8 * self.directory_words as u64 * (run_length >> self.page_bits)
    }

    /// Number of parts of a run that have checksums of their own.
    #[must_use]
    #[inline]
    pub const fn part_count(&self) -> u32 {
        Self::part_count_of(self.page_size())
    }

    /// The same, for pages of this size: none if they are as short as a part.
    #[must_use]
    pub const fn part_count_of(page_size: u32) -> u32 {
        match page_size / LEAST_PART {
            0 | 1 => 0,
            more if more > MOST_PARTS => MOST_PARTS,
            parts => parts,
        }
    }

    /// Number of bytes of the checksums of parts in a run.
    pub(super) const fn part_checksums_length(&self) -> u64 {
        4 * self.part_count() as u64
    }

    /// Where the first entry begins in a run of `run_length` bytes: behind the header, the directory and the checksums of parts.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn entries_start(&self, run_length: u64) -> u64 {
        HEADER_LENGTH as u64 + self.directory_length(run_length) + self.part_checksums_length()
    }

    /// Number of pages, at least 1, in a run of `count` entries of `length` bytes in total.
    ///
    /// `None` if a run cannot hold that much: it has at most 2³² − 1 bytes.
    #[must_use]
    #[inline]
    pub fn pages_needed(&self, count: u64, length: u64) -> Option<u64> {
        match self.is_one_page(count, length) {
            true => Some(1),
            false => self.pages_needed_by_more(count, length),
        }
    }

    /// Whether these entries fit in a single page. Takes no division.
    #[inline]
    fn is_one_page(&self, count: u64, length: u64) -> bool {
        let page_size = u64::from(self.page_size());
        let directory = self.directory_length(page_size);
        let end_width = self.entries.end_width(page_size) as u64;
        count < 8 * directory
            && length <= page_size
            && self.entries_start(page_size) + length + count * end_width <= page_size
    }

    fn pages_needed_by_more(&self, count: u64, length: u64) -> Option<u64> {
        let page_size = u64::from(self.page_size());
        let room = page_size - self.directory_length(page_size);
        // A directory of n bits has a zero behind the last entry, so that it is for less than n entries.
        let for_directory = count / (8 * self.directory_length(page_size)) + 1;
        let pages = |end_width: usize| {
            let bytes = count
                .checked_mul(end_width as u64)?
                .checked_add(length)?
                .checked_add(HEADER_LENGTH as u64 + self.part_checksums_length())?;
            Some(bytes.div_ceil(room).max(for_directory))
        };
        // The length of the run depends on the width of its ends, and the other way round.
        let least = self.entries.end_width(0);
        let short = pages(least)?;
        let needed = match self.entries.end_width(short.checked_mul(page_size)?) {
            same if same == least => short,
            more => pages(more)?,
        };
        needed
            .checked_mul(page_size)
            .is_some_and(|length| length <= LONGEST_RUN)
            .then_some(needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntryWidths;

    #[test]
    fn a_page_has_at_most_an_eighth_of_directory() {
        for page_size in [512, 4096, 1 << 20] {
            for words in [1, 7, page_size / 64] {
                let layout = PageLayout::new(EntryLayout::Variable, page_size, words).unwrap();
                assert_eq!((layout.page_size(), layout.directory_words()), (page_size, words));
                assert_eq!(layout.directory_length(page_size.into()), 8 * u64::from(words));
                assert_eq!(
                    layout.directory_length(3 * u64::from(page_size)),
                    24 * u64::from(words)
                );
            }
            for words in [0, page_size / 64 + 1, u32::MAX] {
                let error = PageLayout::new(EntryLayout::Variable, page_size, words).unwrap_err();
                assert!(
                    matches!(error, FormatError::DirectoryWords { directory_words, .. } if directory_words == words),
                    "{error}"
                );
            }
        }
        for page_size in [0, 256, 513, 1 << 21] {
            let error = PageLayout::new(EntryLayout::Variable, page_size, 1).unwrap_err();
            assert!(matches!(error, FormatError::PageSize { .. }), "{error}");
        }
    }

    #[test]
    fn bytes_or_the_number_of_entries_make_a_run_long() {
        let layout = |entries| PageLayout::new(entries, 512, 1).unwrap();
        let fixed = layout(EntryLayout::Fixed(EntryWidths::new(1, 1).unwrap()));
        // 64 bits are for 63 entries and one slot.
        for (count, pages) in [(0, 1), (63, 1), (64, 2), (127, 2), (128, 3)] {
            assert_eq!(fixed.pages_needed(count, 2 * count), Some(pages), "{count}");
        }
        let variable = layout(EntryLayout::Variable);
        for (count, length, pages) in [
            (1, 494, 1),
            (1, 495, 2),
            (10, 476, 1),
            (10, 477, 2),
            (63, 2000, 5),
        ] {
            assert_eq!(
                variable.pages_needed(count, length),
                Some(pages),
                "{count} {length}"
            );
        }
    }
}
