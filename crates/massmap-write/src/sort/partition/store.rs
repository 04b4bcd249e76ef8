//! Storing batches by partition, in memory up to a limit and beyond it in a temporary file.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::partitioned_batch::PartitionedBatch;
use super::partitioned_entries::PartitionedEntries;
use super::ranges::PartitionRanges;
use super::spill_file::{BatchId, SpillFile};
use crate::entry::Batch;
use crate::resources::{Memory, TemporaryFiles};

/// Stores batches from any thread.
#[derive(Debug)]
pub(crate) struct PartitionStore {
    ranges: PartitionRanges,
    memory: Memory,
    files: TemporaryFiles,
    next: AtomicU32,
    state: Mutex<State>,
    /// Notified when batches have been written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    resident: Vec<(BatchId, Arc<PartitionedBatch>)>,
    /// Size of these in bytes.
    size: usize,
    /// Size of the batches that are being written to the file, in bytes.
    spilling: usize,
    /// The file, while no thread writes to it.
    spilled: Option<SpillFile>,
    /// Memory of written batches, for later ones. If one thread freed it and another one allocated it, memory of this size would
    /// pile up in the allocator.
    spare: Vec<PartitionedBatch>,
    failed: bool,
}

impl PartitionStore {
    /// A store for entries with sort keys in `ranges`.
    pub(crate) fn new(ranges: PartitionRanges, memory: Memory, files: &TemporaryFiles) -> Self {
        Self {
            ranges,
            memory,
            files: files.clone(),
            next: AtomicU32::new(0),
            state: Mutex::default(),
            written: Condvar::new(),
        }
    }

    /// A new batch number.
    pub(crate) fn next_id(&self) -> BatchId {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes the entries out of `batch`.
    ///
    /// Waits while other threads make room. After an error, which is returned once, entries are dropped.
    pub(crate) fn push(&self, id: BatchId, batch: &mut Batch) -> io::Result<()> {
        let spare = self.lock().spare.pop().unwrap_or_default();
        let grouped = Arc::new(PartitionedBatch::group(batch, &self.ranges, spare));
        let size = grouped.size();
        let mut state = self.lock();
        while state.spilling > 0 && state.size + state.spilling + size > self.memory.resident() {
            state = self.written.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.failed {
            return Ok(());
        }
        state.size += size;
        state.resident.push((id, grouped));
        match state.size.checked_sub(self.memory.resident()) {
            // Half of the memory, so that the other half takes entries that come meanwhile. More after a large entry.
            Some(excess) if state.spilling == 0 => {
                let half = self.memory.resident() / 2;
                self.spill(state, excess.max(half))
            }
            _ => Ok(()),
        }
    }

    /// Writes the oldest batches in memory, at least `size` bytes of them.
    fn spill(&self, mut state: MutexGuard<'_, State>, size: usize) -> io::Result<()> {
        let mut count = 0;
        let mut spilling = 0;
        for (_, batch) in &state.resident {
            if spilling >= size {
                break;
            }
            count += 1;
            spilling += batch.size();
        }
        let batches: Vec<_> = state.resident.drain(..count).collect();
        state.size -= spilling;
        state.spilling = spilling;
        let file = state.spilled.take();
        drop(state);

        let written = self.write(file, &batches);
        let mut state = self.lock();
        state.spilling = 0;
        let unshared = batches
            .into_iter()
            .filter_map(|(_, batch)| Arc::into_inner(batch));
        // Unusually large memory is not kept.
        state
            .spare
            .extend(unshared.filter(|batch| batch.size() <= self.memory.large()));
        self.written.notify_all();
        match written {
            Ok(file) => {
                state.spilled = Some(file);
                Ok(())
            }
            Err(error) => {
                state.failed = true;
                Err(error)
            }
        }
    }

    fn write(
        &self,
        file: Option<SpillFile>,
        batches: &[(BatchId, Arc<PartitionedBatch>)],
    ) -> io::Result<SpillFile> {
        let mut file = match file {
            Some(file) => file,
            None => SpillFile::new(&self.files)?,
        };
        file.write(batches, self.ranges.count())?;
        Ok(file)
    }

    /// All entries, in the order `batch_order` of their batches, or without it in the order of the batch numbers.
    ///
    /// Must not be called before all batches are pushed.
    pub(crate) fn finish(&self, batch_order: Option<&[BatchId]>) -> PartitionedEntries {
        let mut state = self.lock();
        state.spare.clear();
        let ranks = batch_order.map(|batch_order| {
            let mut ranks = vec![0; self.next.load(Ordering::Relaxed) as usize];
            for (rank, id) in (0..).zip(batch_order) {
                *ranks
                    .get_mut(*id as usize)
                    .expect("batch numbers are less than the next one") = rank;
            }
            ranks
        });
        PartitionedEntries::new(
            self.ranges,
            std::mem::take(&mut state.resident),
            state.spilled.take(),
            ranks,
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic that leaves the state inconsistent ends the build.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
