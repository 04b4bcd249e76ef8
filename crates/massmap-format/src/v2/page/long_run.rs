//! A run of pages that is read in pieces, `FORMAT.md` section 2.4.

use std::ops::Range;

use super::directory::slots_in;
use super::entry_layout::EntryLayout;
use super::page_layout::{HEADER_LENGTH, PageLayout};
use super::piece_sums::PieceSums;
use crate::FormatError;

/// The layout of a run of pages that is too long for memory, for reading it piece by piece.
///
/// [`Page`](crate::Page) decodes runs that are in memory. Positions are relative to the beginning of the run.
#[derive(Debug, Clone, Copy)]
pub struct LongRun {
    length: u64,
    layout: PageLayout,
    directory_length: u64,
    entries_start: u64,
    checksum: u32,
    count: u32,
    /// Number of bytes of an end.
    width: u64,
}

impl LongRun {
    /// Number of bytes of the header.
    pub const HEADER_LENGTH: usize = HEADER_LENGTH;

    /// A run of `length` bytes that begins with `header`, in a file with this layout. Checks that its directory fits, and its
    /// entries if they have a fixed width.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageDirectory`] if the run is too short for its number of entries, or has none.
    pub fn decode(
        header: [u8; Self::HEADER_LENGTH],
        length: u64,
        layout: PageLayout,
    ) -> Result<Self, FormatError> {
        let [a, b, c, d, count @ ..] = header;
        let directory_length = layout.directory_length(length);
        let entries = layout.entries();
        let run = Self {
            length,
            layout,
            directory_length,
            entries_start: layout.entries_start(length),
            checksum: u32::from_le_bytes([a, b, c, d]),
            count: u32::from_le_bytes(count),
            width: entries.end_width(length) as u64,
        };
        let entries = match entries {
            EntryLayout::Fixed(widths) => u64::from(run.count) * u64::from(widths.entry()),
            EntryLayout::Variable | EntryLayout::Compressed => 0,
        };
        let fits = run
            .entries_end()
            .is_some_and(|end| run.entries_start().saturating_add(entries) <= end);
        match fits && (1..8 * directory_length).contains(&run.count.into()) {
            true => Ok(run),
            false => Err(FormatError::PageDirectory {
                length: usize::try_from(length).unwrap_or(usize::MAX),
            }),
        }
    }

    /// The layout of the entries.
    #[must_use]
    pub const fn entry_layout(&self) -> EntryLayout {
        self.layout.entries()
    }

    /// Number of entries.
    #[must_use]
    pub const fn entry_count(&self) -> u32 {
        self.count
    }

    /// Position of the first entry. Each other entry begins where the previous one ends.
    #[must_use]
    pub const fn entries_start(&self) -> u64 {
        self.entries_start
    }

    /// The range of the directory.
    #[must_use]
    pub const fn directory(&self) -> Range<u64> {
        Self::HEADER_LENGTH as u64..Self::HEADER_LENGTH as u64 + self.directory_length
    }

    /// Number of slots, at least 1.
    #[must_use]
    pub const fn slot_count(&self) -> u64 {
        (8 * self.directory_length).saturating_sub(self.count as u64)
    }

    /// The slots of the entries whose ones stand in `words`, a part of the directory: the words behind `words_before` others,
    /// which hold the ones of `entries_before` entries.
    pub fn slots(words: &[u8], words_before: u64, entries_before: u64) -> impl Iterator<Item = u32> {
        slots_in(words.as_chunks().0, words_before, entries_before)
    }

    /// Position of the stored ends, which all entries precede.
    fn entries_end(&self) -> Option<u64> {
        self.length.checked_sub(u64::from(self.count) * self.width)
    }

    /// The range of the stored ends of these entries, which must exist; empty if entries have a fixed width.
    #[must_use]
    pub fn stored_ends(&self, entries: Range<u32>) -> Range<u64> {
        let position = |index: u32| self.length.saturating_sub(u64::from(index) * self.width);
        position(entries.end)..position(entries.start)
    }

