//! Writing collected entries as a file of format 2.

use std::io;
use std::sync::Arc;

use massmap_format::{DuplicateKeys, MassMapInfo};
use massmap_io::MassMapWriter;

use super::packer::PagePacker;
use super::page_file::PageFile;
use crate::config::{Identity, Settings};
use crate::entry::Totals;
use crate::resources::{Means, Phase, Stage};
use crate::sort::{Chunk, Collected, Gathered, Step, Steps, for_each_survivor};

/// Writes entries whose orders are their spread hashes.
pub(crate) fn write_pages(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    identity: Identity,
    collected: Collected,
    means: &Means,
) -> io::Result<MassMapInfo> {
    let duplicates = settings.duplicate_keys();
    let Collected { gathered, totals, .. } = collected;
    let gathered = Arc::new(gathered.loadable(means.memory, &means.files)?);
    let totals = match duplicates {
        // Where entries may be dropped, only going over all of them tells which ones are left.
        DuplicateKeys::First | DuplicateKeys::Last => {
            let stage = settings.observer.begin(Phase::Arrange, Some(totals.entry_count));
            totals_of_survivors(&gathered, duplicates, means, stage)?
        }
        DuplicateKeys::Error | DuplicateKeys::KeepAll => totals,
    };
    let mut stage = settings.observer.begin(Phase::Write, Some(totals.entry_count));
    let file = PageFile::new(writer, settings, identity, totals, means.memory, &means.files)?;
    let mut packer = PagePacker::new(file, means);
    let mut steps = Steps::new(gathered, means, move |mut chunk: Chunk| {
        chunk.drop_duplicates(duplicates)?;
        Ok(chunk)
    });
    while let Some(step) = steps.next()? {
        match step {
            Step::Chunk(chunk) => {
                let (entries, bytes) = chunk.size();
                packer.push(chunk)?;
                stage.add(entries, bytes);
            }
            Step::Giant(gathered, partition) => {
                for_each_survivor(&gathered, partition, duplicates, means, |batch| {
                    let chunk = Chunk::from(batch);
                    let (entries, bytes) = chunk.size();
                    packer.push(chunk)?;
                    stage.add(entries, bytes);
                    Ok(())
                })?;
            }
        }
    }
    packer.finish()?.finish()
}

fn totals_of_survivors(
    gathered: &Arc<Gathered>,
    duplicates: DuplicateKeys,
    means: &Means,
    mut stage: Stage,
) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let mut add = |more: Totals| {
        stage.add(more.entry_count, more.entries_length);
        totals.add_all(more);
    };
    let mut steps = Steps::new(Arc::clone(gathered), means, move |mut chunk: Chunk| {
        chunk.drop_duplicates(duplicates)?;
        Ok(Totals::of(
            chunk
                .entries()
                .iter()
                .map(|entry| (entry.order, chunk.raw(entry))),
        ))
    });
    while let Some(step) = steps.next()? {
        match step {
            Step::Chunk(totals) => add(totals),
            Step::Giant(gathered, partition) => {
                for_each_survivor(&gathered, partition, duplicates, means, |batch| {
                    add(Totals::of(batch.iter().map(|(head, entry)| (head.order, entry))));
                    Ok(())
                })?;
            }
        }
    }
    Ok(totals)
}
