//! Decoding runs of pages in memory.

use super::directory::Directory;
use super::entry_layout::EntryLayout;
use super::page_layout::{HEADER_LENGTH, PageLayout};
use crate::{FormatError, RawEntry};

/// A decoded run of pages; most runs are a single page.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    bytes: &'a [u8],
    /// Number of entries.
    count: u32,
    /// Length of the directory, in bytes.
    directory_length: usize,
    /// Position of the first entry.
    entries_start: usize,
    layout: PageLayout,
    /// Number of bytes of an entry's end. The ends come last, that of the first entry behind all others.
    width: usize,
}

impl Page<'_> {
    /// Number of bytes before the directory: checksum and number of entries.
    pub const HEADER_LENGTH: usize = HEADER_LENGTH;
}

impl<'a> Page<'a> {
    /// Decodes the bytes of a run, in a file with this layout. Checks that its directory and its ends fit, and its entries if they
    /// have a fixed width; checks neither the checksum nor what the directory says.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageDirectory`] if the run is too short for its number of entries.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn decode(bytes: &'a [u8], layout: PageLayout) -> Result<Self, FormatError> {
        match Self::split(bytes, layout) {
            Some(page) => Ok(page),
            None => Err(FormatError::PageDirectory { length: bytes.len() }),
        }
    }

    // A function rather than a closure: the result of a closure would be passed through memory.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn split(bytes: &'a [u8], layout: PageLayout) -> Option<Self> {
        let length = bytes.len() as u64;
        let (header, _) = bytes.split_first_chunk::<HEADER_LENGTH>()?;
        let [_, _, _, _, count @ ..] = *header;
        let count = u32::from_le_bytes(count);
        let directory_length = layout.directory_length(length);
        let width = layout.entries().end_width(length);
        // What the run has for each entry, whose place does not depend on others.
        let each = match layout.entries() {
            EntryLayout::Fixed(widths) => u64::from(widths.entry()),
            EntryLayout::Variable | EntryLayout::Compressed => width as u64,
        };
        let entries_start = layout.entries_start(length);
        let room = length.checked_sub(entries_start)?;
        // There is at least one slot.
        if u64::from(count) >= 8 * directory_length || u64::from(count) * each > room {
            return None;
        }
        Some(Self {
            bytes,
            count,
            directory_length: usize::try_from(directory_length).ok()?,
            entries_start: usize::try_from(entries_start).ok()?,
            layout,
            width,
        })
    }

    /// The bytes of the run.
    #[must_use]
    #[inline]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The layout of the runs of the file.
    #[must_use]
    #[inline]
    pub const fn layout(&self) -> PageLayout {
        self.layout
    }

    /// Length of the run, in bytes.
    #[must_use]
    pub const fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// Number of entries.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether the run has no entries.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The directory, which says in which slot each entry is.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn directory(&self) -> Directory<'a> {
        let end = HEADER_LENGTH + self.directory_length;
        let bytes = self.bytes.get(HEADER_LENGTH..end).unwrap_or_default();
        Directory::new(bytes.as_chunks().0, self.count)
    }

    /// The entry with this index, from 0.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageEntry`] if there is no such entry, if its bytes lie outside the run, or if they are not exactly two
    /// MessagePack values (unless entries have a fixed width).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn entry(&self, index: usize) -> Result<RawEntry<'a>, FormatError> {
        match self
            .entry_bytes(index)
            .and_then(|bytes| self.layout.entries().split(bytes))
        {
            Some(entry) => Ok(entry),
            None => Err(FormatError::PageEntry { index }),
        }
    }

    /// The bytes of the entry with this index, its key and its value, unchecked.
    ///
    /// `None` if there is no such entry, or its bytes lie outside the run.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn entry_bytes(&self, index: usize) -> Option<&'a [u8]> {
        if let EntryLayout::Fixed(widths) = self.layout.entries() {
            if index >= self.len() {
                return None;
            }
            let length = widths.entry() as usize;
            // Cannot overflow: all entries lie in the run, as was checked.
            let start = self.entries_start + index * length;
            return self.bytes.get(start..start + length);
        }
        let end = self.end(index)?;
        let start = match index {
            0 => self.entries_start,
            _ => self.end(index - 1)?,
        };
        let entries = self.bytes.get(..self.ends_start())?;
        entries.get(start..end).filter(|_| start >= self.entries_start)
    }

    /// The stored end of the entry with this index.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end(&self, index: usize) -> Option<usize> {
        // Cannot overflow: there are fewer than 2^32 entries, and their ends lie in the run.
        let end = self.bytes.len() - index.min(self.len()) * self.width;
        let stored = self.bytes.get(self.ends_start()..end)?;
        if self.width == 2 {
            let (_, bytes) = stored.split_last_chunk()?;
            Some(u16::from_le_bytes(*bytes).into())
        } else {
            let (_, bytes) = stored.split_last_chunk()?;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        }
    }

    /// Position of the ends, or the length of the run if it has none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    const fn ends_start(&self) -> usize {
        // Cannot overflow, as was checked.
        self.bytes.len() - self.len() * self.width
    }

    /// The bytes between the last entry and the ends, or the end of the run if it has no ends. They must be zero.
    #[must_use]
    pub fn padding(&self) -> &'a [u8] {
        let end = match (self.layout.entries(), self.len().checked_sub(1)) {
            (EntryLayout::Fixed(widths), _) => self.entries_start + self.len() * widths.entry() as usize,
            (EntryLayout::Variable | EntryLayout::Compressed, Some(last)) => {
                self.end(last).unwrap_or(self.entries_start)
            }
            (EntryLayout::Variable | EntryLayout::Compressed, None) => self.entries_start,
        };
        self.bytes.get(end..self.ends_start()).unwrap_or_default()
    }
}
