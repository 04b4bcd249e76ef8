//! Handling duplicates among entries with the same hash, however many there are.

use std::io;

use massmap_format::{DuplicateKeys, RawEntry};

use super::duplicates::which_to_keep;
use super::kept_entries::for_each_kept;
use super::partition::{PartitionRanges, PartitionStore};
use crate::entry::Batch;
use crate::resources::Resources;

/// Entries with the same hash, in order. Those that do not fit in memory are in a temporary file.
pub(crate) struct HashGroup<'a> {
    resources: &'a Resources,
    duplicates: DuplicateKeys,
    /// The last entries, or all of them.
    batch: Batch,
    /// The entries before them, if there are more than a batch.
    store: Option<PartitionStore>,
}

impl<'a> HashGroup<'a> {
    pub(crate) fn new(duplicates: DuplicateKeys, resources: &'a Resources) -> Self {
        Self {
            resources,
            duplicates,
            batch: Batch::default(),
            store: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.store.is_none()
    }

    /// Adds an entry with this spread hash, which must be that of the others.
    pub(crate) fn push(&mut self, spread: u64, entry: &RawEntry<'_>) -> io::Result<()> {
        self.batch.push_raw(0, spread, entry)?;
        match self.batch.size() >= self.resources.memory.batch(0) {
            true => self.store_batch(spread),
            false => Ok(()),
        }
    }

    fn store_batch(&mut self, spread: u64) -> io::Result<()> {
        let Resources { memory, files, .. } = self.resources;
        let store = self.store.get_or_insert_with(|| {
            PartitionStore::new(PartitionRanges::new(spread, spread, 1), *memory, files)
        });
        store.push(store.next_id(), &mut self.batch)
    }

    /// Calls `f` with the entries to keep, in order, and empties the group.
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
        let entries = store.finish(None).spilled(&self.resources.files)?;
        for_each_kept(&entries, 0, self.duplicates, self.resources, |batch| {
            batch.iter().try_for_each(|(_, entry)| f(&entry))
        })
    }
}
