//! Putting maps together that were built in parts.

use std::any::type_name;
use std::hash::Hash;
use std::io;
use std::ops::Range;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::{MassMap, MassMapInner};
use serde::Deserialize;

use crate::WriteError;
use crate::builder::DEFAULT_BUFFER_SIZE;
use crate::file::write_file;

/// Merges maps whose entries lie in separate ranges of buckets.
///
/// To build a large map in parts, give each part the entries of a range of buckets, all parts the same hash function and
/// number of buckets, and merge them.
#[derive(Debug, Clone)]
pub struct MassMapMerger {
    writer_buffer_size: usize,
}

/// The least that is copied at a time.
const MIN_COPY: usize = 4 << 10;

impl Default for MassMapMerger {
    fn default() -> Self {
        Self {
            writer_buffer_size: DEFAULT_BUFFER_SIZE,
        }
    }
}

/// What merging needs of a map.
struct Shard<'a, R> {
    /// Which of the maps given it is, from 0.
    number: usize,
    meta: &'a MassMapMeta,
    buckets: &'a [MassMapBucketMeta],
    reader: &'a R,
    /// From the first bucket that has entries to behind the last one.
    occupied: Range<usize>,
}

impl<'a, R> Shard<'a, R> {
    fn new(number: usize, meta: &'a MassMapMeta, buckets: &'a [MassMapBucketMeta], reader: &'a R) -> Self {
        let has_entries = |bucket: &MassMapBucketMeta| bucket.count > 0;
        let start = buckets.iter().position(has_entries);
        let end = buckets.iter().rposition(has_entries);
        let occupied = start.zip(end).map_or(0..0, |(start, end)| start..end + 1);
        Self {
            number,
            meta,
            buckets,
            reader,
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

impl MassMapMerger {
    /// Sets how many bytes are copied at a time, at least 4 KiB.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.writer_buffer_size = size;
        self
    }

    /// Merges `maps` and writes the result to `writer`, from offset 0 on.
    ///
    /// The maps need the same hash function and number of buckets, and ranges of occupied buckets that do not overlap;
    /// they may come in any order. Buckets are copied as they are. The merged map names `K` and `V` as its types.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`WriteError`] if the maps cannot be merged, which leaves the
    /// target as it was; any error of the readers and of the writer, after which the target does not open as a map.
    pub fn merge<W, K, V, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMap<K, V, R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: for<'de> Deserialize<'de> + Eq + Hash,
        V: for<'de> Deserialize<'de> + Clone,
    {
        let shards = maps
            .iter()
            .enumerate()
            .map(|(number, map)| Shard::new(number, map.meta(), map.bucket_metas(), map.reader()))
            .collect();
        self.merge_shards(
            writer,
            shards,
            type_name::<K>().to_owned(),
            type_name::<V>().to_owned(),
        )
    }

    /// Merges maps whose types this program does not know; otherwise like [`merge`](Self::merge).
    ///
    /// The merged map names the types that the maps name.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge), and [`WriteError::TypesDiffer`] if the maps name different types.
    pub fn merge_inner<W, R: MassMapReader, H: MassMapHashLoader>(
        self,
        writer: &W,
        maps: Vec<MassMapInner<R, H>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
    {
        let key_type = same_type("key", maps.iter().map(|map| &map.meta.key_type))?;
        let value_type = same_type("value", maps.iter().map(|map| &map.meta.value_type))?;
        let shards = maps
            .iter()
            .enumerate()
            .map(|(number, map)| Shard::new(number, &map.meta, map.bucket_metas(), &map.reader))
            .collect();
        self.merge_shards(writer, shards, key_type, value_type)
    }

    fn merge_shards<W: MassMapWriter, R: MassMapReader>(
        self,
        writer: &W,
        mut shards: Vec<Shard<'_, R>>,
        key_type: String,
        value_type: String,
    ) -> io::Result<MassMapInfo> {
        check_alike(&shards)?;
        let bucket_count = shards.first().ok_or(WriteError::NoMaps)?.buckets.len();
        let hash_config = shards.first().ok_or(WriteError::NoMaps)?.meta.hash_config.clone();

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
            key_type,
            value_type,
        };
        let chunk = self.writer_buffer_size.max(MIN_COPY) as u64;
        write_file(
            writer,
            self.writer_buffer_size,
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
        if first.meta.hash_config != other.meta.hash_config {
            return Err(WriteError::HashConfigsDiffer {
                maps: [first.number, other.number],
                first: Box::new(first.meta.hash_config.clone()),
                other: Box::new(other.meta.hash_config.clone()),
            });
        }
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

fn same_type<'a>(field: &'static str, types: impl Iterator<Item = &'a String>) -> Result<String, WriteError> {
    let mut types = types.enumerate();
    let (_, first) = types.next().ok_or(WriteError::NoMaps)?;
    match types.find(|(_, other)| *other != first) {
        Some((number, other)) => Err(WriteError::TypesDiffer {
            maps: [0, number],
            field,
            first: first.clone(),
            other: other.clone(),
        }),
        None => Ok(first.clone()),
    }
}
