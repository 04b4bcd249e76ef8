//! Taking entries in from a parallel iterator.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use massmap_format::FormatVersion;
use rayon::iter::ParallelIterator;

use super::collected::{Collected, totals};
use crate::config::Settings;
use crate::entry::{Batch, Totals};
use crate::error::WriteError;
use crate::resources::{Means, Phase, Stage};
use crate::sort::partition::{BatchId, Ranges, Store};

/// Takes all entries in; `push` puts one into a batch, given its ordinal within a stretch of entries.
pub(crate) fn collect_parallel<I, P>(
    settings: &Settings,
    means: &Means,
    entries: I,
    push: P,
) -> io::Result<Collected>
where
    I: ParallelIterator,
    P: Fn(u64, I::Item, &mut Batch) -> Result<(), WriteError> + Sync,
{
    let (bounds, partitions) = settings.bounds(means.memory);
    let intake = Intake {
        means,
        format: settings.format(),
        batch_size: means.memory.batch(means.threads.in_parallel()?),
        bounds,
        partitions,
        store: OnceLock::new(),
        stage: Mutex::new(settings.observer.begin(Phase::Read, None)),
        failed: AtomicBool::new(false),
    };
    let stretch = means.threads.install(|| {
        entries
            // Boxed, since each entry moves it.
            .fold(Box::<Stretch>::default, |mut stretch, entry| {
                intake.push(&mut stretch, |ordinal, batch| push(ordinal, entry, batch));
                stretch
            })
            .map(|stretch| intake.rest(*stretch))
            .reduce(Stretch::default, |before, behind| intake.join(before, behind))
    })?;
    intake.finish(stretch)
}

/// What all threads share.
struct Intake<'a> {
    means: &'a Means,
    format: FormatVersion,
    /// How many bytes a batch takes, about.
    batch_size: usize,
    /// The lowest and the highest order that entries may have.
    bounds: (u64, u64),
    partitions: usize,
    /// Made when the first batch is full: few entries do without it.
    store: OnceLock<Store>,
    stage: Mutex<Stage>,
    /// Set by the first error: from then on, entries are only counted.
    failed: AtomicBool,
}

/// Entries that follow each other.
#[derive(Default)]
struct Stretch {
    /// How many entries there were.
    count: u64,
    /// The batches in the store, in the order of their entries, and those that are not there yet.
    pieces: Vec<Piece>,
    totals: Totals,
    error: Option<io::Error>,
}

enum Piece {
    Stored(BatchId),
    Open(Batch),
}

impl Intake<'_> {
    fn push(&self, stretch: &mut Stretch, push: impl FnOnce(u64, &mut Batch) -> Result<(), WriteError>) {
        let ordinal = stretch.count;
        stretch.count += 1;
        if self.failed.load(Ordering::Relaxed) {
            return;
        }
        if !matches!(stretch.pieces.last(), Some(Piece::Open(_))) {
            stretch.pieces.push(Piece::Open(Batch::default()));
        }
        let Some(Piece::Open(batch)) = stretch.pieces.last_mut() else {
            return;
        };
        if let Err(error) = push(ordinal, batch) {
            return self.fail(stretch, error.into());
        }
        if batch.size() >= self.batch_size {
            self.store_last(stretch);
        }
    }

    fn fail(&self, stretch: &mut Stretch, error: io::Error) {
        self.failed.store(true, Ordering::Relaxed);
        stretch.error = Some(error);
    }

    /// Stores the last piece, if it is not stored yet.
    fn store_last(&self, stretch: &mut Stretch) {
        let open = stretch.pieces.pop_if(|piece| matches!(piece, Piece::Open(_)));
        let Some(Piece::Open(mut batch)) = open else {
            return;
        };
        if let Some(front) = batch.split_before_large(self.means.memory.large()) {
            self.store_piece(stretch, front);
        }
        self.store_piece(stretch, batch);
    }

    fn store_piece(&self, stretch: &mut Stretch, mut batch: Batch) {
        let store = self.store.get_or_init(|| self.new_store(self.partitions));
        stretch.totals.add_all(totals(&batch, self.format));
        let id = store.next_id();
        self.stage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(batch.heads.len() as u64, batch.bytes.len() as u64);
        match store.push(id, &mut batch) {
            Ok(()) => stretch.pieces.push(Piece::Stored(id)),
            Err(error) => self.fail(stretch, error),
        }
    }

    /// Stores what is left at the end of a stretch, if it is worth that.
    fn rest(&self, mut stretch: Stretch) -> Stretch {
        if let Some(Piece::Open(batch)) = stretch.pieces.last()
            && batch.size() >= self.batch_size / 4
        {
            self.store_last(&mut stretch);
        }
        stretch
    }

    fn join(&self, mut before: Stretch, mut behind: Stretch) -> Stretch {
        // The first error counts: it is of the earlier entry.
        before.error = before.error.or_else(|| {
            let error = behind.error?;
            Some(match error.downcast::<WriteError>() {
                Ok(error) => error.behind(before.count).into(),
                Err(error) => error,
            })
        });
        before.count += behind.count;
        before.totals.add_all(behind.totals);
        if let Some(Piece::Open(last)) = before.pieces.last_mut() {
            if let Some(Piece::Open(first)) = behind.pieces.first_mut() {
                last.append(first);
                behind.pieces.remove(0);
            }
            if !behind.pieces.is_empty() || last.size() >= self.batch_size {
                self.store_last(&mut before);
            }
        }
        before.pieces.append(&mut behind.pieces);
        before
    }

    fn new_store(&self, partitions: usize) -> Store {
        let Means { memory, files, .. } = self.means;
        Store::new(
            Ranges::new(self.bounds.0, self.bounds.1, partitions),
            *memory,
            files,
        )
    }

    fn finish(self, mut stretch: Stretch) -> io::Result<Collected> {
        let is_small = self.store.get().is_none();
        self.store.get_or_init(|| self.new_store(1));
        self.store_last(&mut stretch);
        if let Some(error) = stretch.error {
            return Err(error);
        }
        let order: Vec<_> = stretch
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Stored(id) => Some(*id),
                Piece::Open(_) => None,
            })
            .collect();
        let store = self.store.get_or_init(|| self.new_store(1));
        Ok(Collected {
            gathered: store.finish(Some(&order)),
            totals: stretch.totals,
            is_small,
        })
    }
}
