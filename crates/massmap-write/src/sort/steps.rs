//! Going through partitions in their order, while other threads prepare the ones to come.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::partition::{Chunk, Gathered, Ranges, Store};
use crate::resources::{Means, Task};

/// What there is to write next.
#[derive(Debug)]
pub(crate) enum Step<T> {
    /// What was prepared of entries that are in their order.
    Chunk(T),
    /// Entries that are all of the same order, and too many for memory or a single one that is too large: those of a
    /// partition.
    Giant(Arc<Gathered>, usize),
}

/// All entries in their order, chunk by chunk.
#[derive(Debug)]
pub(crate) struct Steps<T, F> {
    means: Means,
    /// Divided further and further; the last one is where to go on.
    levels: Vec<(Arc<Gathered>, usize)>,
    /// Steps with their sizes in bytes.
    queue: VecDeque<(Step<Task<io::Result<T>>>, u64)>,
    in_flight: u64,
    prepare: F,
}

impl<T, F> Steps<T, F>
where
    T: Send + 'static,
    F: Fn(Chunk) -> io::Result<T> + Clone + Send + 'static,
{
    /// `prepare` gets the entries of a chunk in their order.
    pub(crate) fn new(gathered: Arc<Gathered>, means: &Means, prepare: F) -> Self {
        Self {
            means: means.clone(),
            levels: vec![(gathered, 0)],
            queue: VecDeque::new(),
            in_flight: 0,
            prepare,
        }
    }

    /// The next step; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Step<T>>> {
        self.fill()?;
        let Some((step, size)) = self.queue.pop_front() else {
            return Ok(None);
        };
        self.in_flight -= size;
        Ok(Some(match step {
            Step::Chunk(task) => Step::Chunk(task.wait()?),
            Step::Giant(gathered, partition) => Step::Giant(gathered, partition),
        }))
    }

    fn fill(&mut self) -> io::Result<()> {
        while let Some((gathered, next)) = self.levels.last_mut() {
            let partition = *next;
            if partition == gathered.count() {
                self.levels.pop();
                continue;
            }
            let size = gathered.size(partition);
            if !self.queue.is_empty() && self.in_flight + size > self.means.in_flight() {
                break;
            }
            *next += 1;
            if size == 0 {
                continue;
            }
            let gathered = Arc::clone(gathered);
            if size <= self.means.memory.partition() {
                self.in_flight += size;
                let prepare = self.prepare.clone();
                let task = self.means.threads.spawn(move || {
                    let mut chunk = gathered.load(partition)?;
                    chunk.sort(gathered.bounds(partition));
                    prepare(chunk)
                })?;
                self.queue.push_back((Step::Chunk(task), size));
                continue;
            }
            match self.divide(&gathered, partition)? {
                Some(divided) => self.levels.push((Arc::new(divided), 0)),
                None => self.queue.push_back((Step::Giant(gathered, partition), 0)),
            }
        }
        Ok(())
    }

    /// Divides a partition that is too large, unless all of it is of the same order.
    fn divide(&self, gathered: &Gathered, partition: usize) -> io::Result<Option<Gathered>> {
        let Means { memory, files, .. } = &self.means;
        let pieces = gathered.pieces(partition)?;
        let (mut first, mut last) = (u64::MAX, 0);
        pieces.for_each_head(|head| {
            first = first.min(head.order);
            last = last.max(head.order);
        })?;
        if first >= last {
            return Ok(None);
        }
        let store = Store::new(Ranges::new(first, last, memory.partitions()), *memory, files);
        pieces.for_each(memory.batch(0), |mut batch| {
            store.push(store.next_id(), &mut batch)
        })?;
        store.finish(None).loadable(*memory, files).map(Some)
    }
}
