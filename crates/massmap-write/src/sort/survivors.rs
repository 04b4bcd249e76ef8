//! Which of many entries with one hash to keep.

use std::collections::HashMap;
use std::io;

use massmap_format::DuplicateKeys;
use xxhash_rust::xxh3::xxh3_64;

use super::partition::{Gathered, Pieces};
use crate::entry::Batch;
use crate::error::WriteError;
use crate::resources::Means;

/// Which entries to keep of those that are all of the same order and too many for memory.
#[derive(Debug)]
pub(crate) struct Survivors {
    /// A bit for each entry that is set where it is dropped; none if all are kept.
    dropped: Vec<u64>,
}

impl Survivors {
    /// Finds equal keys among `pieces`.
    ///
    /// Goes over all entries as often as needed for the different keys of one time to fit in memory.
    pub(crate) fn of(pieces: &Pieces<'_>, duplicates: DuplicateKeys, means: &Means) -> io::Result<Self> {
        let mut this = Self { dropped: Vec::new() };
        if duplicates == DuplicateKeys::KeepAll || pieces.count() == 1 {
            return Ok(this);
        }
        let words = usize::try_from(pieces.count().div_ceil(64)).unwrap_or(usize::MAX);
        let mut rounds = 1;
        // With more and more rounds, until the keys of each fit.
        loop {
            this.dropped.clear();
            this.dropped.resize(words, 0);
            let mut fit = true;
            for round in 0..rounds {
                fit = fit && this.find(pieces, duplicates, (round, rounds), means)?;
            }
            if fit {
                return Ok(this);
            }
            rounds *= 4;
        }
    }

    /// Finds equal keys among those of one round; `false` if there are too many different ones for memory.
    fn find(
        &mut self,
        pieces: &Pieces<'_>,
        duplicates: DuplicateKeys,
        (round, rounds): (u64, u64),
        means: &Means,
    ) -> io::Result<bool> {
        /// What a map takes for a key beside its bytes, about.
        const OVERHEAD: usize = 128;
        let mut room = Some(means.memory.resident() / 2);
        // The entry that is kept for each key so far.
        let mut kept = HashMap::new();
        let mut ordinal = 0;
        pieces.for_each(means.memory.batch(0), |batch| {
            for (_, entry) in batch.iter() {
                let this = ordinal;
                ordinal += 1;
                if room.is_none() || xxh3_64(entry.key) % rounds != round {
                    continue;
                }
                let to_drop = match (kept.get_mut(entry.key), duplicates) {
                    (None, _) => {
                        room = room.and_then(|room| room.checked_sub(entry.key.len() + OVERHEAD));
                        // A single key, however long, has to do.
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

    /// Whether the entry number `ordinal`, from 0, is kept.
    #[inline]
    pub(crate) fn contains(&self, ordinal: u64) -> bool {
        let word = usize::try_from(ordinal / 64)
            .ok()
            .and_then(|word| self.dropped.get(word));
        word.is_none_or(|word| word >> (ordinal % 64) & 1 == 0)
    }
}

/// Calls `f` with the entries to keep of a partition that is too large for memory and all of one order.
pub(crate) fn for_each_survivor(
    gathered: &Gathered,
    partition: usize,
    duplicates: DuplicateKeys,
    means: &Means,
    mut f: impl FnMut(Batch) -> io::Result<()>,
) -> io::Result<()> {
    let pieces = gathered.pieces(partition)?;
    let survivors = Survivors::of(&pieces, duplicates, means)?;
    let mut ordinal = 0..;
    pieces.for_each(means.memory.batch(0), |mut batch| {
        batch.retain(|| survivors.contains(ordinal.next().unwrap_or(u64::MAX)));
        f(batch)
    })
}
