//! Encoding runs of pages.

use super::entry_layout::{EntryLayout, HEADER_LENGTH};
use crate::v2::checksum::{crc32, page_tweak};

/// Number of pages, at least 1, in a run of `count` entries of `length` bytes in total. `page_size` is a power of two.
///
/// `None` if a run cannot hold that much: it has at most 2³² − 1 bytes.
#[must_use]
pub fn pages_needed(layout: EntryLayout, count: u64, length: u64, page_size: u32) -> Option<u64> {
    let page_size = u64::from(page_size);
    let run_length = |directory_bytes: u64| {
        let directory = count.checked_mul(directory_bytes)?;
        let bytes = (HEADER_LENGTH as u64)
            .checked_add(directory)?
            .checked_add(length)?;
        bytes.checked_next_multiple_of(page_size)
    };
    // The length of the run depends on the length of its directory, and the other way round.
    let least = layout.directory_bytes(0);
    let short = run_length(least)?;
    let length = match layout.directory_bytes(short) {
        same if same == least => short,
        more => run_length(more)?,
    };
    if length > u64::from(u32::MAX) {
        return None;
    }
    length.checked_div(page_size)
}

/// Appends a run of `pages` pages of `page_size` bytes to `out`. `entries` gives the fingerprint and the encoding (key, then
/// value) of each entry, in order. `first_page` is the number of the first page in the file `file_id`.
///
/// # Panics
///
/// Panics if the entries do not fit in the pages (see [`pages_needed`]), or do not have the length that `layout` says.
pub fn encode_run<'a>(
    entries: impl Iterator<Item = (u8, &'a [u8])> + Clone,
    layout: EntryLayout,
    pages: u64,
    page_size: u32,
    file_id: u64,
    first_page: u64,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "the entries fit the run";
    let length = pages.checked_mul(u64::from(page_size)).expect(FITS);
    let width = layout.end_width(length);
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LENGTH]);
    out.extend(entries.clone().map(|(fingerprint, _)| fingerprint));
    let count = out.len() - start - HEADER_LENGTH;
    let mut ends = Vec::new();
    for (_, entry) in entries {
        out.extend_from_slice(entry);
        match layout {
            EntryLayout::Variable => ends.push(u32::try_from(out.len() - start).expect(FITS)),
            EntryLayout::Uniform(length) => {
                assert_eq!(
                    entry.len(),
                    length.get() as usize,
                    "uniform entries have one length"
                );
            }
        }
    }
    let end = start + usize::try_from(length).expect(FITS);
    let directory = end.checked_sub(width * count).expect(FITS);
    assert!(out.len() <= directory, "{FITS}");
    out.resize(directory, 0);
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
/// The bytes of a run are, in this order: [`header`](Self::header); the fingerprint of each entry; key and value of each
/// entry; [`padding`](Self::padding) zeros; and [`encode_end`](Self::encode_end) of each entry, the last one first. All
/// except the header must also be passed to [`add`](Self::add), for the checksum.
#[derive(Debug, Clone)]
pub struct RunEncoder {
    count: u32,
    padding: u64,
    entries_start: u64,
    width: usize,
    checksum: crc32fast::Hasher,
}

impl RunEncoder {
    /// An encoder of `count` entries of `length` bytes in total, in as many pages of `page_size` bytes as they need.
    ///
    /// `None` if a run cannot hold that much.
    #[must_use]
    pub fn new(layout: EntryLayout, count: u64, length: u64, page_size: u32) -> Option<Self> {
        let pages = pages_needed(layout, count, length, page_size)?;
        let run_length = pages.checked_mul(page_size.into())?;
        let width = layout.end_width(run_length);
        let entries_start = HEADER_LENGTH as u64 + count;
        let directory = count.checked_mul(width as u64)?;
        let count = u32::try_from(count).ok()?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&count.to_le_bytes());
        Some(Self {
            count,
            padding: run_length.checked_sub(entries_start + length + directory)?,
            entries_start,
            width,
            checksum,
        })
    }

    /// The header of the run. The checksum depends on all bytes behind the header; write any value until it is known.
    #[must_use]
    pub fn header(&self, checksum: u32) -> [u8; HEADER_LENGTH] {
        (u64::from(checksum) | u64::from(self.count) << 32).to_le_bytes()
    }

    /// Number of zeros behind the entries.
    #[must_use]
    pub const fn padding(&self) -> u64 {
        self.padding
    }

    /// Appends the stored end of an entry to `out`; nothing if entries are uniform. `end` is the total length of the entries
    /// up to and including this one.
    pub fn encode_end(&self, end: u64, out: &mut Vec<u8>) {
        let end = (self.entries_start + end).to_le_bytes();
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
