//! Collecting entries from an iterator, while other threads group them by partition.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use massmap_format::FormatVersion;

use super::collected::{CollectedEntries, totals};
use crate::config::Settings;
use crate::entry::{Batch, Totals};
use crate::resources::{PhaseProgress, Resources, Task};
use crate::sort::partition::{PartitionRanges, PartitionStore};

/// Collects entries.
#[derive(Debug)]
pub(crate) struct Collector {
    resources: Resources,
    format: FormatVersion,
    /// The lowest and the highest sort key that entries may have.
    bounds: (u64, u64),
    partitions: usize,
    progress: PhaseProgress,
    batch: Batch,
    /// Approximate size of a batch, in bytes.
    batch_size: usize,
    /// Created when the first batch is full. Few entries do without it.
    store: Option<Arc<PartitionStore>>,
    tasks: VecDeque<Task<io::Result<(Batch, Totals)>>>,
    /// Empty batches with capacity for entries.
    spare: Vec<Batch>,
    totals: Totals,
}

impl Collector {
    pub(crate) fn new(settings: &Settings, resources: &Resources, progress: PhaseProgress) -> Self {
        let (bounds, partitions) = settings.bounds(resources.memory);
        Self::within(bounds, partitions, settings.format(), resources, progress)
    }

    /// For entries with sort keys within `bounds`, divided into at most `partitions` partitions.
    pub(crate) fn within(
        bounds: (u64, u64),
        partitions: usize,
        format: FormatVersion,
        resources: &Resources,
        progress: PhaseProgress,
    ) -> Self {
        Self {
            partitions,
            resources: resources.clone(),
            format,
            bounds,
            progress,
            batch: Batch::default(),
            // The number of threads is not needed before the first batch is full; asking for it would start them.
            batch_size: resources.memory.batch(0),
            store: None,
            tasks: VecDeque::new(),
            spare: Vec::new(),
            totals: Totals::default(),
        }
    }

    /// Calls `push` with a batch to append entries to.
    #[inline]
    pub(crate) fn push<E>(&mut self, push: impl FnOnce(&mut Batch) -> Result<(), E>) -> io::Result<()>
    where
        io::Error: From<E>,
    {
        push(&mut self.batch)?;
        match self.batch.size() >= self.batch_size {
            true => self.hand_over(),
            false => Ok(()),
        }
    }

    /// Adds a whole batch.
    pub(crate) fn push_batch(&mut self, batch: Batch) -> io::Result<()> {
        self.batch = batch;
        self.hand_over()
    }

    /// Passes the batch to other threads.
    #[cold]
    fn hand_over(&mut self) -> io::Result<()> {
        if let Some(front) = self.batch.split_before_large(self.resources.memory.large()) {
            let large = std::mem::replace(&mut self.batch, front);
            self.hand_over_whole()?;
            self.batch = large;
        }
        self.hand_over_whole()
    }

    fn hand_over_whole(&mut self) -> io::Result<()> {
        let Resources {
            memory,
            threads,
            files,
        } = &self.resources;
        let (first, last) = self.bounds;
        let store = self.store.get_or_insert_with(|| {
            let ranges = PartitionRanges::new(first, last, self.partitions);
            Arc::new(PartitionStore::new(ranges, *memory, files))
        });
        let mut batch = std::mem::take(&mut self.batch);
        let size = batch.size();
        let store = Arc::clone(store);
        let id = store.next_id();
        let format = self.format;
        self.progress
            .add(batch.headers.len() as u64, batch.bytes.len() as u64)?;
        self.tasks.push_back(threads.spawn(move || {
            let totals = totals(&batch, format);
            store.push(id, &mut batch)?;
            Ok((batch, totals))
        })?);
        // One task for each thread and one that waits. A large entry must be out of memory before the next one comes.
        let max_tasks = match size > memory.large() {
            true => 0,
            false => threads.count()? + 1,
        };
        self.batch_size = memory.batch(threads.count()?);
        while self.tasks.len() > max_tasks {
            self.wait()?;
        }
        self.batch = self.spare.pop().unwrap_or_default();
        Ok(())
    }

    fn wait(&mut self) -> io::Result<()> {
        if let Some(task) = self.tasks.pop_front() {
            let (batch, totals) = task.wait()?;
            self.spare.push(batch);
            self.totals.merge(totals);
        }
        Ok(())
    }

    /// All entries that were pushed.
    pub(crate) fn finish(mut self) -> io::Result<CollectedEntries> {
        if self.store.is_some() && !self.batch.is_empty() {
            self.hand_over()?;
        }
        while !self.tasks.is_empty() {
            self.wait()?;
        }
        let is_small = self.store.is_none();
        let store = match self.store.take() {
            Some(store) => store,
            None => {
                let Resources { memory, files, .. } = &self.resources;
                let (first, last) = self.bounds;
                self.progress
                    .add(self.batch.headers.len() as u64, self.batch.bytes.len() as u64)?;
                self.totals = totals(&self.batch, self.format);
                let store = PartitionStore::new(PartitionRanges::new(first, last, 1), *memory, files);
                store.push(store.next_id(), &mut self.batch)?;
                Arc::new(store)
            }
        };
        Ok(CollectedEntries {
            entries: store.finish(None),
            totals: self.totals,
            is_small,
        })
    }
}
