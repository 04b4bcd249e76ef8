//! All entries by partition, ready to be read.

use std::io;
use std::sync::Arc;

use massmap_core::codec::reserve_exact;

use super::chunk::{Chunk, Segment};
use super::ranges::Ranges;
use super::scatter::Scattered;
use super::spill::{BatchId, Part, READ_BLOCK, Spill};
use crate::entry::{Batch, Head};
use crate::error::WriteError;
use crate::resources::{Memory, TemporaryFiles};

/// Entries by partition, in memory or in a temporary file.
#[derive(Debug)]
pub(crate) struct Gathered {
    ranges: Ranges,
    /// In the order of their entries.
    pub(super) resident: Vec<(BatchId, Arc<Scattered>)>,
    pub(super) spill: Option<Spill>,
    /// Which place each batch has in the order of the entries, if its name does not tell.
    ranks: Option<Vec<u32>>,
}

impl Gathered {
    pub(super) fn new(
        ranges: Ranges,
        mut resident: Vec<(BatchId, Arc<Scattered>)>,
        spill: Option<Spill>,
        ranks: Option<Vec<u32>>,
    ) -> Self {
        resident.sort_unstable_by_key(|(batch, _)| rank(ranks.as_deref(), *batch));
        Self {
            ranges,
            resident,
            spill,
            ranks,
        }
    }

    /// Makes sure that no partition that is too large to be loaded is in memory: dividing it further needs that memory.
    pub(crate) fn loadable(self, memory: Memory, files: &TemporaryFiles) -> io::Result<Self> {
        let too_large = |partition| self.size(partition) > memory.partition();
        match (0..self.count()).any(too_large) {
            true => self.spilled(files),
            false => Ok(self),
        }
    }

    /// Writes what is in memory to the temporary file, so that all entries can be read piece by piece.
    pub(crate) fn spilled(mut self, files: &TemporaryFiles) -> io::Result<Self> {
        if !self.resident.is_empty() {
            let mut spill = match self.spill.take() {
                Some(spill) => spill,
                None => Spill::new(files)?,
            };
            spill.write(&std::mem::take(&mut self.resident), self.count())?;
            self.spill = Some(spill);
        }
        Ok(self)
    }

    /// How many partitions there are.
    pub(crate) fn count(&self) -> usize {
        self.ranges.count()
    }

    /// The lowest and the highest order that a partition may have.
    pub(crate) fn bounds(&self, partition: usize) -> (u64, u64) {
        self.ranges.bounds(partition)
    }

    /// How many bytes the entries of a partition take, about.
    pub(crate) fn size(&self, partition: usize) -> u64 {
        let resident: u64 = self
            .resident
            .iter()
            .map(|(_, batch)| batch.part(partition).size())
            .sum();
        resident + self.spill.as_ref().map_or(0, |spill| spill.size(partition))
    }

    /// Brings the entries of a partition into memory, in the order in which they came.
    pub(crate) fn load(&self, partition: usize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        let mut spilled = Vec::new();
        if let Some(spill) = &self.spill {
            for (of_run, bytes) in spill.load(partition)? {
                let segment = chunk.add_segment(Segment::Own(bytes));
                spilled.extend(of_run.into_iter().map(|part| (segment, part)));
            }
            spilled.sort_unstable_by_key(|(_, part)| self.rank(part.batch));
        }
        let mut spilled = spilled.into_iter().peekable();
        for (id, batch) in &self.resident {
            while let Some((segment, part)) =
                spilled.next_if(|(_, part)| self.rank(part.batch) < self.rank(*id))
            {
                chunk.add_spilled(segment, &part);
            }
            let part = batch.part(partition);
            if !part.heads.is_empty() {
                let segment = chunk.add_segment(Segment::Shared(Arc::clone(batch)));
                chunk.add_entries(segment, part.start, part.heads.iter().copied());
            }
        }
        spilled.for_each(|(segment, part)| chunk.add_spilled(segment, &part));
        Ok(chunk)
    }

