//! What the single pages of a file have in common.

use massmap_format::{EntryLayout, PageLayout};

use crate::block::slots::LINE_WORDS;

/// The most bytes of a page whose entries have ends of two bytes.
const MOST_FOR_SHORT_ENDS: u32 = 1 << 16;

/// What the single pages of a file have in common, worked out when it is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FastLayout {
    /// The binary logarithm of the page size.
    pub(super) page_bits: u32,
    pub(super) page_size: usize,
    /// Number of bits of a directory: entries and slots together.
    pub(super) directory_bits: u32,
    /// The most entries that a page has room for, in itself and in its directory.
    pub(super) most: u32,
    /// Where the first entry begins.
    pub(super) entries_start: usize,
    /// Number of bytes of an entry's end, 0 or 2.
    pub(super) end_width: usize,
    /// Length of the parts that have checksums of their own.
    pub(super) part_length: usize,
    pub(super) entries: EntryLayout,
}

impl FastLayout {
    /// Of the pages with this layout; `None` if their directories are longer than a line, or ends take four bytes.
    pub(crate) fn new(layout: PageLayout) -> Option<Self> {
        let page_size = layout.page_size();
        let words = layout.directory_words();
        let entries_start = usize::try_from(layout.entries_start(page_size.into())).ok()?;
        let room = (page_size as usize).checked_sub(entries_start)?;
        let end_width = layout.entries().end_width(page_size.into());
        let each = match layout.entries() {
            EntryLayout::Fixed(widths) => widths.entry() as usize,
            EntryLayout::Variable | EntryLayout::Compressed if page_size > MOST_FOR_SHORT_ENDS => {
                return None;
            }
            EntryLayout::Variable | EntryLayout::Compressed => end_width,
        };
        if words as usize > LINE_WORDS {
            return None;
        }
        let directory_bits = 64 * words;
        Some(Self {
            page_bits: page_size.trailing_zeros(),
            page_size: page_size as usize,
            directory_bits,
            // There is at least one slot.
            most: u32::try_from(room / each).ok()?.min(directory_bits - 1),
            entries_start,
            end_width,
            part_length: page_size as usize / layout.part_count().max(1) as usize,
            entries: layout.entries(),
        })
    }
}
