//! A temporary file that is written once, front to back, and then read. It stays in memory while it is small.

use std::fs::File;
use std::io;
use std::ops::Range;

use massmap_io::{MassMapReader, MassMapWriter};

use super::temporary_files::TemporaryFiles;

/// The least number of bytes that is read at a time.
const READ_SIZE: usize = 64 << 10;

/// Bytes in memory up to a limit, and in a temporary file beyond it.
#[derive(Debug)]
pub(crate) struct SpooledFile {
    files: TemporaryFiles,
    /// The most bytes that may be in memory.
    limit: usize,
    file: Option<File>,
    /// Number of bytes in the file.
    filed: u64,
    /// The bytes after those in the file.
    memory: Vec<u8>,
}

impl SpooledFile {
    pub(crate) fn new(files: &TemporaryFiles, limit: usize) -> Self {
        Self {
            files: files.clone(),
            limit,
            file: None,
            filed: 0,
            memory: Vec::new(),
        }
    }

    /// Number of bytes written.
    pub(crate) fn len(&self) -> u64 {
        self.filed + self.memory.len() as u64
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.limit.saturating_sub(self.memory.len()) {
            self.spill()?;
            if bytes.len() > self.limit {
                return self.spill_bytes(bytes);
            }
        }
        self.memory.extend_from_slice(bytes);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let memory = std::mem::take(&mut self.memory);
        self.spill_bytes(&memory)?;
        // Put back, so that its capacity is reused.
        self.memory = memory;
        self.memory.clear();
        Ok(())
    }

    fn spill_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.files.create()?,
        };
        file.write_all_at(bytes, self.filed)
            .map_err(|source| self.files.error(source))?;
        self.filed += bytes.len() as u64;
        self.file = Some(file);
        Ok(())
    }

    /// Calls `f` with the bytes in `range`, piece by piece. Only bytes that were written may be read. The length of each piece
    /// but the last is a multiple of `unit`.
    pub(crate) fn read(
        &self,
        range: Range<u64>,
        unit: usize,
        mut f: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let size = READ_SIZE.next_multiple_of(unit.max(1)) as u64;
        let mut piece = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start.saturating_add(size));
            self.read_piece(start..end, &mut piece)?;
            f(&piece)?;
            start = end;
        }
        Ok(())
    }

    /// Calls `f` with all bytes, piece by piece, the last piece first. The lengths of the pieces are multiples of `unit`, as the
    /// whole length must be.
    pub(crate) fn read_backwards(
        &self,
        unit: usize,
        mut f: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let size = READ_SIZE.next_multiple_of(unit.max(1)) as u64;
        let mut piece = Vec::new();
        let mut end = self.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            self.read_piece(start..end, &mut piece)?;
            f(&piece)?;
            end = start;
        }
        Ok(())
    }

    /// Replaces the content of `out` with the bytes in `range`.
    fn read_piece(&self, range: Range<u64>, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        if let Some(file) = self.file.as_ref().filter(|_| range.start < self.filed) {
            let length = range.end.min(self.filed) - range.start;
            let bytes = file
                .read_exact_at(range.start, length, |bytes| Ok(bytes.to_vec()))
                .map_err(|source| self.files.error(source))?;
            out.extend_from_slice(&bytes);
        }
        let in_memory =
            |position: u64| usize::try_from(position.saturating_sub(self.filed)).unwrap_or(usize::MAX);
        let rest = self.memory.get(in_memory(range.start)..in_memory(range.end));
        out.extend_from_slice(rest.expect("only written bytes are read"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_back_whether_they_fit_in_memory_or_not() {
        let bytes: Vec<u8> = (0..300_000u32).flat_map(|i| (i % 251).to_le_bytes()).collect();
        for limit in [0, 1, 1000, 100_000, 600_000, usize::MAX] {
            let mut file = SpooledFile::new(&TemporaryFiles::default(), limit);
            let mut rest = bytes.as_slice();
            for length in [1, 3, 4, 1000, 200_000, 64].into_iter().cycle() {
                let (piece, after) = rest.split_at(rest.len().min(length));
                file.write(piece).unwrap();
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            assert_eq!(file.len(), bytes.len() as u64);
            assert!(file.memory.len() <= limit);

            let mut read = Vec::new();
            file.read(0..file.len(), 12, |piece| {
                read.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
            assert!(read == bytes);
            let mut part = Vec::new();
            file.read(99_999..700_001, 1, |piece| {
                part.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
            assert!(part == bytes[99_999..700_001]);

            let mut backwards: Vec<[u8; 4]> = Vec::new();
            file.read_backwards(4, |piece| {
                assert!(piece.len().is_multiple_of(4));
                backwards.extend(piece.as_chunks().0.iter().rev());
                Ok(())
            })
            .unwrap();
            assert!(backwards.iter().rev().flatten().eq(&bytes));
        }
    }
}
