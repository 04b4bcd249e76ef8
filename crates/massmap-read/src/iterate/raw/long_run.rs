//! The entries of a long run of pages, piece by piece.

use std::io;
use std::ops::Range;

use massmap_core::{Extent, PagedIndex, ReadError};
use massmap_format::{EntryLayout, FormatError, LongRun};
use massmap_hash::MassMapHashLoader;
use massmap_io::{IoError, MassMapReader};

use super::block::{Form, RawBlock};
use crate::MassMapInner;

/// Number of bytes that are read at a time, unless a single entry is longer. Threads keep a buffer of this size.
const PIECE: u64 = 256 << 10;

/// Number of bytes of the directory that are read at a time.
const DIRECTORY_PIECE: u64 = 4 << 10;

/// Most entries of a piece.
const MOST_ENTRIES: u32 = 8 << 10;

/// A run that is being read.
#[derive(Debug)]
pub(super) struct Pieces {
    run: LongRun,
    extent: Extent,
    /// The bins of the run.
    bins: Range<u64>,
    /// The next entry, and its offset in the run.
    next: u32,
    start: u64,
    /// Where the rest of the directory begins.
    directory: u64,
    /// The slots that have been read, of the next entries.
    slots: Vec<u32>,
    form: Form,
}

impl Pieces {
    /// Begins to read `extent`, a run of `pages`. Reads all of it to check its checksum, unless the map's policy is never to
    /// check.
    pub(super) fn begin<R: MassMapReader, H: MassMapHashLoader>(
        inner: &MassMapInner<R, H>,
        pages: &PagedIndex,
        extent: Extent,
        form: Form,
    ) -> io::Result<Self> {
        let header = LongRun::HEADER_LENGTH as u64;
        let first = read(inner, &extent, 0, header)?;
        let damaged = |source| damaged(&extent, source);
        let first = *first.first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
        let run = LongRun::decode(first, extent.length(), pages.page_layout()).map_err(damaged)?;
        if pages.checks_pages() {
            let mut checksum = run.begin_checksum();
            let mut start = header;
            while start < extent.length() {
                let length = PIECE.min(extent.length() - start);
                checksum.add(&read(inner, &extent, start, length)?);
                start += length;
            }
            checksum
                .verify(pages.header().file_id, extent.index() as u64)
                .map_err(damaged)?;
        }
        Ok(Self {
            run,
            extent,
            bins: inner.index().placement_range(&extent).bins(),
            next: 0,
            start: run.entries_start(),
            directory: run.directory().start,
            slots: Vec::new(),
            form,
        })
    }

    /// The next entries; `None` after the last one.
    pub(super) fn next<R: MassMapReader, H: MassMapHashLoader>(
        &mut self,
        inner: &MassMapInner<R, H>,
    ) -> io::Result<Option<RawBlock>> {
        let some = self.next..self.run.entry_count().min(self.next.saturating_add(MOST_ENTRIES));
        if some.is_empty() {
            return Ok(None);
        }
        let stored = self.run.stored_ends(some.clone());
        let stored = read(inner, &self.extent, stored.start, stored.end - stored.start)?;
        let mut ends = Vec::new();
        let mut end = self.start;
        for next in self.run.ends(some, &stored) {
            match next.filter(|next| *next >= end) {
                // A long entry is a piece of its own.
                Some(next) if ends.is_empty() || next - self.start <= PIECE => {
                    ends.push(next);
                    end = next;
                }
                Some(_) => break,
                // Reported once the entries before it have been read.
                None if ends.is_empty() => return Err(self.no_entry(0)),
                None => break,
            }
        }
        let bytes = read(inner, &self.extent, self.start, end - self.start)?;
        self.read_slots(inner, ends.len())?;
        // Entries without a slot lie where no lookup finds them, which is reported when one is hashed.
        let with_slots = ends.len().min(self.slots.len());
        let mut block = RawBlock {
            bytes: Vec::new(),
            ends: Vec::with_capacity(ends.len()),
            index: self.extent.index(),
            first: self.next as usize,
            bins: self.bins.clone(),
            slots: self.slots.drain(..with_slots).collect(),
            slot_count: self.run.slot_count(),
        };
        let layout = self.run.entry_layout();
        let as_stored = layout == EntryLayout::Variable || self.form == Form::Stored;
        let mut from = 0;
        for (index, end) in (0..).zip(ends) {
            let to = usize::try_from(end - self.start).map_err(|_| self.no_entry(index))?;
            let entry = bytes.get(from..to).and_then(|bytes| layout.split(bytes));
            let entry = entry.ok_or_else(|| self.no_entry(index))?;
            block.ends.push(match as_stored {
                true => (from + entry.key.len(), to),
                false => {
                    let key_end = inner.append_encoded(self.extent.index(), &entry, &mut block.bytes)?;
                    (key_end, block.bytes.len())
                }
            });
            from = to;
        }
        if as_stored {
            block.bytes = bytes;
        }
        self.next += u32::try_from(block.len()).unwrap_or(u32::MAX);
        self.start = end;
        Ok(Some(block))
    }

    /// Reads the slots of `count` entries, from the next one on; of fewer if the directory has no more.
    fn read_slots<R: MassMapReader, H: MassMapHashLoader>(
        &mut self,
        inner: &MassMapInner<R, H>,
        count: usize,
    ) -> io::Result<()> {
        let directory = self.run.directory();
        while self.slots.len() < count && self.directory < directory.end {
            let length = DIRECTORY_PIECE.min(directory.end - self.directory);
            let words = read(inner, &self.extent, self.directory, length)?;
            let words_before = (self.directory - directory.start) / 8;
            let entries_before = u64::from(self.next) + self.slots.len() as u64;
            self.slots
                .extend(LongRun::slots(&words, words_before, entries_before));
            self.directory += length;
        }
        Ok(())
    }

    /// The error of a damaged entry, `behind` entries after the next one.
    fn no_entry(&self, behind: u32) -> io::Error {
        let index = usize::try_from(self.next.saturating_add(behind)).unwrap_or(usize::MAX);
        damaged(&self.extent, FormatError::PageEntry { index }).into()
    }
}

fn damaged(extent: &Extent, source: FormatError) -> ReadError {
    ReadError::DamagedPage {
        page: extent.index(),
        source,
    }
}

/// Reads a part of `extent`.
fn read<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    extent: &Extent,
    start: u64,
    length: u64,
) -> io::Result<Vec<u8>> {
    if length == 0 {
        return Ok(Vec::new());
    }
    let offset = extent.offset().saturating_add(start);
    inner.reader.read_exact_at(offset, length, |bytes| {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())
            .map_err(|_| IoError::OutOfMemory { offset, length })?;
        copy.extend_from_slice(bytes);
        Ok(copy)
    })
}
