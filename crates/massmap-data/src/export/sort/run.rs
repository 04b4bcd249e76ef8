//! Sorted entries in a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use massmap::MassMapReader;

/// Size of the write buffer, in bytes.
const BUFFER: usize = 64 << 10;

/// Length of the lengths of key and value in front of an entry, in bytes.
const LENGTHS: usize = 8;

/// Runs of sorted entries, one after the other.
#[derive(Debug)]
pub(super) struct RunFile {
    file: File,
    ranges: Vec<Range<u64>>,
}

impl RunFile {
    /// Creates an empty file in a directory.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory).map_err(|error| {
            let message = format!(
                "cannot create a temporary file in {}: {error}",
                directory.display()
            );
            io::Error::new(error.kind(), message)
        })?;
        Ok(Self {
            file,
            ranges: Vec::new(),
        })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Where the runs lie.
    pub(super) fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Appends a run.
    pub(super) fn append<'e>(
        &mut self,
        entries: impl Iterator<Item = io::Result<(&'e [u8], &'e [u8])>>,
    ) -> io::Result<()> {
        self.append_with(|write| {
            for entry in entries {
                let (key, value) = entry?;
                write(key, value)?;
            }
            Ok(())
        })
    }

    /// Appends a run of the entries that `produce` calls its argument with.
    pub(super) fn append_with(
        &mut self,
        produce: impl FnOnce(&mut dyn FnMut(&[u8], &[u8]) -> io::Result<()>) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = self.ranges.last().map_or(0, |range| range.end);
        let mut end = start;
        let mut out = BufWriter::with_capacity(BUFFER, &self.file);
        produce(&mut |key, value| {
            for length in [key.len(), value.len()] {
                let length = u32::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
                out.write_all(&length.to_le_bytes())?;
            }
            out.write_all(key)?;
            out.write_all(value)?;
            end += (LENGTHS + key.len() + value.len()) as u64;
            Ok(())
        })?;
        out.flush()?;
        drop(out);
        self.ranges.push(start..end);
        Ok(())
    }
}

/// Reads the entries of a run.
pub(super) struct RunReader<'a> {
    file: &'a File,
    /// The part that is not in the buffer yet.
    ahead: Range<u64>,
    buffer: Vec<u8>,
    buffer_size: usize,
    /// Where key and value of the entry lie in the buffer.
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> RunReader<'a> {
    /// A reader before the first entry.
    pub(super) fn new(file: &'a File, range: Range<u64>, buffer_size: usize) -> Self {
        Self {
            file,
            ahead: range,
            buffer: Vec::new(),
            buffer_size,
            key: 0..0,
            value: 0..0,
        }
    }

    /// The entry.
    pub(super) fn entry(&self) -> (&[u8], &[u8]) {
        let part = |range: &Range<usize>| self.buffer.get(range.clone()).unwrap_or_default();
        (part(&self.key), part(&self.value))
    }

    /// Moves on to the next entry. Returns `false` if there is none.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        let start = self.value.end;
        if start == self.buffer.len() && self.ahead.is_empty() {
            return Ok(false);
        }
        let start = self.have(start, LENGTHS)?;
        let lengths = self.buffer.get(start..start + LENGTHS).unwrap_or_default();
        let (lengths, _) = lengths.as_chunks();
        let mut lengths = lengths.iter().map(|length| u32::from_le_bytes(*length) as usize);
        let mut next = || lengths.next().unwrap_or_default();
        let (key, value) = (next(), next());
        let length = LENGTHS.saturating_add(key).saturating_add(value);
        let start = self.have(start, length)? + LENGTHS;
        self.key = start..start + key;
        self.value = self.key.end..self.key.end + value;
        Ok(true)
    }

    /// Makes sure that `length` bytes from `start` on are in the buffer. Returns where they begin.
    fn have(&mut self, start: usize, length: usize) -> io::Result<usize> {
        let there = self.buffer.len() - start;
        let Some(missing) = length.checked_sub(there).filter(|missing| *missing > 0) else {
            return Ok(start);
        };
        self.buffer.drain(..start);
        let more = (missing.max(self.buffer_size) as u64).min(self.ahead.end - self.ahead.start);
        let Self { file, ahead, .. } = self;
        let read = file.read_exact_at(ahead.start, more, |bytes| {
            let mut copy = Vec::new();
            copy.try_reserve_exact(bytes.len())
                .map_err(|_| io::ErrorKind::OutOfMemory)?;
            copy.extend_from_slice(bytes);
            Ok(copy)
        })?;
        ahead.start += more;
        match self.buffer.is_empty() {
            true => self.buffer = read,
            false => self.buffer.extend_from_slice(&read),
        }
        match self.buffer.len() < length {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(0),
        }
    }
}
