//! The encoded entries of a bucket or a run of pages.

use std::io;
use std::ops::Range;

use massmap_core::{Block, Extent, ReadError, Slot};
use massmap_format::{EntryLayout, RawEntry};
use massmap_hash::MassMapHashLoader;

use crate::MassMapInner;

/// How blocks have their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As MessagePack.
    Encoded,
    /// As they are stored.
    Stored,
}

/// The entries of one bucket or run of pages, as MessagePack.
#[derive(Debug, Clone, Default)]
pub struct RawBlock {
    /// Keys and values, back to back.
    pub(super) bytes: Vec<u8>,
    /// For each entry, the ends of its key and of its value.
    pub(super) ends: Vec<(usize, usize)>,
    /// Index of the bucket, or number of the run's first page.
    pub(super) index: usize,
    /// Number of entries of a long run before these.
    pub(super) first: usize,
    /// The bins of a run of pages.
    pub(super) bins: Range<u64>,
    /// The slots of a run's entries, and the number of slots that the run has.
    pub(super) slots: Vec<u32>,
    pub(super) slot_count: u64,
}

impl RawBlock {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Length of all keys and values, in bytes.
    #[must_use]
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// The entry number `index`, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RawEntry<'_>> {
        let start = match index.checked_sub(1) {
            Some(previous) => self.ends.get(previous)?.1,
            None => 0,
        };
        let &(key_end, end) = self.ends.get(index)?;
        Some(RawEntry {
            key: self.bytes.get(start..key_end)?,
            value: self.bytes.get(key_end..end)?,
        })
    }

    /// A copy of the entries of `block` as they are stored, which need not be MessagePack.
    pub(crate) fn stored(extent: &Extent, block: &Block<'_>) -> io::Result<Self> {
        Self::with(extent, block, |entry, bytes| {
            bytes.extend_from_slice(entry.key);
            let key_end = bytes.len();
            bytes.extend_from_slice(entry.value);
            Ok(key_end)
        })
    }

    /// The entries of `block`, which is `extent`, as MessagePack.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`] if the block is damaged;
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    pub fn encoded<R, H: MassMapHashLoader>(
        inner: &MassMapInner<R, H>,
        extent: &Extent,
        block: &Block<'_>,
    ) -> io::Result<Self> {
        match block.entry_layout() {
            EntryLayout::Fixed(_) | EntryLayout::Compressed => Self::with(extent, block, |entry, bytes| {
                inner.append_encoded(extent.index(), entry, bytes)
            }),
            EntryLayout::Variable => Self::stored(extent, block),
        }
    }

    /// The entries of `block`, which `append` appends to bytes. It returns where the key ends.
    fn with(
        extent: &Extent,
        block: &Block<'_>,
        mut append: impl FnMut(&RawEntry<'_>, &mut Vec<u8>) -> io::Result<usize>,
    ) -> io::Result<Self> {
        let mut raw = Self {
            index: extent.index(),
            ..Self::default()
        };
        for slot in block.slots() {
            raw.slots.push(slot.number);
            raw.slot_count = slot.of;
        }
        let length = block.byte_length();
        // Entries may be large, and memory may be scarce.
        raw.bytes
            .try_reserve_exact(length)
            .map_err(|_| ReadError::OutOfMemory {
                bucket: extent.index(),
                length,
            })?;
        block.for_each(|entry| {
            let key_end = append(&entry, &mut raw.bytes)?;
            raw.ends.push((key_end, raw.bytes.len()));
            Ok::<_, io::Error>(())
        })?;
        Ok(raw)
    }

    /// The slot of the entry number `index`; `None` for a bucket.
    pub(super) fn slot(&self, index: usize) -> Option<Slot> {
        let number = *self.slots.get(index)?;
        Some(Slot {
            number,
            of: self.slot_count,
        })
    }

    /// The block with the bins of its run of pages.
    pub(super) fn with_bins(mut self, bins: Range<u64>) -> Self {
        self.bins = bins;
        self
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = RawEntry<'_>> {
        (0..self.len()).map_while(|index| self.get(index))
    }
}
