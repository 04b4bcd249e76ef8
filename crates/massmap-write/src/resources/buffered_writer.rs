//! Buffered writing of files.

use std::fs::File;
use std::io;

use massmap_format::PagedHeader;
use massmap_io::{AtomicFile, MassMapReader, MassMapWriter};

/// Number of bytes to clear at the end of an older file: a header of format 2, which says where its index is.
const OLD_END: u64 = PagedHeader::SIZE as u64;

/// The least number of bytes that is copied at a time.
const MIN_COPY: usize = 4 << 10;

/// Combines writes at consecutive offsets into larger ones.
pub(crate) struct BufferedWriter<'a> {
    writer: &'a dyn MassMapWriter,
    /// At most `buffer_size` bytes that are not yet written.
    buffer: Vec<u8>,
    buffer_size: usize,
    /// Offset of the buffer in the file.
    start: u64,
    /// Number of bytes at the beginning of the file to clear before anything is written.
    to_clear: usize,
}

impl<'a> BufferedWriter<'a> {
    /// A writer whose first byte goes to offset `start`.
    pub(crate) fn new(writer: &'a dyn MassMapWriter, buffer_size: usize, start: u64) -> Self {
        Self {
            writer,
            buffer: Vec::new(),
            buffer_size,
            start,
            to_clear: 0,
        }
    }

    /// A writer whose first byte goes after a header of `header` bytes. Before it writes anything, it clears the header, and the
    /// end of a longer file: an older map in the same file, whose index would point to our bytes, can then no longer be opened.
    pub(crate) fn after_header(writer: &'a dyn MassMapWriter, buffer_size: usize, header: usize) -> Self {
        Self {
            to_clear: header,
            ..Self::new(writer, buffer_size, header as u64)
        }
    }

    /// Offset of the next byte in the file.
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

    /// Copies `length` bytes at `offset` of `reader`, a buffer at a time.
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

    /// Writes zeros up to the next multiple of `alignment`, at most 64.
    pub(crate) fn align(&mut self, alignment: u64) -> io::Result<()> {
        let missing = self.position().next_multiple_of(alignment) - self.position();
        self.write(
            [0; 64]
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

    /// Writes the rest of the buffer, and then the header.
    pub(crate) fn finish(mut self, header: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.writer.write_all_at(header, 0)
    }

    /// Writes the rest of the buffer, and then the header, at the beginning and at the end.
    ///
    /// The end is written last: until then the file is shorter than its header says.
    pub(crate) fn finish_with_two_headers(mut self, header: &[u8]) -> io::Result<()> {
        self.align(PagedHeader::SECTION_ALIGNMENT)?;
        self.flush()?;
        self.writer.write_all_at(header, 0)?;
        self.writer.write_all_at(header, self.start)
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.clear()?;
        self.writer.write_all_at(bytes, self.start)?;
        self.start += bytes.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        let header = std::mem::take(&mut self.to_clear);
        if header == 0 {
            return Ok(());
        }
        let old_length = self.writer.target_length()?.unwrap_or(0);
        self.writer.write_all_at(&vec![0; header], 0)?;
        let old_end = old_length.saturating_sub(OLD_END).max(header as u64);
        let zeros = [0; PagedHeader::SIZE];
        let zeros = usize::try_from(old_length.saturating_sub(old_end)).map(|length| zeros.get(..length));
        match zeros {
            Ok(Some(zeros)) if !zeros.is_empty() => self.writer.write_all_at(zeros, old_end),
            _ => Ok(()),
        }
    }

    /// Copies `length` bytes at `offset` of `file` by the fastest means of the system. The writer must write to `target`.
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
