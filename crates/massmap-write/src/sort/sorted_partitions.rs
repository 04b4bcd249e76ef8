//! Sorting partitions one after the other, while other threads prepare the next ones.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::partition::{Chunk, PartitionRanges, PartitionStore, PartitionedEntries};
use crate::resources::{Resources, Task};

/// The next entries in sorted order.
#[derive(Debug)]
pub(crate) enum SortedPartition<T> {
    /// The result of preparing a sorted chunk.
    Chunk(T),
    /// A partition of entries with the same sort key that are too large for memory.
    Oversized(Arc<PartitionedEntries>, usize),
}

/// All entries in sorted order, chunk by chunk.
#[derive(Debug)]
pub(crate) struct SortedPartitions<T, F> {
    resources: Resources,
    /// The levels of division, each with the number of its next partition. The last level is the current one.
    levels: Vec<(Arc<PartitionedEntries>, usize)>,
    /// Partitions with their sizes in bytes.
    queue: VecDeque<(SortedPartition<Task<io::Result<T>>>, u64)>,
    in_flight: u64,
    prepare: F,
}

impl<T, F> SortedPartitions<T, F>
where
    T: Send + 'static,
    F: Fn(Chunk) -> io::Result<T> + Clone + Send + 'static,
{
    /// `prepare` is called with sorted chunks.
    pub(crate) fn new(entries: Arc<PartitionedEntries>, resources: &Resources, prepare: F) -> Self {
        Self {
            resources: resources.clone(),
            levels: vec![(entries, 0)],
            queue: VecDeque::new(),
            in_flight: 0,
            prepare,
        }
    }

    /// The next entries; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<SortedPartition<T>>> {
        self.fill()?;
        let Some((partition, size)) = self.queue.pop_front() else {
            return Ok(None);
        };
        self.in_flight -= size;
        Ok(Some(match partition {
            SortedPartition::Chunk(task) => SortedPartition::Chunk(task.wait()?),
            SortedPartition::Oversized(entries, partition) => SortedPartition::Oversized(entries, partition),
        }))
    }

    fn fill(&mut self) -> io::Result<()> {
        while let Some((entries, next)) = self.levels.last_mut() {
            let partition = *next;
            if partition == entries.count() {
                self.levels.pop();
                continue;
            }
            let size = entries.size(partition);
            if !self.queue.is_empty() && self.in_flight + size > self.resources.sorting() {
                break;
            }
            *next += 1;
            if size == 0 {
                continue;
            }
            let entries = Arc::clone(entries);
            if size <= self.resources.memory.partition() {
                self.in_flight += size;
                let prepare = self.prepare.clone();
                let task = self.resources.threads.spawn(move || {
                    let mut chunk = entries.load(partition)?;
                    chunk.sort(entries.bounds(partition));
                    prepare(chunk)
                })?;
                self.queue.push_back((SortedPartition::Chunk(task), size));
                continue;
            }
            match self.divide(&entries, partition)? {
                Some(divided) => self.levels.push((Arc::new(divided), 0)),
                None => self
                    .queue
                    .push_back((SortedPartition::Oversized(entries, partition), 0)),
            }
        }
        Ok(())
    }

    /// Divides a partition that is too large, unless all of its entries have the same sort key.
    fn divide(
        &self,
        entries: &PartitionedEntries,
        partition: usize,
    ) -> io::Result<Option<PartitionedEntries>> {
        let Resources { memory, files, .. } = &self.resources;
        let partition = entries.spilled_partition(partition)?;
        let (mut first, mut last) = (u64::MAX, 0);
        partition.for_each_header(|header| {
            first = first.min(header.sort_key);
            last = last.max(header.sort_key);
        })?;
        if first >= last {
            return Ok(None);
        }
        let store = PartitionStore::new(
            PartitionRanges::new(first, last, memory.partitions()),
            *memory,
            files,
        );
        partition.for_each_batch(memory.batch(0), |mut batch| {
            store.push(store.next_id(), &mut batch)
        })?;
        store.finish(None).loadable(*memory, files).map(Some)
    }
}
