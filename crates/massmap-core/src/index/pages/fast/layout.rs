//! What the single pages of a file have in common.

use massmap_format::{EntryLayout, EntryWidths, PageLayout};

use crate::block::slots::LINE_WORDS;
use crate::codec::EntryCodec;
use crate::codec::fixed::ShortKeys;

/// The longest entries of which several are compared at once, in bytes: few enough cache lines, and no more than what comes behind
/// the pages of any file.
const LONGEST_AT_ONCE: u32 = 64;

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
    /// Length of the parts that have checksums of their own.
    pub(super) part_length: usize,
    pub(super) entries: EntryLayout,
    /// The keys and widths of short entries of fixed width, if keys are numbers or short arrays of bytes.
    pub(super) short: Option<(ShortKeys, EntryWidths)>,
    /// Length of all entries of a page, on average, in bytes.
    pub(super) mean_length: u32,
}

impl FastLayout {
    /// Of the pages with this layout, whose entries `codec` reads if they have a fixed width, and take `mean_length` bytes on average.
    /// `None` if directories are longer than a line, or ends take four bytes.
    pub(crate) fn new(layout: PageLayout, codec: Option<&EntryCodec>, mean_length: u32) -> Option<Self> {
        let page_size = layout.page_size();
        let words = layout.directory_words();
        let entries_start = usize::try_from(layout.entries_start(page_size.into())).ok()?;
        let room = (page_size as usize).checked_sub(entries_start)?;
        let each = match layout.entries() {
            EntryLayout::Fixed(widths) => widths.entry() as usize,
            EntryLayout::Variable | EntryLayout::Compressed if page_size > MOST_FOR_SHORT_ENDS => {
                return None;
            }
            EntryLayout::Variable | EntryLayout::Compressed => layout.entries().end_width(page_size.into()),
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
            part_length: page_size as usize / layout.part_count().max(1) as usize,
            entries: layout.entries(),
            short: match layout.entries() {
                EntryLayout::Fixed(widths) if widths.entry() <= LONGEST_AT_ONCE => {
                    codec.and_then(|codec| Some((codec.key.short_keys()?, widths)))
                }
                _ => None,
            },
            mean_length,
        })
    }
}
