//! Writing a file of format 2.

use std::io;
use std::sync::Arc;

use massmap_format::{DuplicateKeys, MassMapInfo};
use massmap_io::MassMapWriter;

use super::packer::PagePacker;
use super::page_file::PageFile;
use crate::config::{Description, Settings};
use crate::entry::Totals;
use crate::resources::{Phase, PhaseProgress, Resources};
use crate::sort::{
    Chunk, CollectedEntries, PartitionedEntries, SortedPartition, SortedPartitions, for_each_kept,
    handle_duplicates,
};

/// Writes a file of format 2 from entries whose sort keys are their spread hashes.
pub(crate) fn write_pages(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    collected: CollectedEntries,
    resources: &Resources,
) -> io::Result<MassMapInfo> {
    let duplicates = settings.duplicate_keys();
    let CollectedEntries { entries, totals, .. } = collected;
    let entries = Arc::new(entries.loadable(resources.memory, &resources.files)?);
    let totals = match duplicates {
        // If entries may be dropped, only a pass over all of them shows which are kept.
        DuplicateKeys::First | DuplicateKeys::Last => {
            let progress = settings.progress.begin(Phase::Arrange, Some(totals.entry_count));
            let kept = totals_of_kept(&entries, duplicates, resources, progress)?;
            // Of all entries, so that it does not matter where duplicates are dropped.
            Totals {
                types: totals.types,
                ..kept
            }
        }
        DuplicateKeys::Error | DuplicateKeys::KeepAll => totals,
    };
    let mut progress = settings.progress.begin(Phase::Write, Some(totals.entry_count));
    let file = PageFile::new(writer, settings, description, totals, resources)?;
    let mut packer = PagePacker::new(file, resources);
    let mut partitions = SortedPartitions::new(entries, resources, move |mut chunk: Chunk| {
        handle_duplicates(&mut chunk, duplicates)?;
        Ok(chunk)
    });
    while let Some(partition) = partitions.next()? {
        match partition {
            SortedPartition::Chunk(chunk) => {
                let (entries, bytes) = chunk.size();
                packer.push(chunk)?;
                progress.add(entries, bytes);
            }
            SortedPartition::Oversized(entries, partition) => {
                for_each_kept(&entries, partition, duplicates, resources, |batch| {
                    let chunk = Chunk::from(batch);
                    let (entries, bytes) = chunk.size();
                    packer.push(chunk)?;
                    progress.add(entries, bytes);
                    Ok(())
                })?;
            }
        }
    }
    packer.finish()?.finish()
}

/// The sums over the entries that are kept.
fn totals_of_kept(
    entries: &Arc<PartitionedEntries>,
    duplicates: DuplicateKeys,
    resources: &Resources,
    mut progress: PhaseProgress,
) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let mut add = |more: Totals| {
        progress.add(more.entry_count, more.entries_length);
        totals.merge(more);
    };
    let mut partitions = SortedPartitions::new(Arc::clone(entries), resources, move |mut chunk: Chunk| {
        handle_duplicates(&mut chunk, duplicates)?;
        Ok(Totals::of_entries(
            chunk
                .entries()
                .iter()
                .map(|entry| (entry.sort_key, chunk.raw(entry))),
        ))
    });
    while let Some(partition) = partitions.next()? {
        match partition {
            SortedPartition::Chunk(totals) => add(totals),
            SortedPartition::Oversized(entries, partition) => {
                for_each_kept(&entries, partition, duplicates, resources, |batch| {
                    add(Totals::of_entries(
                        batch.iter().map(|(header, entry)| (header.sort_key, entry)),
                    ));
                    Ok(())
                })?;
            }
        }
    }
    Ok(totals)
}
