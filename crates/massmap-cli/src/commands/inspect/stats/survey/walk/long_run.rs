//! Runs of pages that are too long to be read at once.

use std::io;
use std::ops::Range;

use massmap::{MassMapReader, ReadError};
use massmap_core::{Extent, PagedIndex};
use massmap_format::{EntryLayout, FormatError, LongRun, Walker};

use super::entries::{Entry, Run, Visitor, decompressed, read};

/// Number of bytes that are read at a time, unless a key is longer.
const PIECE: u64 = 256 << 10;

/// Number of bytes of an entry that are read first. Most keys end there.
const BEGINNING: u64 = 256;

/// Most entries whose ends are read at a time.
const ENTRIES_AT_ONCE: u32 = 16 << 10;

/// The most bytes of a stored value that tell how long it is.
const LENGTH_OF_LENGTH: usize = 6;

/// Reads the keys of a long run, and where its entries end, but not the values.
pub(super) struct LongRunReader<'a, R> {
    reader: &'a R,
    extent: Extent,
    run: LongRun,
    /// Bytes of the run, from the position `start` on.
    piece: Vec<u8>,
    start: u64,
}

impl<'a, R: MassMapReader> LongRunReader<'a, R> {
    pub(super) fn new(reader: &'a R, pages: &PagedIndex, extent: Extent) -> io::Result<Self> {
        let header = read(reader, extent.offset(), LongRun::HEADER_LENGTH as u64)?;
        let header = header.first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
        let run = LongRun::decode(*header, extent.length(), pages.page_layout());
        Ok(Self {
            reader,
            run: run.map_err(|source| damaged(&extent, source))?,
            extent,
            piece: Vec::new(),
            start: 0,
        })
    }

    /// Shows the run, which holds these bins, and its entries.
    pub(super) fn walk(mut self, bins: Range<u64>, visitor: &mut impl Visitor) -> io::Result<()> {
        let count = self.run.entry_count();
        visitor.run(&Run {
            length: self.extent.length(),
            entries: count.into(),
            bins,
            slots: self.run.slot_count(),
        });
        let mut slots = Slots::of(&self.run);
        let mut entry_start = self.run.entries_start();
        let mut next = 0;
        while next < count {
            let some = next..count.min(next.saturating_add(ENTRIES_AT_ONCE));
            let stored = self.run.stored_ends(some.clone());
            let stored = read(
                self.reader,
                self.extent.offset() + stored.start,
                stored.end - stored.start,
            )?;
            for (index, end) in some.clone().zip(self.run.ends(some.clone(), &stored)) {
                let end = end.filter(|end| *end >= entry_start);
                let end = end.ok_or_else(|| self.no_entry(index))?;
                let slot = slots.next(&self)?;
                self.entry(index, entry_start..end, slot, visitor)?;
                entry_start = end;
            }
            next = some.end;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        index: u32,
        place: Range<u64>,
        slot: Option<u32>,
        visitor: &mut impl Visitor,
    ) -> io::Result<()> {
        let layout = self.run.entry_layout();
        let length = place.end - place.start;
        let mut wanted = BEGINNING;
        loop {
            let bytes = self.bytes(place.start, wanted.min(length))?;
            let bytes = bytes
                .get(..usize::try_from(length).unwrap_or(usize::MAX))
                .unwrap_or(bytes);
            let is_whole = bytes.len() as u64 == length;
            let key_length = match layout {
                EntryLayout::Fixed(widths) => Some(widths.key() as usize),
                EntryLayout::Variable | EntryLayout::Compressed => {
                    Walker::new(bytes).value().ok().map(<[u8]>::len)
                }
            };
            let split = key_length.and_then(|length| bytes.split_at_checked(length));
            match split {
                Some((key, value)) if is_whole || value.len() >= LENGTH_OF_LENGTH => {
                    visitor.entry(&Entry {
                        key,
                        stored: length - key.len() as u64,
                        decompressed: decompressed(layout, value)?,
                        slot,
                    });
                    return Ok(());
                }
                _ if is_whole => return Err(self.no_entry(index)),
                _ => wanted = wanted.saturating_mul(4),
            }
        }
    }

    /// The bytes of the run from the position `from` on, at least `length` of them.
    fn bytes(&mut self, from: u64, length: u64) -> io::Result<&[u8]> {
        let end = self.start + self.piece.len() as u64;
        if from < self.start || from + length > end {
            // Nothing that is needed lies behind the end of the run.
            let most = self.extent.length().saturating_sub(from);
            self.piece = read(
                self.reader,
                self.extent.offset() + from,
                length.max(PIECE).min(most),
            )?;
            self.start = from;
        }
        let skipped = usize::try_from(from - self.start).unwrap_or(usize::MAX);
        Ok(self.piece.get(skipped..).unwrap_or_default())
    }

    /// The error of a damaged entry.
    fn no_entry(&self, index: u32) -> io::Error {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        damaged(&self.extent, FormatError::PageEntry { index })
    }
}

/// The slots of the entries of a long run, one after the other.
struct Slots {
    /// The part of the directory that has not been read.
    left: Range<u64>,
    words_before: u64,
    entries_before: u64,
    /// Those that have been read, the next one last.
    read: Vec<u32>,
}

/// Number of bytes of the directory that are read at a time.
const DIRECTORY_PIECE: u64 = 64 << 10;

impl Slots {
    fn of(run: &LongRun) -> Self {
        Self {
            left: run.directory(),
            words_before: 0,
            entries_before: 0,
            read: Vec::new(),
        }
    }

    /// The slot of the next entry; `None` if the directory tells of no more.
    fn next<R: MassMapReader>(&mut self, of: &LongRunReader<'_, R>) -> io::Result<Option<u32>> {
        while self.read.is_empty() && !self.left.is_empty() {
            let length = DIRECTORY_PIECE.min(self.left.end - self.left.start);
            let words = read(of.reader, of.extent.offset() + self.left.start, length)?;
            self.read
                .extend(LongRun::slots(&words, self.words_before, self.entries_before));
            self.words_before += length / 8;
            self.entries_before += self.read.len() as u64;
            self.left.start += length;
            self.read.reverse();
        }
        Ok(self.read.pop())
    }
}

fn damaged(extent: &Extent, source: FormatError) -> io::Error {
    let page = extent.index();
    ReadError::DamagedPage { page, source }.into()
}
