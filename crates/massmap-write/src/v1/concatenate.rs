//! Merging files of format 1 by putting their buckets one behind the other.

use std::io;
use std::ops::Range;

use massmap_format::{MassMapHeader, MassMapInfo, MassMapMeta};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::MassMapInner;

use super::bucket_file::BucketFile;
use super::copy_file::Files;
use crate::config::{Names, Settings};
use crate::error::WriteError;
use crate::resources::{Phase, Spool};

/// How many bytes are copied before the observer is told.
const COPIED_AT_ONCE: u64 = 64 << 20;

/// What merging needs of a map.
struct Shard<'a, R: MassMapReader, H: MassMapHashLoader> {
    /// Which of the maps given it is, from 0.
    number: usize,
    map: &'a MassMapInner<R, H>,
    /// From the first bucket that has entries to behind the last one.
    occupied: Range<usize>,
    /// Length of all buckets, in bytes.
    length: u64,
}

impl<'a, R: MassMapReader, H: MassMapHashLoader> Shard<'a, R, H> {
    fn new(number: usize, map: &'a MassMapInner<R, H>) -> Self {
        let mut occupied = 0..0;
        let mut length = 0;
        for (index, bucket) in map.occupied_buckets() {
            if occupied.is_empty() {
                occupied.start = index;
            }
            occupied.end = index + 1;
            length += u64::from(bucket.length);
        }
        Self {
            number,
            map,
            occupied,
            length,
        }
    }

    fn occupied_range(&self) -> Range<u64> {
        self.occupied.start as u64..self.occupied.end as u64
    }
}

/// Writes the buckets of `maps`, whose ranges of occupied buckets must not overlap, into one file.
pub(crate) fn concatenate<R: MassMapReader, H: MassMapHashLoader>(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    maps: &[&MassMapInner<R, H>],
    names: Names,
    files: Option<Files<'_, R>>,
) -> io::Result<MassMapInfo> {
    let mut shards: Vec<_> = maps
        .iter()
        .enumerate()
        .map(|(number, map)| Shard::new(number, *map))
        .collect();
    check_alike(&shards)?;
    let first = maps.first().ok_or(WriteError::NoMaps)?;
    let bucket_count = first.bucket_count();
    let hash_config = first.meta.hash_config.clone();

    shards.retain(|shard| !shard.occupied.is_empty());
    shards.sort_by_key(|shard| shard.occupied.start);
    check_disjoint(&shards)?;
    let meta = MassMapMeta {
        bucket_count: bucket_count as u64,
        hash_config,
        key_type: names.key_type,
        value_type: names.value_type,
        ..MassMapMeta::default()
    };
    let means = settings.means();
    let index = Spool::new(&means.files, means.memory.spool());
    let mut file = BucketFile::new(writer, settings.writer_buffer_size, meta, index)?;
    let total = maps.iter().map(|map| map.meta.entry_count).sum();
    let mut stage = settings.observer.begin(Phase::Write, Some(total));
    for shard in &shards {
        let source = match &files {
            Some(files) => (files.source)(&shard.map.reader)?,
            None => None,
        };
        let mut offset = MassMapHeader::SIZE as u64;
        let end = offset + shard.length;
        while offset < end {
            let length = COPIED_AT_ONCE.min(end - offset);
            let copied = match (&source, &files) {
                (Some(source), Some(files)) => file.sink.copy_file(source, offset, length, files.target),
                _ => file.sink.copy(&shard.map.reader, offset, length),
            };
            copied.map_err(|source| WriteError::Copy {
                map: shard.number,
                source,
            })?;
            offset += length;
            stage.add(0, length);
        }
        let mut entries = 0;
        for (number, bucket) in shard.map.occupied_buckets() {
            let number = u32::try_from(number).expect("there are at most so many buckets as 32 bits count");
            file.add(number, bucket.length, bucket.count)?;
            entries += u64::from(bucket.count);
        }
        stage.add(entries, 0);
    }
    file.finish()
}

fn check_alike<R: MassMapReader, H: MassMapHashLoader>(shards: &[Shard<'_, R, H>]) -> Result<(), WriteError> {
    for (first, other) in shards.iter().zip(shards.iter().skip(1)) {
        let counts = [first.map.bucket_count(), other.map.bucket_count()];
        if counts[0] != counts[1] {
            return Err(WriteError::BucketCountsDiffer {
                maps: [first.number, other.number],
                first: counts[0],
                other: counts[1],
            });
        }
    }
    Ok(())
}

/// Checks shards that are sorted by their ranges.
fn check_disjoint<R: MassMapReader, H: MassMapHashLoader>(
    shards: &[Shard<'_, R, H>],
) -> Result<(), WriteError> {
    for (first, other) in shards.iter().zip(shards.iter().skip(1)) {
        if other.occupied.start < first.occupied.end {
            return Err(WriteError::RangesOverlap {
                maps: [first.number, other.number],
                first: first.occupied_range(),
                other: other.occupied_range(),
            });
        }
    }
    Ok(())
}
