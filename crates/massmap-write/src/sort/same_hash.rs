//! Entries of one hash that are gathered for choosing which of them to keep, however many they are.

use std::io;

use massmap_format::{DuplicateKeys, RawEntry};

use super::duplicates::which_to_keep;
use super::partition::{Ranges, Store};
use super::survivors::for_each_survivor;
use crate::entry::Batch;
use crate::resources::Means;

/// Entries of one hash, in order; those that do not fit in memory are in a temporary file.
pub(crate) struct SameHash<'a> {
    means: &'a Means,
    duplicates: DuplicateKeys,
    /// The last ones, or all of them.
    batch: Batch,
    /// Those before them, if they are more than a batch.
    store: Option<Store>,
}

impl<'a> SameHash<'a> {
    pub(crate) fn new(duplicates: DuplicateKeys, means: &'a Means) -> Self {
        Self {
            means,
            duplicates,
            batch: Batch::default(),
            store: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.store.is_none()
    }

    /// Adds an entry with this spread hash, which all others have too.
    pub(crate) fn push(&mut self, spread: u64, entry: &RawEntry<'_>) -> io::Result<()> {
        self.batch.push_raw(0, spread, entry)?;
        match self.batch.size() >= self.means.memory.batch(0) {
            true => self.store_batch(spread),
            false => Ok(()),
        }
    }

    fn store_batch(&mut self, spread: u64) -> io::Result<()> {
        let Means { memory, files, .. } = self.means;
        let store = self
            .store
            .get_or_insert_with(|| Store::new(Ranges::new(spread, spread, 1), *memory, files));
        store.push(store.next_id(), &mut self.batch)
    }

    /// Calls `f` with the entries to keep, in order. There are none afterwards.
    pub(crate) fn take(
        &mut self,
        spread: u64,
        mut f: impl FnMut(&RawEntry<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.store.is_some() {
            self.store_batch(spread)?;
        }
        let Some(store) = self.store.take() else {
            let entries: Vec<_> = self.batch.iter().map(|(_, entry)| entry).collect();
            let keep = which_to_keep(entries.iter().map(|entry| entry.key), self.duplicates)?;
            for (entry, _) in entries.iter().zip(keep).filter(|(_, keep)| *keep) {
                f(entry)?;
            }
            self.batch.clear();
            return Ok(());
        };
        let gathered = store.finish(None).spilled(&self.means.files)?;
        for_each_survivor(&gathered, 0, self.duplicates, self.means, |batch| {
            batch.iter().try_for_each(|(_, entry)| f(&entry))
        })
    }
}
