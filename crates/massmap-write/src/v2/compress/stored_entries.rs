//! Entries with compressed values, on their way to the pages.

use std::io;

use crate::entry::{Batch, EntryHeader};
use crate::resources::{Resources, SpooledFile};

/// Sorted entries with their values as they are stored, in memory or in a temporary file.
#[derive(Debug)]
pub(in crate::v2) struct StoredEntries {
    /// Of each batch, the headers and then the bytes.
    file: SpooledFile,
    /// Number of entries of each batch, and of their bytes.
    batches: Vec<(u64, u64)>,
}

impl StoredEntries {
    pub(in crate::v2) fn new(resources: &Resources) -> Self {
        Self {
            file: SpooledFile::new(&resources.files, resources.memory.stored_entries()),
            batches: Vec::new(),
        }
    }

    /// Adds entries that follow all others.
    pub(in crate::v2) fn push(&mut self, batch: &Batch) -> io::Result<()> {
        let headers: Vec<u8> = batch.headers.iter().flat_map(EntryHeader::encode).collect();
        self.file.write(&headers)?;
        self.file.write(&batch.bytes)?;
        self.batches
            .push((batch.headers.len() as u64, batch.bytes.len() as u64));
        Ok(())
    }

    /// Total length of keys and stored values, in bytes.
    pub(in crate::v2) fn length(&self) -> u64 {
        self.batches.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Calls `f` with all entries, in order.
    pub(in crate::v2) fn for_each(self, mut f: impl FnMut(Batch) -> io::Result<()>) -> io::Result<()> {
        let mut start = 0;
        for (count, length) in &self.batches {
            let bytes_start = start + count * EntryHeader::SIZE as u64;
            let end = bytes_start + length;
            let mut batch = Batch::default();
            self.file.read(start..bytes_start, EntryHeader::SIZE, |piece| {
                let headers = piece.as_chunks().0.iter();
                batch.headers.extend(headers.map(EntryHeader::decode));
                Ok(())
            })?;
            self.file.read(bytes_start..end, 1, |piece| {
                batch.bytes.extend_from_slice(piece);
                Ok(())
            })?;
            f(batch)?;
            start = end;
        }
        Ok(())
    }
}
