//! What pages a file gets, from the sum of its entries.

use massmap_format::{EntryLayout, FormatError, MIN_PAGE_SIZE, PageLayout};

use super::entries_size::EntriesSize;

/// Default page size, in bytes: that of a page of memory, and the least that disks read. Pages of smaller entries are smaller, so
/// that their directories lie in the first cache line.
pub const DEFAULT_PAGE_SIZE: u32 = 4096;

/// Number of bins a page. Fewer make pages less full, more make the index larger. With 64 and small entries, 1 to 2 % of each page
/// stay empty, and the index takes 9.25 bits a page.
const BINS_PER_PAGE: u64 = 64;

/// Number of words of a directory that lies in the first cache line of its page.
const WORDS_OF_A_LINE: u64 = 7;

/// The layout of the pages of a file with `entries`, which lie in runs as `layout` says. `page_size` is the number of bytes of a page
/// that was chosen, if one was.
///
/// It follows from these alone. So files with the same entries have the same pages, whether they were built at once or merged.
///
/// # Errors
///
/// [`FormatError::PageSize`] if no file has pages of the chosen size.
pub fn page_layout(
    entries: EntriesSize,
    layout: EntryLayout,
    page_size: Option<u32>,
) -> Result<PageLayout, FormatError> {
    let page_size = page_size.unwrap_or_else(|| best_page_size(entries, layout));
    // Of other sizes, nothing can be computed.
    PageLayout::new(layout, page_size, 1)?;
    PageLayout::new(layout, page_size, directory_words(entries, layout, page_size))
}

/// The size of the pages: the least in which a single page holds all entries, so that small files and shards are small, or else the
/// largest whose directory lies in its first cache line.
fn best_page_size(entries: EntriesSize, layout: EntryLayout) -> u32 {
    let sizes = || (MIN_PAGE_SIZE.ilog2()..=DEFAULT_PAGE_SIZE.ilog2()).map(|bits| 1 << bits);
    let has_line = |size: &u32| u64::from(directory_words(entries, layout, *size)) <= WORDS_OF_A_LINE;
    sizes()
        .find(|size| fit_in_a_page(entries, layout, *size))
        .or_else(|| sizes().rev().find(has_line))
        .unwrap_or(MIN_PAGE_SIZE)
}

/// Whether all entries fit in one page, behind a directory that takes the rest of its first line.
fn fit_in_a_page(entries: EntriesSize, layout: EntryLayout, page_size: u32) -> bool {
    let room = room(page_size) - 8 * WORDS_OF_A_LINE;
    length_with_ends(entries, layout, page_size) <= room && entries.count < 64 * WORDS_OF_A_LINE
}

/// Number of bytes of a page for the directory and the entries: without its header and the checksums of its parts.
fn room(page_size: u32) -> u64 {
    u64::from(page_size) - 8 - 4 * u64::from(PageLayout::part_count_of(page_size))
}

/// Number of words of a page's directory.
///
/// A slot has 4/3 of an entry on average, in a directory of 7/4 bits an entry. Fewer bits make lookups compare more keys, and more
/// take space. If all entries fit in one page, its first line is the directory, since there is room.
fn directory_words(entries: EntriesSize, layout: EntryLayout, page_size: u32) -> u32 {
    let most = u64::from(PageLayout::most_directory_words(page_size));
    if fit_in_a_page(entries, layout, page_size) {
        return u32::try_from(WORDS_OF_A_LINE.min(most)).unwrap_or(1);
    }
    // With w words, a page has n = (room - 8 w) / mean entries, and w = 7/4 n / 64. So w = 7 room / (256 mean + 56), and the mean is
    // length / count.
    let room = room(page_size);
    let length = u128::from(length_with_ends(entries, layout, page_size));
    let count = u128::from(entries.count);
    let words = (7 * u128::from(room) * count).div_ceil((256 * length + 56 * count).max(1));
    u32::try_from(words.clamp(1, most.into())).unwrap_or(1)
}

/// Number of bins of all hashes, at least 1, for a file with `entries` in pages of this layout. The hashes of the entries are in one of
/// `shards` equal ranges, at least 1.
#[must_use]
pub fn bins(entries: EntriesSize, layout: PageLayout, shards: u32) -> u64 {
    let page_size = layout.page_size();
    let directory = layout.directory_length(page_size.into());
    // A directory has room for less than a bit an entry.
    let by_length =
        length_with_ends(entries, layout.entries(), page_size).div_ceil(room(page_size) - directory);
    let by_count = entries.count.div_ceil(8 * directory - 1);
    by_length
        .max(by_count)
        .max(1)
        .saturating_mul(BINS_PER_PAGE)
        .saturating_mul(shards.max(1).into())
}