    /// The ends of these entries, in order. `stored` holds the bytes at [`stored_ends`](Self::stored_ends).
    ///
    /// An impossible end is `None`.
    #[must_use]
    pub fn ends(&self, entries: Range<u32>, stored: &[u8]) -> Vec<Option<u64>> {
        let ends: Vec<u64> = match (self.layout.entries(), self.width) {
            (EntryLayout::Fixed(widths), _) => entries
                .map(|index| self.entries_start() + (u64::from(index) + 1) * u64::from(widths.entry()))
                .collect(),
            // The last end comes first.
            (EntryLayout::Variable | EntryLayout::Compressed, 2) => stored
                .as_chunks()
                .0
                .iter()
                .rev()
                .map(|end| u64::from(u16::from_le_bytes(*end)))
                .collect(),
            (EntryLayout::Variable | EntryLayout::Compressed, _) => stored
                .as_chunks()
                .0
                .iter()
                .rev()
                .map(|end| u64::from(u32::from_le_bytes(*end)))
                .collect(),
        };
        let possible = self.entries_start()..=self.entries_end().unwrap_or(0);
        ends.into_iter()
            .map(|end| Some(end).filter(|end| possible.contains(end)))
            .collect()
    }

    /// Begins a check of the checksums.
    #[must_use]
    pub fn begin_checksum(&self) -> RunChecksum {
        RunChecksum {
            stored: self.checksum,
            sums: PieceSums::new(self.layout, self.length, self.count),
        }
    }
}

/// The checksums of a [`LongRun`]. The bytes behind the header are added piece by piece.
#[derive(Debug, Clone)]
pub struct RunChecksum {
    stored: u32,
    sums: PieceSums,
}

