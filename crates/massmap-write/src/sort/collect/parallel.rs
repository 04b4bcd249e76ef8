//! Collecting entries from a parallel iterator.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use massmap_format::FormatVersion;
use rayon::iter::ParallelIterator;

use super::collected::{CollectedEntries, totals};
use crate::config::Settings;
use crate::entry::{Batch, Totals};
use crate::error::WriteError;
use crate::resources::{Phase, PhaseProgress, Resources};
use crate::sort::partition::{BatchId, PartitionRanges, PartitionStore};

/// The most entries that one thread collects. Handing parts of them to several threads, and putting the parts together, takes longer
/// than it saves.
const FEW: usize = 20_000;

/// Collects all entries. `push` appends an entry to a batch; its first argument is the number of the entry within its segment.
pub(crate) fn collect_parallel<I, P>(
    settings: &Settings,
    resources: &Resources,
    entries: I,
    push: P,
) -> io::Result<CollectedEntries>
where
    I: ParallelIterator,
    P: Fn(u64, I::Item, &mut Batch) -> Result<(), WriteError> + Sync,
{
    let (bounds, partitions) = settings.bounds(resources.memory);
    let collector = ParallelCollector {
        resources,
        format: settings.format(),
        batch_size: resources.memory.batch(resources.threads.in_parallel()?),
        bounds,
        partitions,
        store: OnceLock::new(),
        progress: Mutex::new(settings.progress.begin(Phase::Read, None)),
        spare: Mutex::default(),
        failed: AtomicBool::new(false),
    };
    let are_few = entries.opt_len().is_some_and(|length| length <= FEW);
    let collect = || {
        entries
            // Boxed, since each entry moves it.
            .fold(Box::<Segment>::default, |mut segment, entry| {
                collector.push(&mut segment, |ordinal, batch| push(ordinal, entry, batch));
                segment
            })
            .map(|segment| collector.end_segment(*segment))
            .reduce(Segment::default, |before, after| collector.join(before, after))
    };
    let segment = match are_few {
        true => resources.threads.install_few(collect),
        false => resources.threads.install(collect),
    }?;
    collector.finish(segment)
}

/// The state that all threads share.
struct ParallelCollector<'a> {
    resources: &'a Resources,
    format: FormatVersion,
    /// Approximate size of a batch, in bytes.
    batch_size: usize,
    /// The lowest and the highest sort key that entries may have.
    bounds: (u64, u64),
    partitions: usize,
    /// Created when the first batch is full. Few entries do without it.
    store: OnceLock<PartitionStore>,
    progress: Mutex<PhaseProgress>,
    /// Memory of stored batches, for later ones.
    spare: Mutex<Vec<Batch>>,
    /// Set by the first error. From then on, entries are only counted.
    failed: AtomicBool,
}

/// Consecutive entries of the input.
#[derive(Default)]
struct Segment {
    /// Number of entries.
    count: u64,
    /// The batches of the entries, in order.
    batches: Vec<SegmentBatch>,
    totals: Totals,
    error: Option<io::Error>,
}

/// A batch of a segment.
enum SegmentBatch {
    Stored(BatchId),
    /// Not in the store yet.
    Open(Batch),
}

impl ParallelCollector<'_> {
    fn push(&self, segment: &mut Segment, push: impl FnOnce(u64, &mut Batch) -> Result<(), WriteError>) {
        let ordinal = segment.count;
        segment.count += 1;
        if self.failed.load(Ordering::Relaxed) {
            return;
        }
        if !matches!(segment.batches.last(), Some(SegmentBatch::Open(_))) {
            segment.batches.push(SegmentBatch::Open(self.new_batch()));
        }
        let Some(SegmentBatch::Open(batch)) = segment.batches.last_mut() else {
            return;
        };
        if let Err(error) = push(ordinal, batch) {
            return self.fail(segment, error.into());
        }
        if batch.size() >= self.batch_size {
            self.store_last(segment);
        }
    }

    fn fail(&self, segment: &mut Segment, error: io::Error) {
        self.failed.store(true, Ordering::Relaxed);
        segment.error = Some(error);
    }

    /// Stores the last batch, if it is not stored yet.
    fn store_last(&self, segment: &mut Segment) {
        let open = segment
            .batches
            .pop_if(|batch| matches!(batch, SegmentBatch::Open(_)));
        let Some(SegmentBatch::Open(mut batch)) = open else {
            return;
        };
        if let Some(front) = batch.split_before_large(self.resources.memory.large()) {
            self.store_batch(segment, front);
        }
        self.store_batch(segment, batch);
    }

    fn store_batch(&self, segment: &mut Segment, mut batch: Batch) {
        let store = self.store.get_or_init(|| self.new_store(self.partitions));
        segment.totals.merge(totals(&batch, self.format));
        let id = store.next_id();
        let counted = self
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(batch.headers.len() as u64, batch.bytes.len() as u64);
        let pushed = match counted {
            Ok(()) => store.push(id, &mut batch),
            Err(cancelled) => Err(cancelled.into()),
        };
        match pushed {
            Ok(()) => segment.batches.push(SegmentBatch::Stored(id)),
            Err(error) => self.fail(segment, error),
        }
        // Unusually large memory is not kept.
        if (1..=self.resources.memory.large()).contains(&batch.bytes.capacity()) {
            self.spare().push(batch);
        }
    }

    #[cold]
    fn new_batch(&self) -> Batch {
        self.spare().pop().unwrap_or_default()
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the last batch of a segment, if it is large enough to be worth it.
    fn end_segment(&self, mut segment: Segment) -> Segment {
        if let Some(SegmentBatch::Open(batch)) = segment.batches.last()
            && batch.size() >= self.batch_size / 4
        {
            self.store_last(&mut segment);
        }
        segment
    }

    fn join(&self, mut before: Segment, mut after: Segment) -> Segment {
        // The first error is reported: it belongs to the earlier entry.
        before.error = before.error.or_else(|| {
            let error = after.error?;
            Some(match error.downcast::<WriteError>() {
                Ok(error) => error.after(before.count).into(),
                Err(error) => error,
            })
        });
        before.count += after.count;
        before.totals.merge(after.totals);
        if let Some(SegmentBatch::Open(last)) = before.batches.last_mut() {
            if let Some(SegmentBatch::Open(first)) = after.batches.first_mut() {
                last.append(first);
                after.batches.remove(0);
            }
            if !after.batches.is_empty() || last.size() >= self.batch_size {
                self.store_last(&mut before);
            }
        }
        before.batches.append(&mut after.batches);
        before
    }

    fn new_store(&self, partitions: usize) -> PartitionStore {
        let Resources { memory, files, .. } = self.resources;
        PartitionStore::new(
            PartitionRanges::new(self.bounds.0, self.bounds.1, partitions),
            *memory,
            files,
        )
    }

    fn finish(self, mut segment: Segment) -> io::Result<CollectedEntries> {
        let is_small = self.store.get().is_none();
        self.store.get_or_init(|| self.new_store(1));
        self.store_last(&mut segment);
        if let Some(error) = segment.error {
            return Err(error);
        }
        let batch_order: Vec<_> = segment
            .batches
            .iter()
            .filter_map(|batch| match batch {
                SegmentBatch::Stored(id) => Some(*id),
                SegmentBatch::Open(_) => None,
            })
            .collect();
        let store = self.store.get_or_init(|| self.new_store(1));
        Ok(CollectedEntries {
            entries: store.finish(Some(&batch_order)),
            totals: segment.totals,
            is_small,
        })
    }
}