/// Length of the entries with their ends, in runs of one page, in bytes.
fn length_with_ends(entries: EntriesSize, layout: EntryLayout, page_size: u32) -> u64 {
    let end_width = layout.end_width(page_size.into()) as u64;
    entries
        .length
        .saturating_add(entries.count.saturating_mul(end_width))
}

#[cfg(test)]
mod tests {
    use massmap_format::{EntryWidths, MAX_PAGE_SIZE};

    use super::*;

    /// The layout of the pages for so many entries of a key of `width` bytes and no value.
    fn layout_of(count: u64, width: u32, page_size: Option<u32>) -> PageLayout {
        let (entries, layout) = records(count, width);
        page_layout(entries, layout, page_size).unwrap()
    }

    fn records(count: u64, width: u32) -> (EntriesSize, EntryLayout) {
        let length = count * u64::from(width);
        let widths = EntryWidths::new(width, 0).unwrap();
        (EntriesSize { count, length }, EntryLayout::Fixed(widths))
    }

    #[test]
    fn directories_have_about_seven_bits_for_four_entries() {
        for (length, page_size, words) in [
            (16, 4096, 7),
            (18, 4096, 7),
            (24, 4096, 5),
            (124, 4096, 1),
            (4000, 4096, 1),
            (5, 1024, 6),
            (2, 512, 7),
            (1, 512, 8),
            (16, 65_536, 111),
            (1, 1 << 20, 16_384),
        ] {
            let layout = layout_of(1_000_000, length, Some(page_size));
            assert_eq!(layout.directory_words(), words, "{length} {page_size}");
            let room = u64::from(page_size) - 8 - 8 * u64::from(words);
            assert!(
                room / u64::from(length) < 64 * u64::from(words),
                "{length} {page_size}"
            );
        }
    }

    #[test]
    fn pages_of_smaller_entries_are_smaller() {
        for (length, page_size) in [
            (1, 512),
            (2, 512),
            (4, 1024),
            (5, 1024),
            (8, 2048),
            (9, 2048),
            (15, 2048),
            (16, 4096),
            (4000, 4096),
        ] {
            let layout = layout_of(1_000_000, length, None);
            assert_eq!(layout.page_size(), page_size, "{length}");
        }
    }

    #[test]
    fn a_page_of_all_entries_is_as_small_as_it_can_be() {
        for (count, length, page_size) in [
            (0, 1, 512),
            (1, 448, 512),
            (1, 449, 1024),
            (224, 2, 512),
            (225, 2, 1024),
            (447, 2, 1024),
            (59, 16, 1024),
            (60, 16, 2048),
            (250, 16, 4096),
            (251, 16, 4096),
        ] {
            let layout = layout_of(count, length, None);
            assert_eq!(layout.page_size(), page_size, "{count} {length}");
        }
    }

    #[test]
    fn a_single_page_has_a_line_of_directory() {
        for (count, length) in [(0, 1), (1, 1), (1, 4000), (2, 2000), (447, 2)] {
            assert_eq!(layout_of(count, length, None).directory_words(), 7);
        }
        assert_eq!(layout_of(0, 1, Some(512)).directory_words(), 7);
        assert_eq!(layout_of(1, 4001, None).directory_words(), 1);
    }

    #[test]
    fn there_are_64_bins_a_page_and_as_many_times_more_as_shards() {
        let (entries, layout) = records(1_000_000, 16);
        let layout = page_layout(entries, layout, None).unwrap();
        // 16 × 10^6 / (4096 − 64 − 32).
        assert_eq!(bins(entries, layout, 1), 4000 * 64);
        assert_eq!(bins(entries, layout, 10), 4000 * 640);
    }

    #[test]
    fn any_numbers_give_a_layout_and_bins_or_an_error() {
        let numbers = [0, 1, 5, 1 << 40, u64::MAX];
        for (count, length) in numbers
            .into_iter()
            .flat_map(|count| numbers.map(|length| (count, length)))
        {
            let entries = EntriesSize { count, length };
            for page_size in [None, Some(MIN_PAGE_SIZE), Some(MAX_PAGE_SIZE)] {
                let layout = page_layout(entries, EntryLayout::Variable, page_size).unwrap();
                assert!(bins(entries, layout, u32::MAX) >= 64);
                assert!(bins(entries, layout, 0) >= 64);
            }
            for page_size in [0, 8, 513, MAX_PAGE_SIZE + 1, u32::MAX] {
                let error = page_layout(entries, EntryLayout::Variable, Some(page_size)).unwrap_err();
                assert!(matches!(error, FormatError::PageSize { .. }), "{error}");
            }
        }
    }
}