impl RunChecksum {
    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.sums.add(bytes);
    }

    /// Checks the checksums of the run that begins at `first_page` of the file `file_id`, after all its bytes were added.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageChecksum`] if the bytes are not those that were written there.
    pub fn verify(self, file_id: u64, first_page: u64) -> Result<(), FormatError> {
        self.sums.verify(self.stored, file_id, first_page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntryWidths, Page, encode_run};

    const FILE_ID: u64 = 77;
    const FIRST_PAGE: u64 = 5;

    /// A run with entries of these lengths.
    fn run(lengths: &[usize], layout: PageLayout) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = (0u8..).zip(lengths).map(|(n, length)| vec![n; *length]).collect();
        let length = lengths.iter().sum::<usize>() as u64;
        let pages = layout.pages_needed(lengths.len() as u64, length).unwrap();
        let mut bytes = Vec::new();
        let entries = entries.iter().enumerate();
        let entries = entries.map(|(index, entry)| ((index as u32) << 24, entry.as_slice()));
        encode_run(entries, layout, pages, FILE_ID, FIRST_PAGE, &mut bytes);
        bytes
    }

    fn layout(entries: EntryLayout) -> PageLayout {
        PageLayout::new(entries, 512, 7).unwrap()
    }

    /// The layout of pages with parts that have checksums of their own.
    fn with_parts(entries: EntryLayout) -> PageLayout {
        PageLayout::new(entries, 4096, 64).unwrap()
    }

    #[test]
    fn entries_and_checksum_are_those_of_a_page_in_memory() {
        let long: Vec<usize> = (0..200).map(|n| 300 + n).collect();
        for (lengths, layout) in [
            (&[7, 0, 30, 2][..], EntryLayout::Variable),
            // Ends of four bytes.
            (&long, EntryLayout::Variable),
            (&[9; 100], EntryLayout::Fixed(EntryWidths::new(1, 8).unwrap())),
        ]
        .into_iter()
        .flat_map(|(lengths, entries)| [(lengths, self::layout(entries)), (lengths, with_parts(entries))])
        {
            let bytes = run(lengths, layout);
            let page = Page::decode(&bytes, layout).unwrap();
            let header = *bytes.first_chunk().unwrap();
            let long = LongRun::decode(header, bytes.len() as u64, layout).unwrap();
            assert_eq!(long.entry_count() as usize, page.len());
            assert_eq!(long.slot_count(), page.directory().slot_count());
            let directory = &bytes[long.directory().start as usize..long.directory().end as usize];
            for words in [1, 3, 1000] {
                let mut slots = Vec::new();
                for (number, piece) in (0..).zip(directory.chunks(8 * words)) {
                    slots.extend(LongRun::slots(piece, number * words as u64, slots.len() as u64));
                }
                assert!(page.directory().slots().eq(slots));
            }
            let mut start = long.entries_start() as usize;
            for from in (0..long.entry_count()).step_by(3) {
                let some = from..long.entry_count().min(from + 3);
                let stored = long.stored_ends(some.clone());
                let stored = &bytes[stored.start as usize..stored.end as usize];
                for (index, end) in some.clone().zip(long.ends(some, stored)) {
                    let end = end.unwrap() as usize;
                    assert_eq!(&bytes[start..end], page.entry_bytes(index as usize).unwrap());
                    start = end;
                }
            }

            let checksum = |first_page| {
                let mut checksum = long.begin_checksum();
                bytes[8..].chunks(100).for_each(|piece| checksum.add(piece));
                checksum.verify(FILE_ID, first_page)
            };
            checksum(FIRST_PAGE).unwrap();
            for place in (8..bytes.len()).step_by(211) {
                let mut checksum = long.begin_checksum();
                let mut damaged = bytes.clone();
                damaged[place] ^= 1;
                damaged[8..].chunks(1000).for_each(|piece| checksum.add(piece));
                checksum.verify(FILE_ID, FIRST_PAGE).unwrap_err();
            }
            // A last part that is not complete is noticed, too.
            let mut cut_off = long.begin_checksum();
            cut_off.add(&bytes[8..bytes.len() - 1]);
            cut_off.verify(FILE_ID, FIRST_PAGE).unwrap_err();
            let error = checksum(FIRST_PAGE + 1).unwrap_err();
            assert!(matches!(error, FormatError::PageChecksum { page, .. } if page == FIRST_PAGE + 1));
        }
    }

    #[test]
    fn a_run_that_is_too_short_for_its_entries_or_has_none_is_damaged() {
        let fixed = EntryLayout::Fixed(EntryWidths::new(1, 9).unwrap());
        for (count, length, layout, fits) in [
            (224u32, 512, EntryLayout::Variable, true),
            (225, 512, EntryLayout::Variable, false),
            (44, 512, fixed, true),
            (45, 512, fixed, false),
            (
                447,
                512,
                EntryLayout::Fixed(EntryWidths::new(1, 0).unwrap()),
                true,
            ),
            (
                448,
                512,
                EntryLayout::Fixed(EntryWidths::new(1, 0).unwrap()),
                false,
            ),
            (0, 512, EntryLayout::Variable, false),
            (0, 512, fixed, false),
            (u32::MAX, 1 << 20, EntryLayout::Variable, false),
            (u32::MAX, u32::MAX.into(), fixed, false),
        ] {
            let mut header = [0; 8];
            header[4..].copy_from_slice(&count.to_le_bytes());
            let run = LongRun::decode(header, length, self::layout(layout));
            assert_eq!(run.is_ok(), fits, "{count} in {length}");
        }
    }

    #[test]
    fn ends_before_the_entries_or_within_the_directory_are_none() {
        let mut header = [0; 8];
        header[4] = 4;
        let run = LongRun::decode(header, 512, layout(EntryLayout::Variable)).unwrap();
        let stored: Vec<u8> = [505u16, 504, 64, 63]
            .iter()
            .flat_map(|end| end.to_le_bytes())
            .collect();
        assert_eq!(run.ends(0..4, &stored), [None, Some(64), Some(504), None]);
    }
}
