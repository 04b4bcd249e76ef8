//! Taking entries in, one after the other, while other threads bring them together by partition.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use massmap_format::FormatVersion;

use super::collected::{Collected, totals};
use crate::config::Settings;
use crate::entry::{Batch, Totals};
use crate::resources::{Means, Stage, Task};
use crate::sort::partition::{Ranges, Store};

/// Takes entries in.
#[derive(Debug)]
pub(crate) struct Collector {
    means: Means,
    format: FormatVersion,
    /// The lowest and the highest order that entries may have.
    bounds: (u64, u64),
    partitions: usize,
    stage: Stage,
    batch: Batch,
    /// How many bytes a batch takes, about.
    batch_size: usize,
    /// Made when the first batch is full: few entries do without it.
    store: Option<Arc<Store>>,
    tasks: VecDeque<Task<io::Result<(Batch, Totals)>>>,
    /// Empty, with room for entries.
    spare: Vec<Batch>,
    totals: Totals,
}

impl Collector {
    pub(crate) fn new(settings: &Settings, means: &Means, stage: Stage) -> Self {
        let (bounds, partitions) = settings.bounds(means.memory);
        Self::within(bounds, partitions, settings.format(), means, stage)
    }

    /// For entries whose orders are within `bounds`, which are divided into at most so many partitions.
    pub(crate) fn within(
        bounds: (u64, u64),
        partitions: usize,
        format: FormatVersion,
        means: &Means,
        stage: Stage,
    ) -> Self {
        Self {
            partitions,
            means: means.clone(),
            format,
            bounds,
            stage,
            batch: Batch::default(),
            // Until the first one is full, nobody asks for the number of threads, which would start them.
            batch_size: means.memory.batch(0),
            store: None,
            tasks: VecDeque::new(),
            spare: Vec::new(),
            totals: Totals::default(),
        }
    }

    /// Has `push` put entries into a batch.
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

    /// Takes a batch as it is.
    pub(crate) fn push_batch(&mut self, batch: Batch) -> io::Result<()> {
        self.batch = batch;
        self.hand_over()
    }

    /// Gives the batch to other threads.
    #[cold]
    fn hand_over(&mut self) -> io::Result<()> {
        if let Some(front) = self.batch.split_before_large(self.means.memory.large()) {
            let large = std::mem::replace(&mut self.batch, front);
            self.hand_over_as_it_is()?;
            self.batch = large;
        }
        self.hand_over_as_it_is()
    }

    fn hand_over_as_it_is(&mut self) -> io::Result<()> {
        let Means {
            memory,
            threads,
            files,
        } = &self.means;
        let (first, last) = self.bounds;
        let store = self.store.get_or_insert_with(|| {
            let ranges = Ranges::new(first, last, self.partitions);
            Arc::new(Store::new(ranges, *memory, files))
        });
        let mut batch = std::mem::take(&mut self.batch);
        let size = batch.size();
        let store = Arc::clone(store);
        let id = store.next_id();
        let format = self.format;
        self.stage.add(batch.heads.len() as u64, batch.bytes.len() as u64);
        self.tasks.push_back(threads.spawn(move || {
            let totals = totals(&batch, format);
            store.push(id, &mut batch)?;
            Ok((batch, totals))
        })?);
        // One for each thread, and one that is waiting; but a large entry is to be out of memory before another one comes.
        let most = match size > memory.large() {
            true => 0,
            false => threads.count()? + 1,
        };
        self.batch_size = memory.batch(threads.count()?);
        while self.tasks.len() > most {
            self.wait()?;
        }
        self.batch = self.spare.pop().unwrap_or_default();
        Ok(())
    }

    fn wait(&mut self) -> io::Result<()> {
        if let Some(task) = self.tasks.pop_front() {
            let (batch, totals) = task.wait()?;
            self.spare.push(batch);
            self.totals.add_all(totals);
        }
        Ok(())
    }

    /// All entries that were pushed.
    pub(crate) fn finish(mut self) -> io::Result<Collected> {
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
                let Means { memory, files, .. } = &self.means;
                let (first, last) = self.bounds;
                self.stage
                    .add(self.batch.heads.len() as u64, self.batch.bytes.len() as u64);
                self.totals = totals(&self.batch, self.format);
                let store = Store::new(Ranges::new(first, last, 1), *memory, files);
                store.push(store.next_id(), &mut self.batch)?;
                Arc::new(store)
            }
        };
        Ok(Collected {
            gathered: store.finish(None),
            totals: self.totals,
            is_small,
        })
    }
}
