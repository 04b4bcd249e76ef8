//! Encoding runs of pages.

use super::directory::DirectoryEncoder;
use super::entry_layout::EntryLayout;
use super::page_layout::{HEADER_LENGTH, PageLayout};
use crate::slot_of;
use crate::v2::checksum::{crc32, page_tweak};

/// Appends a run of `pages` pages to `out`. `entries` gives the fraction (from [`fraction_of`](crate::fraction_of)) and the encoding
/// (key, then value) of each entry, in order. `first_page` is the number of the first page in the file `file_id`.
///
/// # Panics
///
/// Panics if the entries do not fit in the pages (see [`PageLayout::pages_needed`]), do not have the length that `layout` says, or
/// are not in the order of their fractions.
pub fn encode_run<'a>(
    entries: impl Iterator<Item = (u32, &'a [u8])> + Clone,
    layout: PageLayout,
    pages: u64,
    file_id: u64,
    first_page: u64,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "the entries fit the run";
    let length = pages.checked_mul(u64::from(layout.page_size())).expect(FITS);
    let width = layout.entries().end_width(length);
    let start = out.len();
    let directory = usize::try_from(layout.directory_length(length)).expect(FITS);
    out.resize(start + HEADER_LENGTH + directory, 0);
    let count = entries.clone().count();
    let slots = (8 * directory)
        .checked_sub(count)
        .filter(|slots| *slots > 0)
        .expect(FITS) as u64;
    let mut next = 0;
    for (index, (fraction, _)) in (0..).zip(entries.clone()) {
        let position = slot_of(fraction, slots) + index;
        assert!(
            position >= next,
            "the entries are in the order of their fractions"
        );
        next = position + 1;
        let byte = usize::try_from(position / 8).ok();
        let byte = byte.and_then(|byte| out.get_mut(start + HEADER_LENGTH + byte));
        *byte.expect(FITS) |= 1 << (position % 8);
    }
    let mut ends = Vec::new();
    for (_, entry) in entries {
        out.extend_from_slice(entry);
        match layout.entries() {
            EntryLayout::Variable => ends.push(u32::try_from(out.len() - start).expect(FITS)),
            EntryLayout::Fixed(widths) => {
                assert_eq!(
                    entry.len(),
                    widths.entry() as usize,
                    "entries of fixed width have one length"
                );
            }
        }
    }
    let end = start + usize::try_from(length).expect(FITS);
    let ends_start = end.checked_sub(width * count).expect(FITS);
    assert!(out.len() <= ends_start, "{FITS}");
    out.resize(ends_start, 0);
    for end in ends.iter().rev() {
        out.extend(end.to_le_bytes().iter().take(width));
    }
    let run = out.get_mut(start..).expect(FITS);
    let (checksum, rest) = run.split_first_chunk_mut().expect("a page is longer");
    let (entry_count, _) = rest.split_first_chunk_mut().expect("a page is longer");
    *entry_count = u32::try_from(count).expect(FITS).to_le_bytes();
    *checksum = (crc32(rest) ^ page_tweak(file_id, first_page)).to_le_bytes();
}

/// Encodes a run of pages whose entries do not fit in memory together.
///
/// The bytes of a run are, in this order: [`header`](Self::header); what [`directory`](Self::directory) encodes; key and value of
/// each entry; [`padding`](Self::padding) zeros; and [`encode_end`](Self::encode_end) of each entry, the last one first. All
/// except the header must also be passed to [`add`](Self::add), for the checksum.
#[derive(Debug, Clone)]
pub struct RunEncoder {
    count: u32,
    pages: u64,
    directory_length: u64,
    padding: u64,
    width: usize,
    checksum: crc32fast::Hasher,
}

impl RunEncoder {
    /// An encoder of `count` entries of `length` bytes in total, in as many pages as they need.
    ///
    /// `None` if a run cannot hold that much.
    #[must_use]
    pub fn new(layout: PageLayout, count: u64, length: u64) -> Option<Self> {
        let pages = layout.pages_needed(count, length)?;
        let run_length = pages.checked_mul(layout.page_size().into())?;
        let width = layout.entries().end_width(run_length);
        let directory_length = layout.directory_length(run_length);
        let ends = count.checked_mul(width as u64)?;
        let used = HEADER_LENGTH as u64 + directory_length + length + ends;
        let count = u32::try_from(count).ok()?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&count.to_le_bytes());
        Some(Self {
            count,
            pages,
            directory_length,
            padding: run_length.checked_sub(used)?,
            width,
            checksum,
        })
    }

    /// The header of the run. The checksum depends on all bytes behind the header; write any value until it is known.
    #[must_use]
    pub fn header(&self, checksum: u32) -> [u8; HEADER_LENGTH] {
        (u64::from(checksum) | u64::from(self.count) << 32).to_le_bytes()
    }

    /// Number of pages of the run.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// An encoder of the directory.
    #[must_use]
    pub const fn directory(&self) -> DirectoryEncoder {
        let slots = (8 * self.directory_length).saturating_sub(self.count as u64);
        DirectoryEncoder::new(self.directory_length / 8, slots)
    }

    /// Number of zeros behind the entries.
    #[must_use]
    pub const fn padding(&self) -> u64 {
        self.padding
    }

    /// Appends the stored end of an entry to `out`; nothing if entries have a fixed width. `end` is the total length of the entries
    /// up to and including this one.
    pub fn encode_end(&self, end: u64, out: &mut Vec<u8>) {
        let end = (HEADER_LENGTH as u64 + self.directory_length + end).to_le_bytes();
        out.extend(end.iter().take(self.width));
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.checksum.update(bytes);
    }

    /// The checksum of the run whose bytes were added, if it begins at page `first_page` of the file `file_id`.
    #[must_use]
    pub fn checksum(self, file_id: u64, first_page: u64) -> u32 {
        self.checksum.finalize() ^ page_tweak(file_id, first_page)
    }
}
