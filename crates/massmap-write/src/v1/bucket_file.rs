//! Writing a file of format 1 in the order that a failure half-way needs.

use std::io;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, encode_metadata_header};
use massmap_io::MassMapWriter;

use crate::resources::{Sink, Spool};

/// A file of format 1 that is being written: its buckets in order, then its index, and at last its header.
pub(crate) struct BucketFile<'w> {
    pub(crate) sink: Sink<'w>,
    meta: MassMapMeta,
    /// The buckets so far: number, length and number of entries of each that has any.
    index: Spool,
}

/// Length of a bucket's record in the index so far, in bytes.
const RECORD: usize = 12;

impl<'w> BucketFile<'w> {
    /// Begins a file. The counts in `meta` need not be filled in.
    ///
    /// Nothing is written before the first bucket is, and never if `meta` cannot be encoded.
    pub(crate) fn new(
        writer: &'w dyn MassMapWriter,
        buffer_size: usize,
        meta: MassMapMeta,
        index: Spool,
    ) -> io::Result<Self> {
        encode_metadata_header(&meta, &mut Vec::new())?;
        Ok(Self {
            sink: Sink::behind_header(writer, buffer_size, MassMapHeader::SIZE),
            meta,
            index,
        })
    }

    /// Notes that the next bucket that has entries is `bucket`, with so many bytes and entries.
    pub(crate) fn add(&mut self, bucket: u32, length: u32, count: u32) -> io::Result<()> {
        let mut record = [0; RECORD];
        for (field, value) in record.as_chunks_mut().0.iter_mut().zip([bucket, length, count]) {
            *field = value.to_le_bytes();
        }
        self.index.write(&record)?;
        let meta = &mut self.meta;
        if meta.occupied_bucket_count == 0 {
            meta.occupied_bucket_range.start = bucket.into();
        }
        meta.occupied_bucket_range.end = u64::from(bucket) + 1;
        meta.occupied_bucket_count += 1;
        meta.entry_count += u64::from(count);
        Ok(())
    }

    /// Writes index and header.
    pub(crate) fn finish(self) -> io::Result<MassMapInfo> {
        let mut scratch = Vec::new();
        encode_metadata_header(&self.meta, &mut scratch)?;
        let meta_offset = self.sink.position();
        let mut sink = self.sink;
        sink.write(&scratch)?;

        let mut empty = Vec::new();
        MassMapBucketMeta::default().encode(&mut empty);
        let mut next = 0;
        let mut offset = MassMapHeader::SIZE as u64;
        self.index.read(0..self.index.len(), RECORD, |records| {
            for record in records.as_chunks::<RECORD>().0 {
                let [a, b, c, d, e, f, g, h, count @ ..] = *record;
                let bucket = u32::from_le_bytes([a, b, c, d]);
                let bucket_meta = MassMapBucketMeta {
                    offset,
                    length: u32::from_le_bytes([e, f, g, h]),
                    count: u32::from_le_bytes(count),
                };
                (next..bucket.into()).try_for_each(|_| sink.write(&empty))?;
                scratch.clear();
                bucket_meta.encode(&mut scratch);
                sink.write(&scratch)?;
                next = u64::from(bucket) + 1;
                offset += u64::from(bucket_meta.length);
            }
            Ok(())
        })?;
        (next..self.meta.bucket_count).try_for_each(|_| sink.write(&empty))?;

        let header = MassMapHeader {
            meta_offset,
            meta_length: sink.position() - meta_offset,
        };
        sink.finish(&header.serialize())?;
        Ok(MassMapInfo {
            header,
            meta: self.meta,
        })
    }
}

#[cfg(test)]
mod tests;
