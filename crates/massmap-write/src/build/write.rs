//! Writing collected entries in either format.

use std::io;

use massmap_format::{FormatError, FormatVersion, MassMapInfo};
use massmap_io::MassMapWriter;

use crate::config::{Buckets, Description, Settings};
use crate::resources::{PhaseProgress, Resources};
use crate::sort::{CollectedEntries, Collector};
use crate::v1::write_buckets;
use crate::v2::write_pages;

/// Writes a file from entries whose sort keys are those of `settings`.
pub(crate) fn write_collected(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    collected: CollectedEntries,
    resources: &Resources,
) -> io::Result<MassMapInfo> {
    let resources = &match collected.is_small {
        true => resources.single_threaded(),
        false => resources.clone(),
    };
    if settings.format() == FormatVersion::V2 {
        return write_pages(writer, settings, description, collected, resources);
    }
    match settings.buckets() {
        Buckets::Count(count) => write_buckets(writer, settings, description, count, collected, resources),
        Buckets::OfBytes(bytes) => {
            let (count, collected) = choose_buckets(collected, bytes, resources)?;
            write_buckets(writer, settings, description, count, collected, resources)
        }
    }
}

/// Chooses the number of buckets so that their average length is `bytes`. Groups the entries, whose sort keys are their hashes, by
/// bucket. Returns the number of buckets and the entries.
fn choose_buckets(
    collected: CollectedEntries,
    bytes: u32,
    resources: &Resources,
) -> io::Result<(u64, CollectedEntries)> {
    let CollectedEntries { entries, totals, .. } = collected;
    // An entry takes a byte besides key and value in a bucket.
    let length = totals.entries_length.saturating_add(totals.entry_count);
    let bucket_count = length.div_ceil(bytes.into()).max(1);
    if bucket_count > u32::MAX.into() {
        return Err(FormatError::TooManyBuckets { bucket_count }.into());
    }
    let mut collector = Collector::within(
        (0, bucket_count - 1),
        resources.memory.partitions(),
        FormatVersion::V1,
        resources,
        PhaseProgress::silent(),
    );
    entries.into_batches(resources.memory.batch(0), |mut batch| {
        batch
            .headers
            .iter_mut()
            .for_each(|header| header.sort_key %= bucket_count);
        collector.push_batch(batch)
    })?;
    Ok((bucket_count, collector.finish()?))
}
