//! Keeps batches in memory up to a limit, and beyond it in a temporary file.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::gathered::Gathered;
use super::ranges::Ranges;
use super::scatter::Scattered;
use super::spill::{BatchId, Spill};
use crate::entry::Batch;
use crate::resources::{Memory, TemporaryFiles};

/// Where batches go, from any thread.
#[derive(Debug)]
pub(crate) struct Store {
    ranges: Ranges,
    memory: Memory,
    files: TemporaryFiles,
    next: AtomicU32,
    state: Mutex<State>,
    /// Notified when a run has been written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    resident: Vec<(BatchId, Arc<Scattered>)>,
    /// How many bytes these take.
    size: usize,
    /// How many bytes are just being written to the file.
    spilling: usize,
    /// The file while nobody writes to it.
    spill: Option<Spill>,
    /// What batches were in that have been written, for those to come: freed by one thread and allocated by another, memory
    /// of this size would pile up in the allocator.
    spare: Vec<Scattered>,
    failed: bool,
}

impl Store {
    /// For entries whose orders are in `ranges`.
    pub(crate) fn new(ranges: Ranges, memory: Memory, files: &TemporaryFiles) -> Self {
        Self {
            ranges,
            memory,
            files: files.clone(),
            next: AtomicU32::new(0),
            state: Mutex::default(),
            written: Condvar::new(),
        }
    }

    /// What the next batch is called, which is not called like any other.
    pub(crate) fn next_id(&self) -> BatchId {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes the entries out of `batch`.
    ///
    /// Waits while other threads make room. After an error, entries are dropped: the error has been returned once already.
    pub(crate) fn push(&self, id: BatchId, batch: &mut Batch) -> io::Result<()> {
        let spare = self.lock().spare.pop().unwrap_or_default();
        let scattered = Arc::new(Scattered::take(batch, &self.ranges, spare));
        let size = scattered.size();
        let mut state = self.lock();
        while state.spilling > 0 && state.size + state.spilling + size > self.memory.resident() {
            state = self.written.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.failed {
            return Ok(());
        }
        state.size += size;
        state.resident.push((id, scattered));
        match state.size.checked_sub(self.memory.resident()) {
            // Half, so that the other half takes what comes while it is written, and large entries at once.
            Some(excess) if state.spilling == 0 => {
                let half = self.memory.resident() / 2;
                self.spill(state, excess.max(half))
            }
            _ => Ok(()),
        }
    }

    /// Writes the oldest of the resident batches, as many as take at least `size` bytes.
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
        let spill = state.spill.take();
        drop(state);

        let written = self.write(spill, &batches);
        let mut state = self.lock();
        state.spilling = 0;
        let unshared = batches
            .into_iter()
            .filter_map(|(_, batch)| Arc::into_inner(batch));
        // A larger one than usual is not worth keeping.
        state
            .spare
            .extend(unshared.filter(|batch| batch.size() <= self.memory.large()));
        self.written.notify_all();
        match written {
            Ok(spill) => {
                state.spill = Some(spill);
                Ok(())
            }
            Err(error) => {
                state.failed = true;
                Err(error)
            }
        }
    }

    fn write(&self, spill: Option<Spill>, batches: &[(BatchId, Arc<Scattered>)]) -> io::Result<Spill> {
        let mut spill = match spill {
            Some(spill) => spill,
            None => Spill::new(&self.files)?,
        };
        spill.write(batches, self.ranges.count())?;
        Ok(spill)
    }

    /// All entries, in the order of the batches, which `order` tells, or that of their names without it.
    ///
    /// Nobody pushes any more.
    pub(crate) fn finish(&self, order: Option<&[BatchId]>) -> Gathered {
        let mut state = self.lock();
        state.spare.clear();
        let ranks = order.map(|order| {
            let mut ranks = vec![0; self.next.load(Ordering::Relaxed) as usize];
            for (rank, id) in (0..).zip(order) {
                *ranks
                    .get_mut(*id as usize)
                    .expect("a batch is called by its number") = rank;
            }
            ranks
        });
        Gathered::new(
            self.ranges,
            std::mem::take(&mut state.resident),
            state.spill.take(),
            ranks,
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Where a panic could come between two steps that belong together, the map is not written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
