//! Writing collected entries as a file of format 1.

use std::io;
use std::sync::Arc;

use massmap_format::{DuplicateKeys, MassMapInfo, MassMapMeta, encode_bucket_header, encode_entry_header};
use massmap_io::MassMapWriter;

use super::bucket_file::BucketFile;
use crate::config::{Identity, Settings};
use crate::error::WriteError;
use crate::resources::{Means, Phase, Spool};
use crate::sort::{Chunk, Collected, Gathered, Step, Steps, Survivors};

/// Writes entries whose orders are their buckets.
pub(crate) fn write_buckets(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    identity: Identity,
    bucket_count: u64,
    collected: Collected,
    means: &Means,
) -> io::Result<MassMapInfo> {
    let meta = MassMapMeta {
        bucket_count,
        hash_config: identity.hash_config,
        key_type: identity.key_type,
        value_type: identity.value_type,
        ..MassMapMeta::default()
    };
    let index = Spool::new(&means.files, means.memory.spool());
    let mut file = BucketFile::new(writer, settings.writer_buffer_size, meta, index)?;
    let mut stage = settings
        .observer
        .begin(Phase::Write, Some(collected.totals.entry_count));

    let (duplicates, limit) = (settings.duplicate_keys(), settings.bucket_size_limit());
    let gathered = collected.gathered.loadable(means.memory, &means.files)?;
    let mut steps = Steps::new(Arc::new(gathered), means, move |mut chunk: Chunk| {
        chunk.drop_duplicates(duplicates)?;
        Ok(Buckets::of(&chunk, limit)?)
    });
    while let Some(step) = steps.next()? {
        match step {
            Step::Chunk(chunk) => {
                file.sink.write(&chunk.bytes)?;
                for bucket in &chunk.buckets {
                    file.add(bucket.number, bucket.length, bucket.count)?;
                }
                stage.add(chunk.entry_count, chunk.bytes.len() as u64);
            }
            Step::Giant(gathered, partition) => {
                let bucket = write_giant(&mut file, &gathered, partition, duplicates, limit, means)?;
                file.add(bucket.number, bucket.length, bucket.count)?;
                stage.add(bucket.count.into(), bucket.length.into());
            }
        }
    }
    file.finish()
}

/// Encoded buckets, one behind the other.
struct Buckets {
    bytes: Vec<u8>,
    buckets: Vec<Bucket>,
    entry_count: u64,
}

struct Bucket {
    number: u32,
    length: u32,
    count: u32,
}

impl Bucket {
    /// Checks that a bucket may have so many bytes and entries.
    fn new(order: u64, length: u64, count: u64, limit: u32) -> Result<Self, WriteError> {
        let too_large = || WriteError::BucketTooLarge {
            bucket: order,
            length,
            limit,
        };
        let number = u32::try_from(order).expect("there are at most so many buckets as 32 bits count");
        // With more entries than 32 bits can count, it is also longer than that.
        let count = u32::try_from(count).map_err(|_| too_large())?;
        match u32::try_from(length) {
            Ok(length) if length <= limit => Ok(Self {
                number,
                length,
                count,
            }),
            _ => Err(too_large()),
        }
    }
}

impl Buckets {
    fn of(chunk: &Chunk, limit: u32) -> Result<Self, WriteError> {
        let entries = chunk.entries();
        let length: usize = entries.iter().map(|entry| 1 + entry.length()).sum();
        // Most buckets have few entries, which a header of a byte counts.
        let mut bytes = Vec::with_capacity(length + entries.len());
        let mut buckets = Vec::new();
        for group in chunk.groups() {
            let order = group.first().expect("a group has at least one entry").order;
            let start = bytes.len();
            encode_bucket_header(u32::try_from(group.len()).unwrap_or(u32::MAX), &mut bytes);
            for entry in group {
                encode_entry_header(&mut bytes);
                bytes.extend_from_slice(chunk.bytes(entry));
            }
            let length = (bytes.len() - start) as u64;
            buckets.push(Bucket::new(order, length, group.len() as u64, limit)?);
        }
        Ok(Self {
            bytes,
            buckets,
            entry_count: entries.len() as u64,
        })
    }
}

/// Writes a bucket that does not fit in memory.
fn write_giant(
    file: &mut BucketFile<'_>,
    gathered: &Gathered,
    partition: usize,
    duplicates: DuplicateKeys,
    limit: u32,
    means: &Means,
) -> io::Result<Bucket> {
    let pieces = gathered.pieces(partition)?;
    let survivors = Survivors::of(&pieces, duplicates, means)?;
    let (mut order, mut count, mut length) = (0, 0, 0);
    let mut ordinal = 0..;
    pieces.for_each_head(|head| {
        if survivors.contains(ordinal.next().unwrap_or(u64::MAX)) {
            order = head.order;
            count += 1;
            length += 1 + head.length() as u64;
        }
    })?;
    let mut scratch = Vec::new();
    encode_bucket_header(u32::try_from(count).unwrap_or(u32::MAX), &mut scratch);
    let bucket = Bucket::new(order, length + scratch.len() as u64, count, limit)?;

    let mut ordinal = 0..;
    pieces.for_each(means.memory.batch(0), |batch| {
        for (_, entry) in batch.iter() {
            if survivors.contains(ordinal.next().unwrap_or(u64::MAX)) {
                encode_entry_header(&mut scratch);
                file.sink.write(&scratch)?;
                scratch.clear();
                file.sink.write(entry.key)?;
                file.sink.write(entry.value)?;
            }
        }
        Ok(())
    })?;
    Ok(bucket)
}
