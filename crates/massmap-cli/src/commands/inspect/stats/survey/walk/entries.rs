//! What a walk shows, and what it reads.

use std::io;
use std::ops::Range;

use massmap::MassMapReader;
use massmap_format::{EntryLayout, StoredValue};

/// A bucket or a run of pages.
#[derive(Debug, Clone)]
pub(in super::super) struct Run {
    /// In bytes.
    pub(in super::super) length: u64,
    pub(in super::super) entries: u64,
    /// The bins of a run of pages, and its number of slots.
    pub(in super::super) bins: Range<u64>,
    pub(in super::super) slots: u64,
}

/// An entry of a run.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Entry<'a> {
    /// As it is stored.
    pub(in super::super) key: &'a [u8],
    /// Number of bytes of the value as it is stored.
    pub(in super::super) stored: u64,
    /// Number of bytes of the value once it is decompressed, if it is compressed.
    pub(in super::super) decompressed: Option<u64>,
    /// Its slot, if the run has slots.
    pub(in super::super) slot: Option<u32>,
}

impl Entry<'_> {
    /// Number of bytes of the value once it is decompressed, in a file whose entries have this layout.
    pub(in super::super) fn value(&self, layout: EntryLayout) -> u64 {
        match (self.decompressed, layout) {
            (Some(length), _) => length,
            // A byte says that it is not compressed.
            (None, EntryLayout::Compressed) => self.stored.saturating_sub(1),
            (None, EntryLayout::Fixed(_) | EntryLayout::Variable) => self.stored,
        }
    }
}

/// Sees all runs and their entries, in the order of the file.
pub(in super::super) trait Visitor {
    /// A run, before its entries.
    fn run(&mut self, run: &Run);

    fn entry(&mut self, entry: &Entry<'_>);
}

/// The length of a value once it is decompressed, by the beginning of its stored form. `None` if it is not compressed.
pub(super) fn decompressed(layout: EntryLayout, beginning: &[u8]) -> io::Result<Option<u64>> {
    Ok(match layout {
        EntryLayout::Compressed => StoredValue::stated_length(beginning)?.map(u64::from),
        EntryLayout::Fixed(_) | EntryLayout::Variable => None,
    })
}

/// Reads a range, which may be empty.
pub(super) fn read(reader: &impl MassMapReader, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    if length == 0 {
        return Ok(Vec::new());
    }
    reader.read_exact_at(offset, length, |bytes| {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        copy.extend_from_slice(bytes);
        Ok(copy)
    })
}
