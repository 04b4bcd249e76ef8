//! Entries in memory, and sorting them.

use std::sync::Arc;

use massmap_format::RawEntry;

use super::partitioned_batch::PartitionedBatch;
use super::spill_file::SpilledSlice;
use crate::entry::{Batch, EntryHeader};

/// Entries in memory, with the buffers that hold their bytes.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    buffers: Vec<EntryBuffer>,
    entries: Vec<Entry>,
}

/// A buffer of entries.
#[derive(Debug)]
pub(crate) enum EntryBuffer {
    /// A batch, which other partitions share.
    Shared(Arc<PartitionedBatch>),
    /// Bytes that were read.
    Owned(Vec<u8>),
}

impl EntryBuffer {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(batch) => batch.bytes(),
            Self::Owned(bytes) => bytes,
        }
    }
}

/// An entry of a [`Chunk`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub(crate) sort_key: u64,
    buffer: u32,
    /// Offset of the key in its buffer; the value follows. Buffers longer than 4 GiB hold a single entry.
    start: u32,
    key_length: u32,
    value_length: u32,
}

impl Entry {
    /// Length of key and value, in bytes.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.key_length as usize + self.value_length as usize
    }
}

const COUNTED: &str = "a chunk is small enough for 32 bits";

impl Chunk {
    /// Adds a buffer of entries that follow, and returns its number.
    pub(crate) fn add_buffer(&mut self, buffer: EntryBuffer) -> u32 {
        let number = u32::try_from(self.buffers.len()).expect(COUNTED);
        self.buffers.push(buffer);
        number
    }

    /// Adds entries that lie one after the other in a buffer, from `start` on.
    pub(crate) fn add_entries(
        &mut self,
        buffer: u32,
        mut start: usize,
        headers: impl ExactSizeIterator<Item = EntryHeader>,
    ) {
        self.entries.reserve(headers.len());
        for header in headers {
            self.entries.push(Entry {
                sort_key: header.sort_key,
                buffer,
                start: u32::try_from(start).expect(COUNTED),
                key_length: header.key_length,
                value_length: header.value_length,
            });
            start += header.length();
        }
    }

    /// Adds entries that each begin at a place of a buffer.
    pub(crate) fn add_scattered(
        &mut self,
        buffer: u32,
        entries: impl ExactSizeIterator<Item = (EntryHeader, u32)>,
    ) {
        self.entries.extend(entries.map(|(header, start)| Entry {
            sort_key: header.sort_key,
            buffer,
            start,
            key_length: header.key_length,
            value_length: header.value_length,
        }));
    }

    /// Adds the entries of a slice of a batch, whose offsets count from the beginning of the buffer.
    pub(crate) fn add_spilled(&mut self, buffer: u32, slice: &SpilledSlice) {
        let index = |offset: u64| usize::try_from(offset).expect(COUNTED);
        let bytes = self.buffers.get(buffer as usize).map(EntryBuffer::bytes);
        let headers = index(slice.headers)..index(slice.headers) + index(slice.count) * EntryHeader::SIZE;
        let headers = bytes.and_then(|bytes| bytes.get(headers)).unwrap_or_default();
        let headers: Vec<_> = headers.as_chunks().0.iter().map(EntryHeader::decode).collect();
        self.add_entries(buffer, index(slice.bytes.start), headers.into_iter());
    }

    /// The entries, sorted once [`sort`](Self::sort) was called.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Key and value of an entry, one after the other.
    #[inline]
    pub(crate) fn bytes(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.buffers
            .get(entry.buffer as usize)
            .and_then(|buffer| buffer.bytes().get(start..start + entry.length()))
            .unwrap_or_default()
    }

