//! Writing a file of format 1 in the order that a failure half-way needs, and the buffer that both formats write through.

use std::io;

use massmap_format::{MassMapBucketMeta, MassMapHeader, MassMapInfo, MassMapMeta, encode_metadata_header};
use massmap_io::{MassMapReader, MassMapWriter};

/// Writes a whole file: clears the header, has `buckets` write the buckets, writes the metadata with `index`, and only
/// then the header.
///
/// Nothing is written if `meta` cannot be encoded.
pub(crate) fn write_buckets<W: MassMapWriter>(
    writer: &W,
    buffer_size: usize,
    meta: MassMapMeta,
    buckets: impl FnOnce(&mut Sink<'_, W>) -> io::Result<()>,
    index: impl Iterator<Item = MassMapBucketMeta>,
) -> io::Result<MassMapInfo> {
    let mut scratch = Vec::new();
    encode_metadata_header(&meta, &mut scratch)?;

    // From here on an older map in the same place cannot be opened any more: its index would lead to buckets of ours.
    writer.write_all_at(&[0; MassMapHeader::SIZE], 0)?;
    let mut sink = Sink::new(writer, buffer_size, MassMapHeader::SIZE as u64);
    buckets(&mut sink)?;

    let meta_offset = sink.position();
    sink.write(&scratch)?;
    for bucket in index {
        scratch.clear();
        bucket.encode(&mut scratch);
        sink.write(&scratch)?;
    }
    let meta_length = sink.position() - meta_offset;
    sink.flush()?;

    let header = MassMapHeader {
        meta_offset,
        meta_length,
    };
    writer.write_all_at(&header.serialize(), 0)?;
    Ok(MassMapInfo { header, meta })
}

/// Collects writes at consecutive offsets into larger ones.
pub(crate) struct Sink<'a, W: MassMapWriter> {
    writer: &'a W,
    /// At most `buffer_size` bytes, not yet written.
    buffer: Vec<u8>,
    buffer_size: usize,
    /// Where the buffer belongs in the file.
    start: u64,
}

impl<'a, W: MassMapWriter> Sink<'a, W> {
    /// A sink whose first byte goes to `start`.
    pub(crate) fn new(writer: &'a W, buffer_size: usize, start: u64) -> Self {
        Self {
            writer,
            buffer: Vec::new(),
            buffer_size,
            start,
        }
    }

    /// Where in the file the next byte goes.
    pub(crate) fn position(&self) -> u64 {
        self.start + self.buffer.len() as u64
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.buffer_size - self.buffer.len() {
            self.flush()?;
            if bytes.len() >= self.buffer_size {
                self.writer.write_all_at(bytes, self.start)?;
                self.start += bytes.len() as u64;
                return Ok(());
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Copies `length` bytes that `reader` has at `offset`.
    pub(crate) fn copy(&mut self, reader: &impl MassMapReader, offset: u64, length: u64) -> io::Result<()> {
        self.flush()?;
        reader.read_exact_at(offset, length, |bytes| {
            self.writer.write_all_at(bytes, self.start)
        })?;
        self.start += length;
        Ok(())
    }

    /// Writes zeros up to the next multiple of `alignment`, at most 8.
    pub(crate) fn align(&mut self, alignment: u64) -> io::Result<()> {
        let missing = self.position().next_multiple_of(alignment) - self.position();
        self.write(
            [0; 8]
                .get(..usize::try_from(missing).unwrap_or(0))
                .unwrap_or_default(),
        )
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.writer.write_all_at(&self.buffer, self.start)?;
            self.start += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
