//! The buffer that files are written through.

use std::fs::File;
use std::io;

use massmap_io::{AtomicFile, MassMapReader, MassMapWriter};

/// The least that is copied at a time.
const MIN_COPY: usize = 4 << 10;

/// Collects writes at consecutive offsets into larger ones.
pub(crate) struct Sink<'a> {
    writer: &'a dyn MassMapWriter,
    /// At most `buffer_size` bytes, not yet written.
    buffer: Vec<u8>,
    buffer_size: usize,
    /// Where the buffer belongs in the file.
    start: u64,
    /// How many bytes at the beginning of the file are to be cleared before anything is written.
    to_clear: usize,
}

impl<'a> Sink<'a> {
    /// A sink whose first byte goes to `start`.
    pub(crate) fn new(writer: &'a dyn MassMapWriter, buffer_size: usize, start: u64) -> Self {
        Self {
            writer,
            buffer: Vec::new(),
            buffer_size,
            start,
            to_clear: 0,
        }
    }

    /// A sink whose first byte goes behind a header of `header` bytes, which it clears before it writes anything: from
    /// then on an older map in the same place cannot be opened any more, whose index would lead to bytes of ours.
    pub(crate) fn behind_header(writer: &'a dyn MassMapWriter, buffer_size: usize, header: usize) -> Self {
        Self {
            to_clear: header,
            ..Self::new(writer, buffer_size, header as u64)
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
                return self.write_through(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Copies `length` bytes that `reader` has at `offset`, a buffer at a time.
    pub(crate) fn copy(
        &mut self,
        reader: &impl MassMapReader,
        mut offset: u64,
        length: u64,
    ) -> io::Result<()> {
        self.flush()?;
        self.clear()?;
        let end = offset + length;
        while offset < end {
            let length = (end - offset).min(self.buffer_size.max(MIN_COPY) as u64);
            reader.read_exact_at(offset, length, |bytes| {
                self.writer.write_all_at(bytes, self.start)
            })?;
            self.start += length;
            offset += length;
        }
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
            let buffer = std::mem::take(&mut self.buffer);
            self.write_through(&buffer)?;
            self.buffer = buffer;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Writes what is left in the buffer, and then the header.
    pub(crate) fn finish(mut self, header: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.writer.write_all_at(header, 0)
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.clear()?;
        self.writer.write_all_at(bytes, self.start)?;
        self.start += bytes.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.to_clear) {
            0 => Ok(()),
            header => self.writer.write_all_at(&vec![0; header], 0),
        }
    }

    /// Copies `length` bytes that `file` has at `offset`, as the system does that best, if the sink writes to `target`.
    ///
    /// Moves the positions of both files, which nothing else here uses.
    pub(crate) fn copy_file(
        &mut self,
        file: &File,
        offset: u64,
        length: u64,
        target: &AtomicFile,
    ) -> io::Result<()> {
        self.flush()?;
        self.clear()?;
        target.copy_from(file, offset, length, self.start)?;
        self.start += length;
        Ok(())
    }
}
