//! Equal keys among entries that are too many for memory.

use std::collections::HashMap;
use std::io;

use massmap_format::DuplicateKeys;
use xxhash_rust::xxh3::xxh3_64;

use super::partition::{PartitionedEntries, SpilledPartition};
use crate::entry::Batch;
use crate::error::WriteError;
use crate::resources::Resources;

/// The entries to keep of an oversized partition, whose entries all have the same sort key.
#[derive(Debug)]
pub(crate) struct KeptEntries {
    /// A bit for each entry, set if the entry is dropped. Empty if all are kept.
    dropped: Vec<u64>,
}

impl KeptEntries {
    /// Finds equal keys among the entries of `partition`.
    ///
    /// Reads all entries in several rounds, as many as are needed for the different keys of each round to fit in memory.
    pub(crate) fn of(
        partition: &SpilledPartition<'_>,
        duplicates: DuplicateKeys,
        resources: &Resources,
    ) -> io::Result<Self> {
        let mut this = Self { dropped: Vec::new() };
        if duplicates == DuplicateKeys::KeepAll || partition.count() == 1 {
            return Ok(this);
        }
        let words = usize::try_from(partition.count().div_ceil(64)).unwrap_or(usize::MAX);
        let mut rounds = 1;
        // Tries more and more rounds, until the keys of each fit.
        loop {
            this.dropped.clear();
            this.dropped.resize(words, 0);
            let mut fit = true;
            for round in 0..rounds {
                fit = fit && this.find(partition, duplicates, (round, rounds), resources)?;
            }
            if fit {
                return Ok(this);
            }
            rounds *= 4;
        }
    }

    /// Finds equal keys among those of one round. Returns `false` if its different keys do not fit in memory.
    fn find(
        &mut self,
        partition: &SpilledPartition<'_>,
        duplicates: DuplicateKeys,
        (round, rounds): (u64, u64),
        resources: &Resources,
    ) -> io::Result<bool> {
        /// Approximate memory that a hash map takes for a key besides its bytes.
        const OVERHEAD: usize = 128;
        let mut room = Some(resources.memory.resident() / 2);
        // For each key, the entry that is kept so far.
        let mut kept = HashMap::new();
        let mut ordinal = 0;
        partition.for_each_batch(resources.memory.batch(0), |batch| {
            for (_, entry) in batch.iter() {
                let this = ordinal;
                ordinal += 1;
                if room.is_none() || xxh3_64(entry.key) % rounds != round {
                    continue;
                }
                let to_drop = match (kept.get_mut(entry.key), duplicates) {
                    (None, _) => {
                        room = room.and_then(|room| room.checked_sub(entry.key.len() + OVERHEAD));
                        // A single key is allowed however long it is.
                        if room.is_some() || kept.is_empty() {
                            kept.insert(entry.key.to_vec(), this);
                            room = room.or(Some(0));
                        }
                        continue;
                    }
                    (_, DuplicateKeys::Error) => return Err(WriteError::duplicate_key(entry.key).into()),
                    (Some(kept), DuplicateKeys::Last) => std::mem::replace(kept, this),
                    (Some(_), _) => this,
                };
                let word = usize::try_from(to_drop / 64)
                    .ok()
                    .and_then(|word| self.dropped.get_mut(word));
                *word.expect("there is a bit for each entry") |= 1 << (to_drop % 64);
            }
            Ok(())
        })?;
        Ok(room.is_some())
    }

    /// Whether entry number `ordinal`, from 0, is kept.
    #[inline]
    pub(crate) fn contains(&self, ordinal: u64) -> bool {
        let word = usize::try_from(ordinal / 64)
            .ok()
            .and_then(|word| self.dropped.get(word));
        word.is_none_or(|word| word >> (ordinal % 64) & 1 == 0)
    }
}

/// Calls `f` with the entries to keep of an oversized partition, whose entries all have the same sort key.
pub(crate) fn for_each_kept(
    entries: &PartitionedEntries,
    partition: usize,
    duplicates: DuplicateKeys,
    resources: &Resources,
    mut f: impl FnMut(Batch) -> io::Result<()>,
) -> io::Result<()> {
    let partition = entries.spilled_partition(partition)?;
    let kept = KeptEntries::of(&partition, duplicates, resources)?;
    let mut ordinal = 0..;
    partition.for_each_batch(resources.memory.batch(0), |mut batch| {
        batch.retain(|| kept.contains(ordinal.next().unwrap_or(u64::MAX)));
        f(batch)
    })
}
