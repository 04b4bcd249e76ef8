//! Merging files of format 1 by putting their buckets one behind the other.

use std::io;
use std::ops::Range;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::MassMapInner;

use crate::WriteError;
use crate::file::write_buckets;
use crate::merger::Names;

/// The least that is copied at a time.
const MIN_COPY: usize = 4 << 10;

/// What merging needs of a map.
struct Shard<'a, R> {
    /// Which of the maps given it is, from 0.
    number: usize,
    buckets: &'a [MassMapBucketMeta],
    reader: &'a R,
    /// From the first bucket that has entries to behind the last one.
    occupied: Range<usize>,
}

impl<'a, R> Shard<'a, R> {
    fn new<H: MassMapHashLoader>(number: usize, map: &'a MassMapInner<R, H>) -> Self
    where
        R: MassMapReader,
    {
        let buckets = map.bucket_metas();
        let has_entries = |bucket: &MassMapBucketMeta| bucket.count > 0;
        let start = buckets.iter().position(has_entries);
        let end = buckets.iter().rposition(has_entries);
        let occupied = start.zip(end).map_or(0..0, |(start, end)| start..end + 1);
        Self {
            number,
            buckets,
            reader: &map.reader,
            occupied,
        }
    }

    fn occupied_buckets(&self) -> &'a [MassMapBucketMeta] {
        self.buckets.get(self.occupied.clone()).unwrap_or_default()
    }

    fn occupied_range(&self) -> Range<u64> {
        self.occupied.start as u64..self.occupied.end as u64
    }

    /// Length of all buckets, in bytes.
    fn length(&self) -> u64 {
        self.occupied_buckets()
            .iter()
            .map(|bucket| u64::from(bucket.length))
            .sum()
    }
}

/// Writes the buckets of `maps`, whose ranges of occupied buckets must not overlap, into one file.
pub(crate) fn concatenate<W: MassMapWriter, R: MassMapReader, H: MassMapHashLoader>(
    writer: &W,
    buffer_size: usize,
    maps: &[&MassMapInner<R, H>],
    names: Names,
) -> io::Result<MassMapInfo> {
    let mut shards: Vec<_> = maps
        .iter()
        .enumerate()
        .map(|(number, map)| Shard::new(number, *map))
        .collect();
    check_alike(&shards)?;
    let first = maps.first().ok_or(WriteError::NoMaps)?;
    let bucket_count = first.bucket_metas().len();
    let hash_config = first.meta.hash_config.clone();

    shards.retain(|shard| !shard.occupied.is_empty());
    shards.sort_by_key(|shard| shard.occupied.start);
    check_disjoint(&shards)?;
    let occupied = || {
        shards
            .iter()
            .flat_map(|shard| shard.occupied_buckets())
            .filter(|bucket| bucket.count > 0)
    };
    let meta = MassMapMeta {
        entry_count: occupied().map(|bucket| u64::from(bucket.count)).sum(),
        bucket_count: bucket_count as u64,
        occupied_bucket_count: occupied().count() as u64,
        occupied_bucket_range: match (shards.first(), shards.last()) {
            (Some(first), Some(last)) => first.occupied_range().start..last.occupied_range().end,
            _ => 0..0,
        },
        hash_config,
        key_type: names.key_type,
        value_type: names.value_type,
    };
    let chunk = buffer_size.max(MIN_COPY) as u64;
    write_buckets(
        writer,
        buffer_size,
        meta,
        |sink| {
            for shard in &shards {
                let mut offset = MassMapHeader::SIZE as u64;
                let end = offset + shard.length();
                while offset < end {
                    let length = chunk.min(end - offset);
                    sink.copy(shard.reader, offset, length)?;
                    offset += length;
                }
            }
            Ok(())
        },
        merged_index(&shards, bucket_count),
    )
}

/// The index of the merged file: the buckets of the shards, one behind the other.
fn merged_index<R>(shards: &[Shard<'_, R>], bucket_count: usize) -> impl Iterator<Item = MassMapBucketMeta> {
    let mut offset = MassMapHeader::SIZE as u64;
    let mut shards = shards.iter().peekable();
    (0..bucket_count).map(move |index| {
        while shards.next_if(|shard| shard.occupied.end <= index).is_some() {}
        let bucket = shards
            .peek()
            .filter(|shard| shard.occupied.start <= index)
            .and_then(|shard| shard.buckets.get(index));
        match bucket {
            Some(bucket) if bucket.count > 0 => {
                let moved = MassMapBucketMeta { offset, ..*bucket };
                offset += u64::from(bucket.length);
                moved
            }
            _ => MassMapBucketMeta::default(),
        }
    })
}

fn check_alike<R>(shards: &[Shard<'_, R>]) -> Result<(), WriteError> {
    for (first, other) in shards.iter().zip(shards.iter().skip(1)) {
        if first.buckets.len() != other.buckets.len() {
            return Err(WriteError::BucketCountsDiffer {
                maps: [first.number, other.number],
                first: first.buckets.len(),
                other: other.buckets.len(),
            });
        }
    }
    Ok(())
}

/// Checks shards that are sorted by their ranges.
fn check_disjoint<R>(shards: &[Shard<'_, R>]) -> Result<(), WriteError> {
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
