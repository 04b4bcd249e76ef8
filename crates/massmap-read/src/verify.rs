//! Walking a whole file and reporting what is wrong with it.

mod frame;
pub(crate) mod report;

use std::collections::HashSet;
use std::hash::Hash;
use std::io;

use massmap_format::{DuplicateKeys, MassMapHeader, RawEntry, spread};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::layout::{Extent, Home, Layout, Pages};
use crate::scan::Block;
use crate::sequential::{LONGEST_READ, Sequential};
use crate::verify::frame::check_frame;
use crate::verify::report::Problems;
use crate::{ChecksumPolicy, MassMap, MassMapInner, ReadError, VerifyReport};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Reads the whole file and checks everything about it that can be checked: where nothing is wrong, every lookup answers.
    ///
    /// In either format: every bucket or page can be read and holds as many entries as it should, every key can be decoded
    /// and lies where it is looked for, `K` is the type of the keys as far as the file tells it. In format 2 also: every
    /// checksum; the order of the entries; fingerprints; the page index, bit by bit; the miss filter knows every key; no key
    /// twice, if the file says so; the order of sections and of the user metadata; unused bytes are zero; nothing lies behind the
    /// end. Values are walked over, not decoded.
    ///
    /// Takes memory for the longest run of pages or bucket, and no more for problems than are told of. Where there is too little
    /// of it, the rest is checked, and the report says what could not be: see [`VerifyReport::unverified`]. Other errors of
    /// the reader, and a file that ends early, are problems.
    pub fn verify(&self) -> VerifyReport {
        let inner = self.inner();
        let refused = inner
            .check_hash_function()
            .and_then(|()| inner.check_key_names::<K>());
        verify(inner, Some(refused), |block, entry| {
            let key: K = block.origin.decode_key(entry)?;
            Ok(Some(self.inner().hash(&key)))
        })
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Like [`MassMap::verify`], without what takes the type of the keys: whether they can be decoded, and lie where they
    /// are looked for.
    pub fn verify(&self) -> VerifyReport {
        verify(self, None, |_, _| Ok(None))
    }
}

/// Checks everything. If the type of the keys is known, `hash` gives the hash of an entry's key, and `types` why lookups are
/// refused whatever the entries are.
fn verify<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    types: Option<Result<(), ReadError>>,
    hash: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<Option<u64>>,
) -> VerifyReport {
    let mut report = VerifyReport::new(inner.format(), types.is_some());
    let mut entries_length = 0;
    if let Some(Err(error)) = types {
        report.note_error(None, &error.into());
    }
    // Searches for keys that the map does not have use parts of the index that no entry tells of.
    if let Err(error) = inner.places().verify_index() {
        report.note_error(None, &error.into());
    }
    // Whatever the policy of the map: checking is what this is for.
    let mut reads = Sequential::new(inner, inner.layout().offset(usize::MAX), LONGEST_READ)
        .with_policy(ChecksumPolicy::EveryRead);
    let mut extents = inner.places().extents();
    while let Some(next) = extents.next_with_home() {
        let (extent, home) = match next {
            Ok(next) => next,
            Err(error) => {
                report.note_error(None, &error);
                continue;
            }
        };
        match reads.read(extent, |block| check_block(inner, &extent, &home, &block, &hash)) {
            Ok(checked) => {
                report.blocks += 1;
                report.bytes += extent.length;
                report.entries += checked.entries;
                entries_length += checked.entries_length;
                report.add(checked.problems);
            }
            Err(error) => report.note_error(Some(extent.index as u64), &error),
        }
    }
    match inner.layout() {
        Layout::Pages(pages) => {
            if report.is_ok() {
                check_counts(inner, pages, entries_length, &mut report);
            }
            check_frame(&inner.reader, pages, &mut report);
        }
        // Opening has checked these bytes; this format allows any behind them.
        Layout::Buckets(_) => report.bytes += MassMapHeader::SIZE as u64 + inner.header.meta_length,
    }
    report
}

