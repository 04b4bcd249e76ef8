//! Merging files of format 2 in the order of their hashes, in bounded memory.

use std::any::type_name;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;
use std::io;

use massmap_format::{
    CompressionDescription, DictionarySource, DuplicateKeys, EntryLayout, EntryTypes, MassMapInfo, RawEntry,
    spread,
};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::{MassMapInner, RawBlock, RawBlocks};
use serde::Deserialize;

use super::compress::{StoredEntries, Survey, choose_dictionary, sample_budget};
use super::write::{write_sorted, write_stored};
use crate::config::{Description, Settings};
use crate::entry::{Batch, Totals, hash_stored_key};
use crate::error::WriteError;
use crate::resources::{Phase, PhaseProgress, Resources};
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
    let mut types = EntryTypes::default();
    maps.iter().for_each(|map| types = types.join(&types_of(map)));
    let is_fixed = types.widths().is_some();
    // Entries of fixed width are not compressed.
    let compression = settings.compression().filter(|_| !is_fixed);
    let is_encoded = !is_fixed && compression.is_none();
    let sample_budget = sample_budget(compression);
    let may_drop = matches!(duplicates, DuplicateKeys::First | DuplicateKeys::Last);
    let mut survey = Survey::new(sample_budget);
    // If entries may be dropped, only a pass over all of them shows which are kept, and so may be samples.
    if may_drop || sample_budget > 0 {
        merge_into::<K, R, H>(maps, duplicates, Values::Encoded, &resources, |spread, entry| {
            survey.add(spread, entry);
            Ok(())
        })?;
        survey.totals.types = types;
    } else {
        for (number, map) in maps.iter().enumerate() {
            survey.totals.merge(totals_of(number, map, is_encoded)?);
        }
    }
    let Survey { totals, samples } = survey;
    if totals.size() <= resources.memory.batch(0) as u64 {
        resources = resources.single_threaded();
    }
    let compression = compression.map(|zstd| choose_dictionary(zstd, &samples));
    let compression = match compression.transpose()? {
        Some(compression) if maps.iter().all(|map| is_compressed_alike(map, &compression)) => {
            let progress = settings.progress.begin(Phase::Compress, Some(totals.entry_count));
            let mut stored = StoredEntries::new(&resources);
            let push = |batch| stored.push(&batch);
            merge_batches::<K, R, H>(maps, duplicates, Values::Stored, &resources, progress, push)?;
            return write_stored(
                writer,
                settings,
                description,
                totals,
                compression,
                stored,
                &resources,
            );
        }
        compression => compression,
    };
    write_sorted(
        writer,
        settings,
        description,
        totals,
        compression,
        &resources,
        |progress, push| {
            let push = |batch| push(Chunk::from(batch));
            merge_batches::<K, R, H>(maps, duplicates, Values::Encoded, &resources, progress, push)
        },
    )
}

/// How values are read.
#[derive(Debug, Clone, Copy)]
enum Values {
    /// As MessagePack.
    Encoded,
    /// As they are stored, which may be compressed.
    Stored,
}

/// Whether compressing the values of `map` again would give those that are stored.
fn is_compressed_alike<R: MassMapReader, H: MassMapHashLoader>(
    map: &MassMapInner<R, H>,
    compression: &CompressionDescription,
) -> bool {
    // Dictionaries that were made from other values are not the same but by chance.
    compression.source == DictionarySource::Given
        && map.entry_layout() == EntryLayout::Compressed
        && map.compression() == Some(compression)
}

/// Calls `push` with batches of all entries to keep, in order.
fn merge_batches<K, R, H>(
    maps: &[&MassMapInner<R, H>],
    duplicates: DuplicateKeys,
    values: Values,
    resources: &Resources,
    mut progress: PhaseProgress,
    mut push: impl FnMut(Batch) -> io::Result<()>,
) -> io::Result<()>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let mut batch = Batch::default();
    let mut flush = |batch: &mut Batch| {
        progress.add(batch.headers.len() as u64, batch.bytes.len() as u64)?;
        push(std::mem::take(batch))
    };
    let mut ordinal = 0;
    merge_into::<K, R, H>(maps, duplicates, values, resources, |spread, entry| {
        batch.push_raw(ordinal, spread, entry)?;
        ordinal += 1;
        match batch.size() >= resources.memory.batch(0) {
            true => flush(&mut batch),
            false => Ok(()),
        }
    })?;
    flush(&mut batch)
}

/// What a map says that its entries are.
fn types_of<R: MassMapReader, H: MassMapHashLoader>(map: &MassMapInner<R, H>) -> EntryTypes {
    map.entry_types().cloned().unwrap_or_default()
}

/// The sums over all entries of the map `number`. If the merged map stores them as MessagePack, as `is_encoded` says, the length is that
/// of the MessagePack; otherwise it is that of the entries as `map` stores them.
fn totals_of<R: MassMapReader, H: MassMapHashLoader>(
    number: usize,
    map: &MassMapInner<R, H>,
    is_encoded: bool,
) -> io::Result<Totals> {
    let Some(header) = map.paged_header() else {
        return Ok(Totals::default());
    };
    let mut totals = Totals::of_file(header, types_of(map));
    if is_encoded && (header.has_fixed_entries() || header.has_compressed_values()) {
        // The header counts the bytes that are stored.
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
    values: Values,
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
            blocks: match values {
                Values::Encoded => map.raw_blocks(),
                Values::Stored => map.stored_blocks(),
            },
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
