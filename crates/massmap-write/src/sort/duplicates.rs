//! What becomes of entries with equal keys.

use std::collections::HashSet;

use massmap_format::DuplicateKeys;

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