    /// Key and value of an entry.
    #[inline]
    pub(crate) fn raw(&self, entry: &Entry) -> RawEntry<'_> {
        let (key, value) = self
            .bytes(entry)
            .split_at_checked(entry.key_length as usize)
            .unwrap_or_default();
        RawEntry { key, value }
    }

    /// The entries in groups of the same sort key.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|a, b| a.sort_key == b.sort_key)
    }

    /// Sorts the entries, whose sort keys are within `bounds`. The sort is stable.
    pub(crate) fn sort(&mut self, bounds: (u64, u64)) {
        const COUNTED: &str = "sort keys are within their bounds, and each entry has a place";
        let (first, last) = bounds;
        let count = self.entries.len();
        // At most as many slots as entries, so narrow that most hold few entries.
        let shift = (0..64).find(|&shift| (last - first) >> shift < count as u64);
        let Some(shift) = shift.filter(|_| count > 1) else {
            self.entries.sort_by_key(|entry| entry.sort_key);
            return;
        };
        let slot = |entry: &Entry| usize::try_from((entry.sort_key - first) >> shift).expect(COUNTED);
        let mut next = vec![
            0u32;
            slot(&Entry {
                sort_key: last,
                ..Entry::default()
            }) + 1
        ];
        for entry in &self.entries {
            *next.get_mut(slot(entry)).expect(COUNTED) += 1;
        }
        let mut start = 0;
        for next in &mut next {
            start += std::mem::replace(next, start);
        }
        let mut sorted = vec![Entry::default(); count];
        for entry in &self.entries {
            let next = next.get_mut(slot(entry)).expect(COUNTED);
            *sorted.get_mut(*next as usize).expect(COUNTED) = *entry;
            *next += 1;
        }
        if shift > 0 {
            for slot in sorted.chunk_by_mut(|a, b| slot(a) == slot(b)) {
                slot.sort_by_key(|entry| entry.sort_key);
            }
        }
        self.entries = sorted;
    }

    /// Removes the entries at `positions`, which increase.
    pub(crate) fn remove(&mut self, positions: impl IntoIterator<Item = usize>) {
        let mut positions = positions.into_iter().peekable();
        let mut position = 0..;
        self.entries.retain(|_| {
            positions
                .next_if_eq(&position.next().unwrap_or(usize::MAX))
                .is_none()
        });
    }

    /// A chunk with copies of some of these entries.
    pub(crate) fn copy(&self, entries: &[Entry]) -> Self {
        let mut bytes = Vec::with_capacity(entries.iter().map(Entry::length).sum());
        let copied = entries.iter().map(|entry| {
            let start = u32::try_from(bytes.len()).expect(COUNTED);
            bytes.extend_from_slice(self.bytes(entry));
            Entry {
                buffer: 0,
                start,
                ..*entry
            }
        });
        Self {
            entries: copied.collect(),
            buffers: vec![EntryBuffer::Owned(bytes)],
        }
    }

    /// Inserts the entries of another chunk before these.
    pub(crate) fn prepend(&mut self, other: Self) {
        let moved = u32::try_from(self.buffers.len()).expect(COUNTED);
        let entries = other.entries.into_iter().map(|entry| Entry {
            buffer: entry.buffer + moved,
            ..entry
        });
        self.entries.splice(..0, entries);
        self.buffers.extend(other.buffers);
    }

    /// Removes the first `count` entries.
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.entries.drain(..count);
    }

    /// Memory that the entries take, in bytes, without batches that others share.
    pub(crate) fn memory(&self) -> u64 {
        let buffers = self.buffers.iter().map(|buffer| match buffer {
            EntryBuffer::Shared(_) => 0,
            EntryBuffer::Owned(bytes) => bytes.capacity() as u64,
        });
        buffers.sum::<u64>() + (self.entries.capacity() * size_of::<Entry>()) as u64
    }

    /// Number and total length of the entries.
    pub(crate) fn size(&self) -> (u64, u64) {
        let length = self.entries.iter().map(|entry| entry.length() as u64).sum();
        (self.entries.len() as u64, length)
    }
}

impl From<Batch> for Chunk {
    /// The entries of the batch, which must be sorted.
    fn from(batch: Batch) -> Self {
        let mut chunk = Self::default();
        let buffer = chunk.add_buffer(EntryBuffer::Owned(batch.bytes));
        chunk.add_entries(buffer, 0, batch.headers.into_iter());
        chunk
    }
}
