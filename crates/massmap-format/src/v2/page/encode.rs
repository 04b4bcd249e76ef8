//! Encoding runs of pages.

use std::convert::Infallible;
use std::ops::Range;

use super::directory::DirectoryEncoder;
use super::entry_layout::EntryLayout;
use super::page_layout::{HEADER_LENGTH, PageLayout};
use super::piece_sums::PieceSums;
use super::sums::write_checksums;
use crate::slot_of;

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
    let encoder = PageEncoder {
        layout,
        pages,
        file_id,
        first_page,
    };
    let count = entries.clone().count();
    let entries = entries.map(|(fraction, entry)| (fraction, entry.len(), entry));
    let start = out.len();
    out.resize(start + encoder.length(), 0);
    let run = out.get_mut(start..).unwrap_or_default();
    let encoded = encoder.encode(count, entries, run, |entry, place| {
        place.copy_from_slice(entry);
        Ok::<_, Infallible>(())
    });
    match encoded {
        Ok(()) => {}
    }
}

/// Encodes a run of pages from entries that are written to their places.
#[derive(Debug, Clone, Copy)]
pub struct PageEncoder {
    /// The layout of the runs of the file.
    pub layout: PageLayout,
    /// Number of pages of the run.
    pub pages: u64,
    /// The file's id.
    pub file_id: u64,
    /// Number of the first page of the run in the file.
    pub first_page: u64,
}

impl PageEncoder {
    /// Length of the run, in bytes.
    ///
    /// # Panics
    ///
    /// Panics if memory cannot hold it.
    #[must_use]
    pub fn length(&self) -> usize {
        let length = self.pages.checked_mul(self.layout.page_size().into());
        length
            .and_then(|length| usize::try_from(length).ok())
            .expect("a run fits in memory")
    }

    /// Writes the run to `run`, which must have its [`length`](Self::length), and any content. `entries` gives the fraction (from
    /// [`fraction_of`](crate::fraction_of)), the length and any mark of each of the `count` entries, in order. `write` is called with
    /// the mark of an entry and the place where its key and its value go, all of which it must write.
    ///
    /// # Errors
    ///
    /// The first error of `write`.
    ///
    /// # Panics
    ///
    /// Panics if the entries do not fit in the pages (see [`PageLayout::pages_needed`]), do not have the length that the layout says,
    /// are not in the order of their fractions, or are not `count`.
    pub fn encode<T, E>(
        &self,
        count: usize,
        entries: impl Iterator<Item = (u32, usize, T)>,
        run: &mut [u8],
        mut write: impl FnMut(T, &mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        const FITS: &str = "the entries fit the run";
        let layout = self.layout;
        let length = self.length();
        assert_eq!(run.len(), length, "the run has its length");
        let width = layout.entries().end_width(length as u64);
        let directory_length = usize::try_from(layout.directory_length(length as u64)).expect(FITS);
        let slots = (8 * directory_length)
            .checked_sub(count)
            .filter(|slots| *slots > 0)
            .expect(FITS) as u64;
        let entries_start = usize::try_from(layout.entries_start(length as u64)).expect(FITS);
        let (before, body) = run.split_at_mut_checked(entries_start).expect(FITS);
        let directory = before.get_mut(HEADER_LENGTH..).expect(FITS);
        directory.fill(0);
        let ends_start = width
            .checked_mul(count)
            .and_then(|ends| body.len().checked_sub(ends));
        let (mut body, mut ends) = body.split_at_mut_checked(ends_start.expect(FITS)).expect(FITS);
        let (mut end, mut next, mut index) = (entries_start, 0, 0);
        for (fraction, length, mark) in entries {
            let position = slot_of(fraction, slots) + index;
            assert!(
                position >= next,
                "the entries are in the order of their fractions"
            );
            (next, index) = (position + 1, index + 1);
            let byte = usize::try_from(position / 8)
                .ok()
                .and_then(|byte| directory.get_mut(byte));
            *byte.expect(FITS) |= 1 << (position % 8);
            let place;
            (place, body) = body.split_at_mut_checked(length).expect(FITS);
            write(mark, place)?;
            end += length;
            match layout.entries() {
                EntryLayout::Fixed(widths) => assert_eq!(
                    length,
                    widths.entry() as usize,
                    "entries of fixed width have one length"
                ),
                EntryLayout::Variable | EntryLayout::Compressed if width == 2 => {
                    let place;
                    (ends, place) = ends.split_last_chunk_mut().expect(FITS);
                    *place = u16::try_from(end).expect(FITS).to_le_bytes();
                }
                EntryLayout::Variable | EntryLayout::Compressed => {
                    let place;
                    (ends, place) = ends.split_last_chunk_mut().expect(FITS);
                    *place = u32::try_from(end).expect(FITS).to_le_bytes();
                }
            }
        }
        assert_eq!(index, count as u64, "there are as many entries as announced");
        body.fill(0);
        let count = u32::try_from(count).expect(FITS).to_le_bytes();
        let (_, behind_checksum) = run.split_first_chunk_mut::<4>().expect("a page is longer");
        *behind_checksum.first_chunk_mut().expect("a page is longer") = count;
        write_checksums(run, layout, self.file_id, self.first_page);
        Ok(())
    }
}

/// Encodes a run of pages whose entries do not fit in memory together.
///
/// The bytes of a run are, in this order: [`header`](Self::header); what [`directory`](Self::directory) encodes; the
/// [`part_checksums`](Self::part_checksums); key and value of each entry; [`padding`](Self::padding) zeros; and
/// [`encode_end`](Self::encode_end) of each entry, the last one first. All except the header and the checksums must also be passed to
/// [`add`](Self::add). The checksums depend on all of it: add everything before anything is written, or write anything in their place
/// until they are known.
#[derive(Debug, Clone)]
pub struct RunEncoder {
    count: u32,
    pages: u64,
    directory_length: u64,
    entries_start: u64,
    padding: u64,
    width: usize,
    sums: PieceSums,
}

/// The checksums of a run, from [`RunEncoder::checksums`].
#[derive(Debug, Clone)]
pub struct RunChecksums {
    /// Those of the parts, which stand behind the directory.
    pub part_checksums: Vec<u8>,
    /// The one for the header.
    pub checksum: u32,
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
        let ends = count.checked_mul(width as u64)?;
        let used = layout.entries_start(run_length) + length + ends;
        let count = u32::try_from(count).ok()?;
        Some(Self {
            count,
            pages,
            directory_length: layout.directory_length(run_length),
            entries_start: layout.entries_start(run_length),
            padding: run_length.checked_sub(used)?,
            width,
            sums: PieceSums::new(layout, run_length, count),
        })
    }

    /// The header of the run.
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
        let end = (self.entries_start + end).to_le_bytes();
        out.extend(end.iter().take(self.width));
    }

    /// Where the checksums of the parts stand in the run.
    #[must_use]
    pub fn part_checksums(&self) -> Range<u64> {
        HEADER_LENGTH as u64 + self.directory_length..self.entries_start
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.sums.add_without_table(bytes);
    }

    /// The checksums of the run whose bytes were added, if it begins at page `first_page` of the file `file_id`.
    #[must_use]
    pub fn checksums(self, file_id: u64, first_page: u64) -> RunChecksums {
        let part_checksums = self.sums.table();
        RunChecksums {
            checksum: self.sums.checksum(&part_checksums, file_id, first_page),
            part_checksums,
        }
    }
}
