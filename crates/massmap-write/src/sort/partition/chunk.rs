//! Entries that are in memory together, and bringing them into their order.

use std::sync::Arc;

use massmap_format::{DuplicateKeys, RawEntry};

use super::scatter::Scattered;
use super::spill::Part;
use crate::entry::{Batch, Head};
use crate::error::WriteError;
use crate::sort::duplicates::which_to_keep;

/// Entries, and the memory that their bytes are in.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    segments: Vec<Segment>,
    entries: Vec<Entry>,
}

/// Bytes of entries.
#[derive(Debug)]
pub(crate) enum Segment {
    /// A batch of which this partition is a part.
    Shared(Arc<Scattered>),
    /// What has been read.
    Own(Vec<u8>),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(batch) => batch.bytes(),
            Self::Own(bytes) => bytes,
        }
    }
}

/// An entry of a [`Chunk`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub(crate) order: u64,
    segment: u32,
    /// Where the key begins; the value lies behind it. Segments longer than 4 GiB hold a single entry.
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

const COUNTED: &str = "counted with 32 bits, since a chunk is small";

impl Chunk {
    /// Adds bytes of entries to come, and returns what to call them.
    pub(crate) fn add_segment(&mut self, segment: Segment) -> u32 {
        let number = u32::try_from(self.segments.len()).expect(COUNTED);
        self.segments.push(segment);
        number
    }

    /// Adds entries that lie one behind the other in a segment, from `start` on.
    pub(crate) fn add_entries(
        &mut self,
        segment: u32,
        mut start: usize,
        heads: impl ExactSizeIterator<Item = Head>,
    ) {
        self.entries.reserve(heads.len());
        for head in heads {
            self.entries.push(Entry {
                order: head.order,
                segment,
                start: u32::try_from(start).expect(COUNTED),
                key_length: head.key_length,
                value_length: head.value_length,
            });
            start += head.length();
        }
    }

    /// Adds the entries of a part whose places count from the beginning of the segment.
    pub(crate) fn add_spilled(&mut self, segment: u32, part: &Part) {
        let place = |position: u64| usize::try_from(position).expect(COUNTED);
        let bytes = self.segments.get(segment as usize).map(Segment::bytes);
        let heads = place(part.heads)..place(part.heads) + place(part.count) * Head::SIZE;
        let heads = bytes.and_then(|bytes| bytes.get(heads)).unwrap_or_default();
        let heads: Vec<_> = heads.as_chunks().0.iter().map(Head::decode).collect();
        self.add_entries(segment, place(part.bytes.0), heads.into_iter());
    }

    /// The entries in their order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Key and value of an entry, one behind the other.
    #[inline]
    pub(crate) fn bytes(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.segments
            .get(entry.segment as usize)
            .and_then(|segment| segment.bytes().get(start..start + entry.length()))
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

    /// The entries in groups of the same order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|a, b| a.order == b.order)
    }

    /// Brings the entries, whose orders are within `bounds`, into their order; those of the same order stay as they are.
    pub(crate) fn sort(&mut self, bounds: (u64, u64)) {
        const COUNTED: &str = "orders are within their bounds, and each entry has a place";
        let (first, last) = bounds;
        let count = self.entries.len();
        // As many slots as entries, at most: they are so narrow that most hold few entries.
        let shift = (0..64).find(|&shift| (last - first) >> shift < count as u64);
        let Some(shift) = shift.filter(|_| count > 1) else {
            self.entries.sort_by_key(|entry| entry.order);
            return;
        };
        let slot = |entry: &Entry| usize::try_from((entry.order - first) >> shift).expect(COUNTED);
        let mut next = vec![
            0u32;
            slot(&Entry {
                order: last,
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
                slot.sort_by_key(|entry| entry.order);
            }
        }
        self.entries = sorted;
    }

    /// Does with equal keys what `duplicates` says. The entries are in their order.
    pub(crate) fn drop_duplicates(&mut self, duplicates: DuplicateKeys) -> Result<(), WriteError> {
        if duplicates == DuplicateKeys::KeepAll {
            return Ok(());
        }
        let mut dropped = Vec::new();
        let mut first = 0;
        for group in self.groups() {
            if group.len() > 1 {
                let keep = which_to_keep(group.iter().map(|entry| self.raw(entry).key), duplicates)?;
                dropped.extend(
                    (first..)
                        .zip(keep)
                        .filter(|(_, keep)| !keep)
                        .map(|(index, _)| index),
                );
            }
            first += group.len();
        }
        let mut dropped = dropped.into_iter().peekable();
        let mut index = 0..;
        self.entries
            .retain(|_| dropped.next_if_eq(&index.next().unwrap_or(usize::MAX)).is_none());
        Ok(())
    }

    /// A chunk with copies of some of these entries.
    pub(crate) fn copy(&self, entries: &[Entry]) -> Self {
        let mut bytes = Vec::with_capacity(entries.iter().map(Entry::length).sum());
        let copied = entries.iter().map(|entry| {
            let start = u32::try_from(bytes.len()).expect(COUNTED);
            bytes.extend_from_slice(self.bytes(entry));
            Entry {
                segment: 0,
                start,
                ..*entry
            }
        });
        Self {
            entries: copied.collect(),
            segments: vec![Segment::Own(bytes)],
        }
    }

    /// Puts the entries of another chunk before these.
    pub(crate) fn prepend(&mut self, other: Self) {
        let moved = u32::try_from(self.segments.len()).expect(COUNTED);
        let entries = other.entries.into_iter().map(|entry| Entry {
            segment: entry.segment + moved,
            ..entry
        });
        self.entries.splice(..0, entries);
        self.segments.extend(other.segments);
    }

    /// Takes the first entries away.
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.entries.drain(..count);
    }

    /// Number and length of the entries.
    pub(crate) fn size(&self) -> (u64, u64) {
        let length = self.entries.iter().map(|entry| entry.length() as u64).sum();
        (self.entries.len() as u64, length)
    }
}

impl From<Batch> for Chunk {
    /// The entries as they are, which is in their order.
    fn from(batch: Batch) -> Self {
        let mut chunk = Self::default();
        let segment = chunk.add_segment(Segment::Own(batch.bytes));
        chunk.add_entries(segment, 0, batch.heads.into_iter());
        chunk
    }
}
