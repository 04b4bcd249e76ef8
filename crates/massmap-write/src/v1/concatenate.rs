//! Merging files of format 1 by concatenating their buckets.

use std::io;
use std::ops::Range;

use massmap_format::{MassMapHeader, MassMapInfo, MassMapMeta};
use massmap_hash::MassMapHashLoader;
use massmap_io::{MassMapReader, MassMapWriter};
use massmap_read::MassMapInner;

use super::bucket_file::BucketFile;
use super::kernel_copy::KernelCopy;
use crate::config::{Settings, TypeNames};
use crate::error::WriteError;
use crate::resources::{Phase, SpooledFile};

/// Number of bytes that are copied before progress is reported.
const COPY_SIZE: u64 = 64 << 20;

/// A map to be merged.
struct Input<'a, R: MassMapReader, H: MassMapHashLoader> {
    /// Its number, from 0.
    number: usize,
    map: &'a MassMapInner<R, H>,
    /// The range from the first to the last bucket with entries.
    occupied: Range<usize>,
    /// Total length of its buckets, in bytes.
    length: u64,
}

impl<'a, R: MassMapReader, H: MassMapHashLoader> Input<'a, R, H> {
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

/// Writes the buckets of `maps` to one file. Their ranges of occupied buckets must not overlap.
pub(crate) fn concatenate<R: MassMapReader, H: MassMapHashLoader>(
    writer: &dyn MassMapWriter,
    settings: &Settings,
    maps: &[&MassMapInner<R, H>],
    types: TypeNames,
    kernel_copy: Option<KernelCopy<'_, R>>,
) -> io::Result<MassMapInfo> {
    let mut inputs: Vec<_> = maps
        .iter()
        .enumerate()
        .map(|(number, map)| Input::new(number, *map))
        .collect();
    check_bucket_counts(&inputs)?;
    let first = maps.first().ok_or(WriteError::NoMaps)?;
    let bucket_count = first.bucket_count();
    let hash_config = first.meta.hash_config.clone();

    inputs.retain(|input| !input.occupied.is_empty());
    inputs.sort_by_key(|input| input.occupied.start);
    check_disjoint(&inputs)?;
    let meta = MassMapMeta {
        bucket_count: bucket_count as u64,
        hash_config,
        key_type: types.key_type,
        value_type: types.value_type,
        ..MassMapMeta::default()
    };
    let resources = settings.resources();
    let index = SpooledFile::new(&resources.files, resources.memory.spooled_file());
    let mut file = BucketFile::new(writer, settings.writer_buffer_size, meta, index)?;
    let total = maps.iter().map(|map| map.meta.entry_count).sum();
    let mut progress = settings.progress.begin(Phase::Write, Some(total));
    for input in &inputs {
        let source = match &kernel_copy {
            Some(copy) => (copy.source)(&input.map.reader)?,
            None => None,
        };
        let mut offset = MassMapHeader::SIZE as u64;
        let end = offset + input.length;
        while offset < end {
            let length = COPY_SIZE.min(end - offset);
            let copied = match (&source, &kernel_copy) {
                (Some(source), Some(copy)) => file.writer.copy_file(source, offset, length, copy.target),
                _ => file.writer.copy(&input.map.reader, offset, length),
            };
            copied.map_err(|source| WriteError::Copy {
                map: input.number,
                source,
            })?;
            offset += length;
            progress.add(0, length)?;
        }
        let mut entries = 0;
        for (number, bucket) in input.map.occupied_buckets() {
            let number = u32::try_from(number).expect("numbers of buckets have 32 bits");
            file.add(number, bucket.length, bucket.count)?;
            entries += u64::from(bucket.count);
        }
        progress.add(entries, 0)?;
    }
    file.finish()
}

fn check_bucket_counts<R: MassMapReader, H: MassMapHashLoader>(
    inputs: &[Input<'_, R, H>],
) -> Result<(), WriteError> {
    for (first, other) in inputs.iter().zip(inputs.iter().skip(1)) {
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

/// Checks inputs that are sorted by their ranges.
fn check_disjoint<R: MassMapReader, H: MassMapHashLoader>(
    inputs: &[Input<'_, R, H>],
) -> Result<(), WriteError> {
    for (first, other) in inputs.iter().zip(inputs.iter().skip(1)) {
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