/// Checks what a file of format 2 says about itself against what was found in it.
fn check_counts<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    pages: &Pages,
    entries_length: u64,
    report: &mut VerifyReport,
) {
    let (header, meta) = (&pages.header, &inner.meta);
    for (what, stated, found) in [
        ("entries", header.entry_count, report.entries),
        ("bytes of entries", header.entries_length, entries_length),
        ("runs of pages", meta.occupied_bucket_count, report.blocks),
        (
            "pages from the first",
            meta.occupied_bucket_range.end,
            header.page_count,
        ),
        ("pages before the first", meta.occupied_bucket_range.start, 0),
    ] {
        if stated != found {
            report.note(|| format!("the file says that it has {stated} {what}, it has {found}"));
        }
    }
}

/// What is in a bucket or run.
#[derive(Default)]
struct Checked {
    entries: u64,
    /// Length of all keys and values, in bytes.
    entries_length: u64,
    problems: Problems,
}

/// Checks a bucket or run.
fn check_block<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    extent: &Extent,
    home: &Home<'_>,
    block: &Block<'_>,
    hash: impl Fn(&Block<'_>, &RawEntry<'_>) -> io::Result<Option<u64>>,
) -> io::Result<Checked> {
    let place = Some(extent.index as u64);
    let mut checked = Checked::default();
    let unique = inner.duplicate_keys() != DuplicateKeys::KeepAll;
    let mut same_hash = SameHash::default();
    let mut hashed = false;
    let mut number = 0;
    if block.padding().iter().any(|byte| *byte != 0) {
        let message = || "unused bytes are not zero".to_owned();
        checked.problems.add(place, message);
    }
    block.for_each(|entry| {
        let index = number;
        number += 1;
        checked.entries_length += (entry.key.len() + entry.value.len()) as u64;
        let Some(hash) = hash(block, &entry)? else {
            return Ok(());
        };
        hashed = true;
        let problems = &mut checked.problems;
        if !home.belongs(hash, block, index) {
            problems.add(place, || {
                format!("the key of entry {index} is not found where its hash says")
            });
        }
        if let Layout::Pages(_) = inner.layout() {
            if !same_hash.go_on(spread(hash)) {
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

/// The entries of a run that have the hash of the last one. Equal keys are among them, where the run is in order.
#[derive(Default)]
struct SameHash<'a> {
    spread: u64,
    keys: HashSet<&'a [u8]>,
}

impl SameHash<'_> {
    /// Goes on with an entry of this spread hash; returns whether it is in order.
    fn go_on(&mut self, spread: u64) -> bool {
        let in_order = spread >= self.spread;
        if spread != self.spread {
            self.spread = spread;
            match self.keys.len() {
                0 | 1 => self.keys.clear(),
                // Clearing takes as long as what it once held, and there may be an entry of its own hash each time.
                _ => self.keys = HashSet::new(),
            }
        }
        in_order
    }
}

/// What is said of an entry whose key an earlier one has.
fn repeated(index: usize) -> String {
    format!("entry {index} has the key of an earlier one")
}

/// Calls `f` with the number of each of the `count` entries of a run whose key an earlier one has. Takes four bytes an entry.
fn for_each_repeated(block: &Block<'_>, count: usize, mut f: impl FnMut(usize)) {
    let bytes = |number: &u32| block.entry_bytes(*number as usize).unwrap_or_default();
    let key = |number: &u32| RawEntry::decode(bytes(number)).map(|entry| entry.key);
    let mut numbers: Vec<u32> = (0..).take(count).collect();
    // No key is the beginning of another one: whatever their values, entries with the same key come side by side.
    numbers.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    for same in numbers.chunk_by(|a, b| key(a) == key(b)) {
        let first = same.iter().min();
        same.iter()
            .filter(|number| Some(*number) != first)
            .for_each(|number| f(*number as usize));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_within_a_hash_and_hashes_by_their_order() {
        let mut seen = SameHash::default();
        let mut add = |spread, key: &'static str| (seen.go_on(spread), seen.keys.insert(key.as_bytes()));
        assert_eq!(add(0, "a"), (true, true));
        assert_eq!(add(0, "a"), (true, false));
        assert_eq!(add(0, "b"), (true, true));
        assert_eq!(add(0, "a"), (true, false));
        assert_eq!(add(7, "a"), (true, true));
        assert_eq!(add(6, "c"), (false, true));
        assert_eq!(add(u64::MAX, "c"), (true, true));
    }
}
