//! Writing a file of format 2.

use std::io;
use std::sync::Arc;

use massmap_format::{CompressionDescription, DuplicateKeys, MassMapInfo};
use massmap_io::MassMapWriter;

use super::compress::{Compressor, StoredEntries, Survey, choose_dictionary, describe_unused, sample_budget};
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
    // Entries of fixed width are not compressed.
    let compression = settings.compression().filter(|_| totals.types.widths().is_none());
    let sample_budget = sample_budget(compression);
    let may_drop = matches!(duplicates, DuplicateKeys::First | DuplicateKeys::Last);
    let mut survey = Survey::new(sample_budget);
    // If entries may be dropped, only a pass over all of them shows which are kept, and so may be samples.
    if may_drop || sample_budget > 0 {
        let progress = settings.progress.begin(Phase::Arrange, Some(totals.entry_count));
        survey = survey_kept(&entries, duplicates, sample_budget, resources, progress)?;
        // Of all entries, so that it does not matter where duplicates are dropped.
        survey.totals.types = totals.types;
    } else {
        survey.totals = totals;
    }
    let Survey { totals, samples } = survey;
    let compression = compression.map(|zstd| choose_dictionary(zstd, &samples));
    let sorted = SortedEntries {
        entries,
        duplicates,
        resources,
    };
    write_sorted(
        writer,
        settings,
        description,
        totals,
        compression.transpose()?,
        resources,
        |progress, push| sorted.for_each(progress, push),
    )
}

/// Writes a file from sorted entries with these totals, whose values are to be compressed if `compression` says how. `for_each` calls
/// a function with all of them, in order.
pub(super) fn write_sorted(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    totals: Totals,
    compression: Option<CompressionDescription>,
    resources: &Resources,
    for_each: impl FnOnce(PhaseProgress, &mut dyn FnMut(Chunk) -> io::Result<()>) -> io::Result<()>,
) -> io::Result<MassMapInfo> {
    let Some(compression) = compression else {
        let unused = settings.compression().map(describe_unused);
        let progress = settings.progress.begin(Phase::Write, Some(totals.entry_count));
        let file = PageFile::new(writer, settings, description, totals, unused, resources)?;
        let mut packer = PagePacker::new(file, resources);
        for_each(progress, &mut |chunk| packer.push(chunk))?;
        return packer.finish()?.finish();
    };
    let progress = settings.progress.begin(Phase::Compress, Some(totals.entry_count));
    let mut compressor = Compressor::new(&compression, resources)?;
    for_each(progress, &mut |chunk| compressor.push(chunk))?;
    let stored = compressor.finish()?;
    write_stored(
        writer,
        settings,
        description,
        totals,
        compression,
        stored,
        resources,
    )
}

/// Writes a file from entries whose values are compressed.
pub(super) fn write_stored(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    mut totals: Totals,
    compression: CompressionDescription,
    stored: StoredEntries,
    resources: &Resources,
) -> io::Result<MassMapInfo> {
    totals.compressed_length = Some(stored.length());
    let mut progress = settings.progress.begin(Phase::Write, Some(totals.entry_count));
    let file = PageFile::new(
        writer,
        settings,
        description,
        totals,
        Some(compression),
        resources,
    )?;
    let mut packer = PagePacker::new(file, resources);
    stored.for_each(|batch| {
        progress.add(batch.headers.len() as u64, batch.bytes.len() as u64)?;
        packer.push(Chunk::from(batch))
    })?;
    packer.finish()?.finish()
}

/// The entries to keep, in the order of their sort keys.
struct SortedEntries<'a> {
    entries: Arc<PartitionedEntries>,
    duplicates: DuplicateKeys,
    resources: &'a Resources,
}

impl SortedEntries<'_> {
    /// Calls `push` with all of them, chunk by chunk.
    fn for_each(
        self,
        mut progress: PhaseProgress,
        mut push: impl FnMut(Chunk) -> io::Result<()>,
    ) -> io::Result<()> {
        let Self {
            entries,
            duplicates,
            resources,
        } = self;
        let mut partitions = SortedPartitions::new(entries, resources, move |mut chunk: Chunk| {
            handle_duplicates(&mut chunk, duplicates)?;
            Ok(chunk)
        });
        let mut push = |chunk: Chunk| {
            let (entries, bytes) = chunk.size();
            push(chunk)?;
            Ok(progress.add(entries, bytes)?)
        };
        while let Some(partition) = partitions.next()? {
            match partition {
                SortedPartition::Chunk(chunk) => push(chunk)?,
                SortedPartition::Oversized(entries, partition) => {
                    for_each_kept(&entries, partition, duplicates, resources, |batch| {
                        push(Chunk::from(batch))
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// A survey of the entries that are kept.
fn survey_kept(
    entries: &Arc<PartitionedEntries>,
    duplicates: DuplicateKeys,
    sample_budget: u64,
    resources: &Resources,
    mut progress: PhaseProgress,
) -> io::Result<Survey> {
    let mut survey = Survey::new(sample_budget);
    let mut add = |more: Survey| -> io::Result<()> {
        progress.add(more.totals.entry_count, more.totals.entries_length)?;
        survey.merge(more);
        Ok(())
    };
    let mut partitions = SortedPartitions::new(Arc::clone(entries), resources, move |mut chunk: Chunk| {
        handle_duplicates(&mut chunk, duplicates)?;
        let mut survey = Survey::new(sample_budget);
        for entry in chunk.entries() {
            survey.add(entry.sort_key, &chunk.raw(entry));
        }
        Ok(survey)
    });
    while let Some(partition) = partitions.next()? {
        match partition {
            SortedPartition::Chunk(survey) => add(survey)?,
            SortedPartition::Oversized(entries, partition) => {
                for_each_kept(&entries, partition, duplicates, resources, |batch| {
                    let mut survey = Survey::new(sample_budget);
                    for (header, entry) in batch.iter() {
                        survey.add(header.sort_key, &entry);
                    }
                    add(survey)
                })?;
            }
        }
    }
    Ok(survey)
}
