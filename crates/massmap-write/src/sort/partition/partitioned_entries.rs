//! All entries by partition, ready to be loaded.

use std::io;
use std::sync::Arc;

use massmap_core::codec::reserve_exact;

use super::chunk::{Chunk, EntryBuffer};
use super::partitioned_batch::PartitionedBatch;
use super::ranges::PartitionRanges;
use super::spill_file::{BatchId, READ_SIZE, SpillFile, SpilledSlice};
use crate::entry::{Batch, EntryHeader};
use crate::error::WriteError;
use crate::resources::{Memory, TemporaryFiles};

/// Entries by partition, in memory or in a temporary file.
#[derive(Debug)]
pub(crate) struct PartitionedEntries {
    ranges: PartitionRanges,
    /// Batches in memory, in the order of their entries.
    pub(super) resident: Vec<(BatchId, Arc<PartitionedBatch>)>,
    pub(super) spilled: Option<SpillFile>,
    /// Position of each batch in the order of the entries; `None` if its number is its position.
    ranks: Option<Vec<u32>>,
}

impl PartitionedEntries {
    pub(super) fn new(
        ranges: PartitionRanges,
        mut resident: Vec<(BatchId, Arc<PartitionedBatch>)>,
        spilled: Option<SpillFile>,
        ranks: Option<Vec<u32>>,
    ) -> Self {
        resident.sort_unstable_by_key(|(batch, _)| rank(ranks.as_deref(), *batch));
        Self {
            ranges,
            resident,
            spilled,
            ranks,
        }
    }

    /// Spills everything if a partition is too large to be loaded: dividing it further needs the memory.
    pub(crate) fn loadable(self, memory: Memory, files: &TemporaryFiles) -> io::Result<Self> {
        let too_large = |partition| self.size(partition) > memory.partition();
        match (0..self.count()).any(too_large) {
            true => self.spilled(files),
            false => Ok(self),
        }
    }

    /// Writes entries in memory to the temporary file, so that all entries can be read piece by piece.
    pub(crate) fn spilled(mut self, files: &TemporaryFiles) -> io::Result<Self> {
        if !self.resident.is_empty() {
            let mut file = match self.spilled.take() {
                Some(file) => file,
                None => SpillFile::new(files)?,
            };
            file.write(&std::mem::take(&mut self.resident), self.count())?;
            self.spilled = Some(file);
        }
        Ok(self)
    }

    /// Number of partitions.
    pub(crate) fn count(&self) -> usize {
        self.ranges.count()
    }

    /// The lowest and the highest sort key of a partition.
    pub(crate) fn bounds(&self, partition: usize) -> (u64, u64) {
        self.ranges.bounds(partition)
    }

    /// Approximate size of the entries of a partition, in bytes.
    pub(crate) fn size(&self, partition: usize) -> u64 {
        let resident: u64 = self
            .resident
            .iter()
            .map(|(_, batch)| batch.slice(partition).size())
            .sum();
        resident + self.spilled.as_ref().map_or(0, |file| file.size(partition))
    }

    /// Loads the entries of a partition into memory, in the order of the input.
    pub(crate) fn load(&self, partition: usize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        let mut spilled = Vec::new();
        if let Some(file) = &self.spilled {
            for (slices, bytes) in file.load(partition)? {
                let buffer = chunk.add_buffer(EntryBuffer::Owned(bytes));
                spilled.extend(slices.into_iter().map(|slice| (buffer, slice)));
            }
            spilled.sort_unstable_by_key(|(_, slice)| self.rank(slice.batch));
        }
        let mut spilled = spilled.into_iter().peekable();
        for (id, batch) in &self.resident {
            while let Some((buffer, slice)) =
                spilled.next_if(|(_, slice)| self.rank(slice.batch) < self.rank(*id))
            {
                chunk.add_spilled(buffer, &slice);
            }
            let slice = batch.slice(partition);
            if !slice.headers.is_empty() {
                let buffer = chunk.add_buffer(EntryBuffer::Shared(Arc::clone(batch)));
                let headers = slice.headers.iter().copied();
                match slice.places {
                    Some(places) => chunk.add_scattered(buffer, headers.zip(places.iter().copied())),
                    None => chunk.add_entries(buffer, slice.start, headers),
                }
            }
        }
        spilled.for_each(|(buffer, slice)| chunk.add_spilled(buffer, &slice));
        Ok(chunk)
    }

