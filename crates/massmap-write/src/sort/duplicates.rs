//! Entries with equal keys.

use std::collections::HashSet;

use massmap_format::DuplicateKeys;

use super::partition::Chunk;
use crate::error::WriteError;

/// Which of the entries with these encoded keys to keep.
pub(crate) fn which_to_keep<'a>(
    keys: impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator,
    duplicates: DuplicateKeys,
) -> Result<Vec<bool>, WriteError> {
    let mut seen = HashSet::new();
    if duplicates == DuplicateKeys::KeepAll || keys.len() == 1 {
        return Ok(vec![true; keys.len()]);
    }
    if duplicates == DuplicateKeys::Last {
        let mut keep: Vec<bool> = keys.rev().map(|key| seen.insert(key)).collect();
        keep.reverse();
        return Ok(keep);
    }
    keys.map(|key| match seen.insert(key) {
        false if duplicates == DuplicateKeys::Error => Err(WriteError::duplicate_key(key)),
        is_first => Ok(is_first),
    })
    .collect()
}

/// Handles entries with equal keys in a sorted chunk as `duplicates` says.
pub(crate) fn handle_duplicates(chunk: &mut Chunk, duplicates: DuplicateKeys) -> Result<(), WriteError> {
    if duplicates == DuplicateKeys::KeepAll {
        return Ok(());
    }
    // Mostly no two entries have the same hash, which this sees without a look at any group.
    let mut neighbours = chunk.entries().iter().zip(chunk.entries().iter().skip(1));
    if neighbours.all(|(one, next)| one.sort_key != next.sort_key) {
        return Ok(());
    }
    let mut dropped = Vec::new();
    let mut first = 0;
    for group in chunk.groups() {
        if group.len() > 1 {
            let keep = which_to_keep(group.iter().map(|entry| chunk.raw(entry).key), duplicates)?;
            dropped.extend(
                (first..)
                    .zip(keep)
                    .filter(|(_, keep)| !keep)
                    .map(|(position, _)| position),
            );
        }
        first += group.len();
    }
    chunk.remove(dropped);
    Ok(())
}
