//! Merging files of format 2 in the order of their hashes, without bringing all entries into memory.

use std::any::type_name;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;
use std::io;

use massmap_format::{DuplicateKeys, MassMapInfo, RawEntry, spread};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::{MassMapInner, RawBlock, RawBlocks};
use serde::Deserialize;

use super::packer::PagePacker;
use super::page_file::PageFile;
use crate::config::{Identity, Settings};
use crate::entry::{Batch, Totals, hash_stored_key};
use crate::error::WriteError;
use crate::resources::{Means, Phase};
use crate::sort::{Chunk, SameHash};

/// Writes the entries of `maps`, all of format 2 and with the same hash function, into one file.
///
/// Entries with equal hashes come in the order of the maps. Holds a run of pages of each map in memory, up to a mebibyte of it,
/// and beside that as much as the memory limit says.
pub(crate) fn merge_sorted<K, R, H>(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    identity: Identity,
    maps: &[&MassMapInner<R, H>],
) -> io::Result<MassMapInfo>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let mut means = settings.means();
    let duplicates = settings.duplicate_keys();
    let mut totals = Totals::default();
    match duplicates {
        // Entries may be dropped: which ones, only a pass over all of them can tell.
        DuplicateKeys::First | DuplicateKeys::Last => {
            merge_into::<K, R, H>(maps, duplicates, &means, |spread, entry| {
                totals.add(spread, entry);
                Ok(())
            })?
        }
        DuplicateKeys::Error | DuplicateKeys::KeepAll => {
            for header in maps.iter().filter_map(|map| map.paged_header()) {
                totals.add_all(Totals::of_header(header)?);
            }
        }
    }
    if totals.size() <= means.memory.batch(0) as u64 {
        means = means.of_caller();
    }
    let mut stage = settings.observer.begin(Phase::Write, Some(totals.entry_count));
    let file = PageFile::new(writer, settings, identity, totals, means.memory, &means.files)?;
    let mut packer = PagePacker::new(file, &means);
    let mut batch = Batch::default();
    let mut flush = |batch: &mut Batch| {
        stage.add(batch.heads.len() as u64, batch.bytes.len() as u64);
        packer.push(Chunk::from(std::mem::take(batch)))
    };
    let mut ordinal = 0;
    merge_into::<K, R, H>(maps, duplicates, &means, |spread, entry| {
        batch.push_raw(ordinal, spread, entry)?;
        ordinal += 1;
        match batch.size() >= means.memory.batch(0) {
            true => flush(&mut batch),
            false => Ok(()),
        }
    })?;
    flush(&mut batch)?;
    packer.finish()?.finish()
}

/// Calls `push` with all entries that are to be kept and their spread hashes, in order.
fn merge_into<K, R, H>(
    maps: &[&MassMapInner<R, H>],
    duplicates: DuplicateKeys,
    means: &Means,
    mut push: impl FnMut(u64, &RawEntry<'_>) -> io::Result<()>,
) -> io::Result<()>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let mut cursors = Vec::with_capacity(maps.len());
    let mut heads = BinaryHeap::with_capacity(maps.len());
    for (number, map) in maps.iter().enumerate() {
        let mut cursor = Cursor {
            number,
            map: *map,
            blocks: map.raw_blocks(),
            block: RawBlock::default(),
            index: 0,
            spread: 0,
        };
        if cursor.settle::<K>()? {
            heads.push(Reverse((cursor.spread, number)));
        }
        cursors.push(cursor);
    }

    let mut group = SameHash::new(duplicates, means);
    while let Some(Reverse((spread, number))) = heads.pop() {
        let cursor = cursors.get_mut(number).expect("one cursor for each map");
        const BEFORE_AN_ENTRY: &str = "a cursor in the heap stands before an entry";
        let index = cursor.index;
        cursor.index += 1;
        if duplicates == DuplicateKeys::KeepAll {
            // Each of them is kept as it comes, however many have the same hash.
            push(spread, &cursor.block.get(index).expect(BEFORE_AN_ENTRY))?;
            if cursor.settle::<K>()? {
                heads.push(Reverse((cursor.spread, number)));
            }
            continue;
        }
        let more_of_others = heads.peek().is_some_and(|Reverse((next, _))| *next == spread);
        if group.is_empty() && !more_of_others && cursor.index < cursor.block.len() {
            // The usual case, in which nothing has to be copied: going on within a block leaves it where it is.
            cursor.settle::<K>()?;
            heads.push(Reverse((cursor.spread, number)));
            let entry = cursor.block.get(index).expect(BEFORE_AN_ENTRY);
            match cursor.spread == spread {
                true => group.push(spread, &entry)?,
                false => push(spread, &entry)?,
            }
            continue;
        }
        let entry = cursor.block.get(index).expect(BEFORE_AN_ENTRY);
        group.push(spread, &entry)?;
        if cursor.settle::<K>()? {
            heads.push(Reverse((cursor.spread, number)));
        }
        if heads.peek().is_none_or(|Reverse((next, _))| *next != spread) {
            group.take(spread, |entry| push(spread, entry))?;
        }
    }
    Ok(())
}

/// A position among the entries of a map.
struct Cursor<'a, R: MassMapReader, H: MassMapHashLoader> {
    number: usize,
    map: &'a MassMapInner<R, H>,
    blocks: RawBlocks<'a, R, H>,
    block: RawBlock,
    /// The entry of `block` that the cursor stands before.
    index: usize,
    /// Spread hash of that entry.
    spread: u64,
}

impl<R: MassMapReader, H: MassMapHashLoader> Cursor<'_, R, H> {
    /// Goes on to the next block where this one has ended, and hashes the entry that the cursor stands before; `false` at
    /// the end of the map.
    fn settle<K: for<'de> Deserialize<'de> + Hash>(&mut self) -> io::Result<bool> {
        while self.index == self.block.len() {
            match self.blocks.next() {
                Some(block) => {
                    self.block = block.map_err(|source| WriteError::Read {
                        map: self.number,
                        source,
                    })?;
                    self.index = 0;
                }
                None => return Ok(false),
            }
        }
        let hash = hash_stored_key::<K, R, H>(self.number, self.map, &self.block, self.index)?;
        let spread = spread(hash);
        if spread < self.spread {
            return Err(WriteError::OutOfOrder {
                map: self.number,
                key_type: type_name::<K>(),
                file_key_type: self.map.meta.key_type.chars().take(200).collect(),
            }
            .into());
        }
        self.spread = spread;
        Ok(true)
    }
}
