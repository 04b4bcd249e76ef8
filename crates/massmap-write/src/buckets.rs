//! Writing entries as a file of format 1.

use std::io;

use massmap_format::{
    MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, RawEntry, encode_bucket_header,
    encode_entry_header,
};
use massmap_io::MassMapWriter;

use crate::WriteError;
use crate::entries::Entries;
use crate::file::write_buckets;

/// Writes `entries`, whose numbers are their buckets. The counts in `meta` need not be filled in.
pub(crate) fn write_entries<W: MassMapWriter>(
    writer: &W,
    buffer_size: usize,
    bucket_size_limit: u32,
    mut meta: MassMapMeta,
    entries: &Entries,
) -> io::Result<MassMapInfo> {
    let occupied = place_buckets(entries, bucket_size_limit)?;
    meta.entry_count = entries.len();
    meta.occupied_bucket_count = occupied.len() as u64;
    meta.occupied_bucket_range = match (occupied.first(), occupied.last()) {
        (Some((first, _)), Some((last, _))) => *first..*last + 1,
        _ => 0..0,
    };
    let mut occupied = occupied.into_iter().peekable();
    let index = (0..meta.bucket_count).map(|index| {
        occupied
            .next_if(|(occupied, _)| *occupied == index)
            .map(|(_, meta)| meta)
            .unwrap_or_default()
    });
    write_buckets(
        writer,
        buffer_size,
        meta,
        |sink| {
            let mut scratch = Vec::new();
            for bucket in entries.groups() {
                scratch.clear();
                encode_bucket_header(u32::try_from(bucket.len()).unwrap_or(u32::MAX), &mut scratch);
                for RawEntry { key, value } in bucket.iter() {
                    encode_entry_header(&mut scratch);
                    sink.write(&scratch)?;
                    scratch.clear();
                    sink.write(key)?;
                    sink.write(value)?;
                }
            }
            Ok(())
        },
        index,
    )
}

/// Where each bucket that has entries will lie.
fn place_buckets(entries: &Entries, limit: u32) -> Result<Vec<(u64, MassMapBucketMeta)>, WriteError> {
    let mut offset = MassMapHeader::SIZE as u64;
    let mut placed = Vec::new();
    for bucket in entries.groups() {
        let index = bucket.order();
        let mut header = Vec::new();
        // A bucket with more entries than 32 bits can count is also too long, below.
        let count = u32::try_from(bucket.len()).unwrap_or(u32::MAX);
        encode_bucket_header(count, &mut header);
        let entries: u64 = bucket
            .iter()
            .map(|entry| (1 + entry.key.len() + entry.value.len()) as u64)
            .sum();
        let length = header.len() as u64 + entries;
        let too_large = || WriteError::BucketTooLarge {
            bucket: index,
            length,
            limit,
        };
        let length = u32::try_from(length)
            .ok()
            .filter(|length| *length <= limit)
            .ok_or_else(too_large)?;
        placed.push((
            index,
            MassMapBucketMeta {
                offset,
                length,
                count,
            },
        ));
        offset += u64::from(length);
    }
    Ok(placed)
}
