//! Writing collected entries in either format.

use std::io;

use massmap_format::{FormatError, FormatVersion, MassMapInfo};
use massmap_io::MassMapWriter;

use crate::config::{Buckets, Identity, Settings};
use crate::resources::{Means, Stage};
use crate::sort::{Collected, Collector};
use crate::v1::write_buckets;
use crate::v2::write_pages;

/// Writes entries whose orders are those that `settings` ask for.
pub(crate) fn write_collected(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    identity: Identity,
    collected: Collected,
    means: &Means,
) -> io::Result<MassMapInfo> {
    let means = &match collected.is_small {
        true => means.of_caller(),
        false => means.clone(),
    };
    if settings.format() == FormatVersion::V2 {
        return write_pages(writer, settings, identity, collected, means);
    }
    match settings.buckets() {
        Buckets::Count(count) => write_buckets(writer, settings, identity, count, collected, means),
        Buckets::OfBytes(bytes) => {
            let (count, collected) = choose_buckets(collected, bytes, means)?;
            write_buckets(writer, settings, identity, count, collected, means)
        }
    }
}

/// Chooses as many buckets as make one `bytes` long on average, and brings the entries, whose orders are their hashes,
/// together by these. Returns the number of buckets.
fn choose_buckets(collected: Collected, bytes: u32, means: &Means) -> io::Result<(u64, Collected)> {
    let Collected { gathered, totals, .. } = collected;
    // In a bucket, an entry takes a byte beside key and value.
    let length = totals.entries_length.saturating_add(totals.entry_count);
    let bucket_count = length.div_ceil(bytes.into()).max(1);
    if bucket_count > u32::MAX.into() {
        return Err(FormatError::TooManyBuckets { bucket_count }.into());
    }
    let mut collector = Collector::within(
        (0, bucket_count - 1),
        means.memory.partitions(),
        FormatVersion::V1,
        means,
        Stage::silent(),
    );
    gathered.into_batches(means.memory.batch(0), |mut batch| {
        batch.heads.iter_mut().for_each(|head| head.order %= bucket_count);
        collector.push_batch(batch)
    })?;
    Ok((bucket_count, collector.finish()?))
}
