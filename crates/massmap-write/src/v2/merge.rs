//! Merging files of format 2 in the order of their hashes, in bounded memory.

use std::any::type_name;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;
use std::io;

use massmap_format::{DuplicateKeys, EntryTypes, MassMapInfo, RawEntry, spread};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::{MassMapInner, RawBlock, RawBlocks};
use serde::Deserialize;

use super::packer::PagePacker;
use super::page_file::PageFile;
use crate::config::{Description, Settings};
use crate::entry::{Batch, Totals, hash_stored_key};
use crate::error::WriteError;
use crate::resources::{Phase, Resources};
use crate::sort::{Chunk, HashGroup};

/// Writes the entries of `maps` to one file. All maps must be of format 2 and have the same hash function.
///
/// Entries with equal hashes come in the order of the maps. Takes the memory of the limit, and that of a run of pages of each map,
/// up to 1 MiB of it.
pub(crate) fn merge_sorted<K, R, H>(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    maps: &[&MassMapInner<R, H>],
) -> io::Result<MassMapInfo>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let mut resources = settings.resources();
    let duplicates = settings.duplicate_keys();
    let mut totals = Totals::default();
    match duplicates {
        // If entries may be dropped, only a pass over all of them shows which are kept.
        DuplicateKeys::First | DuplicateKeys::Last => {
            merge_into::<K, R, H>(maps, duplicates, &resources, |spread, entry| {
                totals.add(spread, entry);
                Ok(())
            })?;
            maps.iter().for_each(|map| totals.join_types(&types_of(map)));
        }
        DuplicateKeys::Error | DuplicateKeys::KeepAll => {
            let mut types = EntryTypes::default();
            maps.iter().for_each(|map| types = types.join(&types_of(map)));
            let is_fixed = types.widths().is_some();
            for (number, map) in maps.iter().enumerate() {
                totals.merge(totals_of(number, map, is_fixed)?);
            }
        }
    }
    if totals.size() <= resources.memory.batch(0) as u64 {
        resources = resources.single_threaded();
    }
    let mut progress = settings.progress.begin(Phase::Write, Some(totals.entry_count));
    let file = PageFile::new(writer, settings, description, totals, &resources)?;
    let mut packer = PagePacker::new(file, &resources);
    let mut batch = Batch::default();
    let mut flush = |batch: &mut Batch| {
        progress.add(batch.headers.len() as u64, batch.bytes.len() as u64);
        packer.push(Chunk::from(std::mem::take(batch)))
    };
    let mut ordinal = 0;
    merge_into::<K, R, H>(maps, duplicates, &resources, |spread, entry| {
        batch.push_raw(ordinal, spread, entry)?;
        ordinal += 1;
        match batch.size() >= resources.memory.batch(0) {
            true => flush(&mut batch),
            false => Ok(()),
        }
    })?;
    flush(&mut batch)?;
    packer.finish()?.finish()
}

/// What a map says that its entries are.
fn types_of<R: MassMapReader, H: MassMapHashLoader>(map: &MassMapInner<R, H>) -> EntryTypes {
    map.entry_types().cloned().unwrap_or_default()
}

/// The sums over all entries of the map `number`. If the merged map stores MessagePack, the length is that of the MessagePack.
fn totals_of<R: MassMapReader, H: MassMapHashLoader>(
    number: usize,
    map: &MassMapInner<R, H>,
    is_fixed: bool,
) -> io::Result<Totals> {
    let Some(header) = map.paged_header() else {
        return Ok(Totals::default());
    };
    let mut totals = Totals::of_file(header, types_of(map));
    if !is_fixed && header.has_fixed_entries() {
        // The header counts the bytes of records.
        totals.entries_length = 0;
        for block in map.raw_blocks() {
            let block = block.map_err(|source| WriteError::Read { map: number, source })?;
            totals.entries_length += block.byte_length() as u64;
        }
    }
    Ok(totals)
}

/// Calls `push` with all entries to keep and their spread hashes, in order.
fn merge_into<K, R, H>(
    maps: &[&MassMapInner<R, H>],
    duplicates: DuplicateKeys,
    resources: &Resources,
    mut push: impl FnMut(u64, &RawEntry<'_>) -> io::Result<()>,
) -> io::Result<()>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let mut cursors = Vec::with_capacity(maps.len());
    let mut next_hashes = BinaryHeap::with_capacity(maps.len());
    for (number, map) in maps.iter().enumerate() {
        let mut cursor = Cursor {
            number,
            map: *map,
            blocks: map.raw_blocks(),
            block: RawBlock::default(),
            index: 0,
            spread: 0,
        };
        if cursor.prepare::<K>()? {
            next_hashes.push(Reverse((cursor.spread, number)));
        }
        cursors.push(cursor);
    }

    let mut group = HashGroup::new(duplicates, resources);
    while let Some(Reverse((spread, number))) = next_hashes.pop() {
        let cursor = cursors.get_mut(number).expect("one cursor for each map");
        const HAS_ENTRY: &str = "a cursor in the heap has a next entry";
        let index = cursor.index;
        cursor.index += 1;
        if duplicates == DuplicateKeys::KeepAll {
            // All entries are kept, however many have the same hash.
            push(spread, &cursor.block.get(index).expect(HAS_ENTRY))?;
            if cursor.prepare::<K>()? {
                next_hashes.push(Reverse((cursor.spread, number)));
            }
            continue;
        }
        let more_of_others = next_hashes
            .peek()
            .is_some_and(|Reverse((next, _))| *next == spread);
        if group.is_empty() && !more_of_others && cursor.index < cursor.block.len() {
            // The usual case, in which nothing has to be copied: going on within a block leaves it where it is.
            cursor.prepare::<K>()?;
            next_hashes.push(Reverse((cursor.spread, number)));
            let entry = cursor.block.get(index).expect(HAS_ENTRY);
            match cursor.spread == spread {
                true => group.push(spread, &entry)?,
                false => push(spread, &entry)?,
            }
            continue;
        }
        let entry = cursor.block.get(index).expect(HAS_ENTRY);
        group.push(spread, &entry)?;
        if cursor.prepare::<K>()? {
            next_hashes.push(Reverse((cursor.spread, number)));
        }
        if next_hashes
            .peek()
            .is_none_or(|Reverse((next, _))| *next != spread)
        {
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
    /// Index of the next entry in `block`.
    index: usize,
    /// Spread hash of that entry.
    spread: u64,
}

impl<R: MassMapReader, H: MassMapHashLoader> Cursor<'_, R, H> {
    /// Reads the next block at the end of this one, and hashes the next entry. Returns `false` at the end of the map.
    fn prepare<K: for<'de> Deserialize<'de> + Hash>(&mut self) -> io::Result<bool> {
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
