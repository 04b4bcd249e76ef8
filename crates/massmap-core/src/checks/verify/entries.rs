//! Checking the entries of a bucket or a run of pages.

use massmap_format::{DuplicateKeys, FormatVersion, RawEntry, spread};

use super::report::Problems;
use super::same_hash::SameHash;
use crate::Index;
use crate::block::Block;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;
use crate::index::placement_range::PlacementRange;

/// The result of checking a bucket or run.
#[derive(Debug, Default)]
pub struct CheckedBlock {
    pub(super) entries: u64,
    /// Length of all keys and values, in bytes.
    pub(super) entries_length: u64,
    pub(super) problems: Problems,
}

impl CheckedBlock {
    /// Checks the entries of `block`, which is `extent` of the file with this index. `hash_of` gives the hash of an encoded key, or
    /// `None` if the type of the keys is not known.
    pub(super) fn new<'a, E: LookupError>(
        index: &Index,
        duplicate_keys: DuplicateKeys,
        extent: &Extent,
        placement: &PlacementRange<'_>,
        block: &Block<'a>,
        mut hash_of: impl FnMut(&RawEntry<'a>) -> Result<Option<u64>, E>,
    ) -> Result<Self, E> {
        let place = Some(extent.index as u64);
        let mut checked = Self::default();
        let (format, codecs) = (index.format(), [index.key_codec(), index.value_codec()]);
        let unique = duplicate_keys != DuplicateKeys::KeepAll;
        let mut same_hash = SameHash::default();
        let mut hashed = false;
        let mut number = 0;
        if block.padding().iter().any(|byte| *byte != 0) {
            let message = || "unused bytes are not zero".to_owned();
            checked.problems.add(place, message);
        }
        let in_directory = block.entries_in_directory();
        if format != FormatVersion::V1 && in_directory != block.len() as u64 {
            let message = || {
                format!(
                    "the directory has {in_directory} entries, and the page has {}",
                    block.len()
                )
            };
            checked.problems.add(place, message);
        }
        let mut slots = block.slots();
        block.for_each(|entry| {
            let slot = slots.next();
            let index = number;
            number += 1;
            checked.entries_length += (entry.key.len() + entry.value.len()) as u64;
            for (codec, encoded) in codecs.iter().zip([entry.key, entry.value]) {
                if let Err(error) = codec.check(encoded) {
                    checked.problems.add(place, || format!("entry {index}: {error}"));
                }
            }
            let Some(hash) = hash_of(&entry)? else {
                return Ok::<_, E>(());
            };
            hashed = true;
            let problems = &mut checked.problems;
            if !placement.allows(hash, slot) {
                problems.add(place, || {
                    format!("the key of entry {index} is not found where its hash says")
                });
            }
            if format != FormatVersion::V1 {
                if !same_hash.continue_with(spread(hash)) {
                    problems.add(place, || format!("entry {index} is out of order"));
                }
                if unique && !same_hash.keys.insert(entry.key) {
                    problems.add(place, || repeated(index));
                }
            }
            Ok(())
        })?;
        checked.entries = number as u64;
        if unique && !hashed {
            for_each_repeated(block, number, |index| {
                checked.problems.add(place, || repeated(index));
            });
        }
        Ok(checked)
    }
}

/// The problem of an entry that has the key of an earlier one.
fn repeated(index: usize) -> String {
    format!("entry {index} has the key of an earlier one")
}

/// Calls `f` with the number of each entry of a run of `count` entries that has the key of an earlier one. Takes four bytes an
/// entry.
fn for_each_repeated(block: &Block<'_>, count: usize, mut f: impl FnMut(usize)) {
    let bytes = |number: &u32| block.entry_bytes(*number as usize).unwrap_or_default();
    let key = |number: &u32| block.entry_layout().split(bytes(number)).map(|entry| entry.key);
    let mut numbers: Vec<u32> = (0..).take(count).collect();
    // No key is a prefix of another one. So entries with the same key are adjacent, whatever their values.
    numbers.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    for same in numbers.chunk_by(|a, b| key(a) == key(b)) {
        let first = same.iter().min();
        same.iter()
            .filter(|number| Some(*number) != first)
            .for_each(|number| f(*number as usize));
    }
}