    /// A spilled partition, whose entries are read piece by piece.
    pub(crate) fn spilled_partition(&self, partition: usize) -> io::Result<SpilledPartition<'_>> {
        let mut slices = match &self.spilled {
            Some(file) => file.slices(partition)?,
            None => Vec::new(),
        };
        slices.sort_unstable_by_key(|slice| self.rank(slice.batch));
        Ok(SpilledPartition {
            file: self.spilled.as_ref(),
            slices,
        })
    }

    /// Calls `f` with all entries, partition by partition if they were spilled, in batches of at most `limit` bytes unless a
    /// single entry is larger. Frees the memory of the entries on the way.
    pub(crate) fn into_batches(
        mut self,
        limit: usize,
        mut f: impl FnMut(Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        match &mut self.spilled {
            // Batches in memory may come between spilled ones.
            Some(file) => file.write(&std::mem::take(&mut self.resident), self.ranges.count())?,
            None => self.resident.drain(..).try_for_each(|(_, batch)| {
                let batch = Arc::into_inner(batch).expect("only chunks share batches, and there are none");
                f(batch.into_batch())
            })?,
        }
        (0..self.count())
            .try_for_each(|partition| self.spilled_partition(partition)?.for_each_batch(limit, &mut f))
    }

    fn rank(&self, batch: BatchId) -> u32 {
        rank(self.ranks.as_deref(), batch)
    }
}

fn rank(ranks: Option<&[u32]>, batch: BatchId) -> u32 {
    match ranks {
        Some(ranks) => *ranks.get(batch as usize).expect("each batch has a rank"),
        None => batch,
    }
}

/// The entries of a spilled partition, in the order of the input.
#[derive(Debug)]
pub(crate) struct SpilledPartition<'a> {
    file: Option<&'a SpillFile>,
    slices: Vec<SpilledSlice>,
}

impl SpilledPartition<'_> {
    /// Number of entries.
    pub(crate) fn count(&self) -> u64 {
        self.slices.iter().map(|slice| slice.count).sum()
    }

    /// Calls `f` with the headers of all entries, in order.
    pub(crate) fn for_each_header(&self, mut f: impl FnMut(EntryHeader)) -> io::Result<()> {
        for slice in &self.slices {
            self.read_headers(slice, |headers| {
                headers.iter().copied().for_each(&mut f);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Calls `f` with all entries, in order, in batches of at most `limit` bytes unless a single entry is larger.
    pub(crate) fn for_each_batch(
        &self,
        limit: usize,
        mut f: impl FnMut(Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut batch = Batch::default();
        // Size of the batch once all its bytes are read.
        let mut size = 0;
        for slice in &self.slices {
            let mut position = slice.bytes.start;
            self.read_headers(slice, |headers| {
                let mut wanted = 0;
                for header in headers {
                    let length = header.length() + EntryHeader::SIZE;
                    if size + length > limit && !batch.is_empty() {
                        self.read_bytes(&mut position, std::mem::take(&mut wanted), &mut batch)?;
                        f(std::mem::take(&mut batch))?;
                        size = 0;
                    }
                    batch.headers.push(*header);
                    wanted += header.length();
                    size += length;
                }
                self.read_bytes(&mut position, wanted, &mut batch)
            })?;
        }
        match batch.is_empty() {
            true => Ok(()),
            false => f(batch),
        }
    }

    fn read_headers(
        &self,
        slice: &SpilledSlice,
        mut f: impl FnMut(&[EntryHeader]) -> io::Result<()>,
    ) -> io::Result<()> {
        const AT_ONCE: u64 = READ_SIZE / EntryHeader::SIZE as u64;
        let Some(file) = self.file else { return Ok(()) };
        let mut headers = Vec::new();
        let (mut start, mut left) = (slice.headers, slice.count);
        while left > 0 {
            let count = left.min(AT_ONCE);
            let end = start + count * EntryHeader::SIZE as u64;
            headers.clear();
            file.read(start..end, |bytes| {
                headers.extend(bytes.as_chunks().0.iter().map(EntryHeader::decode))
            })?;
            f(&headers)?;
            start = end;
            left -= count;
        }
        Ok(())
    }

    fn read_bytes(&self, position: &mut u64, length: usize, batch: &mut Batch) -> io::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        reserve_exact(&mut batch.bytes, length).map_err(|error| WriteError::out_of_memory(None, error))?;
        let end = *position + length as u64;
        file.read(*position..end, |bytes| batch.bytes.extend_from_slice(bytes))?;
        *position = end;
        Ok(())
    }
}