    /// The entries of a partition that was spilled, to be read piece by piece.
    pub(crate) fn pieces(&self, partition: usize) -> io::Result<Pieces<'_>> {
        let mut parts = match &self.spill {
            Some(spill) => spill.parts(partition)?,
            None => Vec::new(),
        };
        parts.sort_unstable_by_key(|part| self.rank(part.batch));
        Ok(Pieces {
            spill: self.spill.as_ref(),
            parts,
        })
    }

    /// Calls `f` with all entries, partition by partition where they were spilled, in batches of at most `limit` bytes if no
    /// single entry is larger. What was in memory is freed on the way.
    pub(crate) fn into_batches(
        mut self,
        limit: usize,
        mut f: impl FnMut(Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        match &mut self.spill {
            // What is in memory may come between what was spilled.
            Some(spill) => spill.write(&std::mem::take(&mut self.resident), self.ranges.count())?,
            None => self.resident.drain(..).try_for_each(|(_, batch)| {
                let batch = Arc::into_inner(batch).expect("only chunks share them, which are gone");
                f(batch.into_batch())
            })?,
        }
        (0..self.count()).try_for_each(|partition| self.pieces(partition)?.for_each(limit, &mut f))
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

/// The entries of a spilled partition, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    spill: Option<&'a Spill>,
    parts: Vec<Part>,
}

impl Pieces<'_> {
    /// How many entries there are.
    pub(crate) fn count(&self) -> u64 {
        self.parts.iter().map(|part| part.count).sum()
    }

    /// Calls `f` with the heads of all entries, in order.
    pub(crate) fn for_each_head(&self, mut f: impl FnMut(Head)) -> io::Result<()> {
        for part in &self.parts {
            self.read_heads(part, |heads| {
                heads.iter().copied().for_each(&mut f);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Calls `f` with all entries, in order, in batches of at most `limit` bytes if no single entry is larger.
    pub(crate) fn for_each(
        &self,
        limit: usize,
        mut f: impl FnMut(Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut batch = Batch::default();
        // How many bytes `heads` are of which the bytes have not been read.
        let mut size = 0;
        for part in &self.parts {
            let mut position = part.bytes.0;
            self.read_heads(part, |heads| {
                let mut wanted = 0;
                for head in heads {
                    let length = head.length() + Head::SIZE;
                    if size + length > limit && !batch.is_empty() {
                        self.read_bytes(&mut position, std::mem::take(&mut wanted), &mut batch)?;
                        f(std::mem::take(&mut batch))?;
                        size = 0;
                    }
                    batch.heads.push(*head);
                    wanted += head.length();
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

    fn read_heads(&self, part: &Part, mut f: impl FnMut(&[Head]) -> io::Result<()>) -> io::Result<()> {
        const AT_ONCE: u64 = READ_BLOCK / Head::SIZE as u64;
        let Some(spill) = self.spill else { return Ok(()) };
        let mut heads = Vec::new();
        let (mut start, mut left) = (part.heads, part.count);
        while left > 0 {
            let count = left.min(AT_ONCE);
            let end = start + count * Head::SIZE as u64;
            heads.clear();
            spill.read(start..end, |bytes| {
                heads.extend(bytes.as_chunks().0.iter().map(Head::decode))
            })?;
            f(&heads)?;
            start = end;
            left -= count;
        }
        Ok(())
    }

    fn read_bytes(&self, position: &mut u64, length: usize, batch: &mut Batch) -> io::Result<()> {
        let Some(spill) = self.spill else { return Ok(()) };
        reserve_exact(&mut batch.bytes, length).map_err(|error| WriteError::out_of_memory(None, error))?;
        let end = *position + length as u64;
        spill.read(*position..end, |bytes| batch.bytes.extend_from_slice(bytes))?;
        *position = end;
        Ok(())
    }
}
