//! Writing a file of format 1.

use std::io;
use std::sync::Arc;

use massmap_format::{DuplicateKeys, MassMapInfo, MassMapMeta, encode_bucket_header, encode_entry_header};
use massmap_io::MassMapWriter;

use super::bucket_file::BucketFile;
use crate::config::{Description, Settings};
use crate::error::WriteError;
use crate::resources::{Phase, Resources, SpooledFile};
use crate::sort::{
    Chunk, CollectedEntries, KeptEntries, PartitionedEntries, SortedPartition, SortedPartitions,
    handle_duplicates,
};

/// Writes a file of format 1 from entries whose sort keys are their buckets.
pub(crate) fn write_buckets(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    description: Description,
    bucket_count: u64,
    collected: CollectedEntries,
    resources: &Resources,
) -> io::Result<MassMapInfo> {
    let meta = MassMapMeta {
        bucket_count,
        hash_config: description.hash_config,
        key_type: description.names.key_type,
        value_type: description.names.value_type,
        ..MassMapMeta::default()
    };
    let index = SpooledFile::new(&resources.files, resources.memory.spooled_file());
    let mut file = BucketFile::new(writer, settings.writer_buffer_size, meta, index)?;
    let mut progress = settings
        .progress
        .begin(Phase::Write, Some(collected.totals.entry_count));

    let (duplicates, limit) = (settings.duplicate_keys(), settings.bucket_size_limit());
    let entries = collected.entries.loadable(resources.memory, &resources.files)?;
    let mut partitions = SortedPartitions::new(Arc::new(entries), resources, move |mut chunk: Chunk| {
        handle_duplicates(&mut chunk, duplicates)?;
        Ok(Buckets::of(&chunk, limit)?)
    });
    while let Some(partition) = partitions.next()? {
        match partition {
            SortedPartition::Chunk(chunk) => {
                file.writer.write(&chunk.bytes)?;
                for bucket in &chunk.buckets {
                    file.add(bucket.number, bucket.length, bucket.count)?;
                }
                progress.add(chunk.entry_count, chunk.bytes.len() as u64)?;
            }
            SortedPartition::Oversized(entries, partition) => {
                let bucket = write_oversized(&mut file, &entries, partition, duplicates, limit, resources)?;
                file.add(bucket.number, bucket.length, bucket.count)?;
                progress.add(bucket.count.into(), bucket.length.into())?;
            }
        }
    }
    file.finish()
}

/// Encoded buckets, one after the other.
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
    /// Checks length and entry count of a bucket.
    fn new(number: u64, length: u64, count: u64, limit: u32) -> Result<Self, WriteError> {
        let too_large = || WriteError::BucketTooLarge {
            bucket: number,
            length,
            limit,
        };
        let number = u32::try_from(number).expect("numbers of buckets have 32 bits");
        // A bucket with 2^32 entries or more is also longer than the limit.
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
        // Most buckets have few entries, so that their header takes one byte.
        let mut bytes = Vec::with_capacity(length + entries.len());
        let mut buckets = Vec::new();
        for group in chunk.groups() {
            let number = group.first().expect("a group has at least one entry").sort_key;
            let start = bytes.len();
            encode_bucket_header(u32::try_from(group.len()).unwrap_or(u32::MAX), &mut bytes);
            for entry in group {
                encode_entry_header(&mut bytes);
                bytes.extend_from_slice(chunk.bytes(entry));
            }
            let length = (bytes.len() - start) as u64;
            buckets.push(Bucket::new(number, length, group.len() as u64, limit)?);
        }
        Ok(Self {
            bytes,
            buckets,
            entry_count: entries.len() as u64,
        })
    }
}

/// Writes a bucket that is too large for memory.
fn write_oversized(
    file: &mut BucketFile<'_>,
    entries: &PartitionedEntries,
    partition: usize,
    duplicates: DuplicateKeys,
    limit: u32,
    resources: &Resources,
) -> io::Result<Bucket> {
    let partition = entries.spilled_partition(partition)?;
    let kept = KeptEntries::of(&partition, duplicates, resources)?;
    let (mut number, mut count, mut length) = (0, 0, 0);
    let mut ordinal = 0..;
    partition.for_each_header(|header| {
        if kept.contains(ordinal.next().unwrap_or(u64::MAX)) {
            number = header.sort_key;
            count += 1;
            length += 1 + header.length() as u64;
        }
    })?;
    let mut scratch = Vec::new();
    encode_bucket_header(u32::try_from(count).unwrap_or(u32::MAX), &mut scratch);
    let bucket = Bucket::new(number, length + scratch.len() as u64, count, limit)?;

    let mut ordinal = 0..;
    partition.for_each_batch(resources.memory.batch(0), |batch| {
        for (_, entry) in batch.iter() {
            if kept.contains(ordinal.next().unwrap_or(u64::MAX)) {
                encode_entry_header(&mut scratch);
                file.writer.write(&scratch)?;
                scratch.clear();
                file.writer.write(entry.key)?;
                file.writer.write(entry.value)?;
            }
        }
        Ok(())
    })?;
    Ok(bucket)
}
