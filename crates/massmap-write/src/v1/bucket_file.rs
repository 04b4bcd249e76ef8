//! Writing a file of format 1 so that an incomplete one does not open.

use std::io;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, encode_metadata_header};
use massmap_io::MassMapWriter;

use crate::resources::{BufferedWriter, SpooledFile};

/// A file of format 1 that is being written: its buckets in order, then its index, and finally its header.
pub(crate) struct BucketFile<'w> {
    pub(crate) writer: BufferedWriter<'w>,
    meta: MassMapMeta,
    /// Number, length and entry count of each bucket so far that has entries.
    index: SpooledFile,
}

/// Length of the record of a bucket in the index so far, in bytes.
const RECORD: usize = 12;

impl<'w> BucketFile<'w> {
    /// Begins a file. The counts in `meta` need not be set.
    ///
    /// Nothing is written before the first bucket, nor at all if `meta` cannot be encoded.
    pub(crate) fn new(
        writer: &'w dyn MassMapWriter,
        buffer_size: usize,
        meta: MassMapMeta,
        index: SpooledFile,
    ) -> io::Result<Self> {
        encode_metadata_header(&meta, &mut Vec::new())?;
        Ok(Self {
            writer: BufferedWriter::after_header(writer, buffer_size, MassMapHeader::SIZE),
            meta,
            index,
        })
    }

    /// Adds the next bucket with entries to the index: its number, length and entry count.
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
        let meta_offset = self.writer.position();
        let mut writer = self.writer;
        writer.write(&scratch)?;

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
                (next..bucket.into()).try_for_each(|_| writer.write(&empty))?;
                scratch.clear();
                bucket_meta.encode(&mut scratch);
                writer.write(&scratch)?;
                next = u64::from(bucket) + 1;
                offset += u64::from(bucket_meta.length);
            }
            Ok(())
        })?;
        (next..self.meta.bucket_count).try_for_each(|_| writer.write(&empty))?;

        let header = MassMapHeader {
            meta_offset,
            meta_length: writer.position() - meta_offset,
        };
        writer.finish(&header.serialize())?;
        Ok(MassMapInfo {
            header,
            meta: self.meta,
        })
    }
}

#[cfg(test)]
mod tests;
