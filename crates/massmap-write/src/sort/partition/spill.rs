//! Entries in a temporary file, by partition.
//!
//! A run holds the entries of several batches: for each partition a table of the batches that have entries in it, then the
//! heads of these entries, then their bytes. The batches are told apart because they may come in another order than that
//! of their entries.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use massmap_io::MassMapReader;

use super::scatter::Scattered;
use crate::entry::Head;
use crate::resources::{Sink, TemporaryFiles};

/// How many bytes are collected before they are written.
const WRITE_BUFFER: usize = 1 << 20;

/// How many bytes are read at a time: as many as a thread keeps a buffer for.
pub(crate) const READ_BLOCK: u64 = 256 << 10;

/// Which batch it is.
pub(crate) type BatchId = u32;

/// The temporary file with all its runs.
#[derive(Debug)]
pub(crate) struct Spill {
    files: TemporaryFiles,
    file: File,
    runs: Vec<Run>,
}

/// Where each partition begins in the file, and where the last one ends.
#[derive(Debug)]
struct Run {
    starts: Vec<u64>,
}

impl Run {
    fn range(&self, partition: usize) -> Range<u64> {
        const THERE: &str = "there is a start for each partition, and an end";
        *self.starts.get(partition).expect(THERE)..*self.starts.get(partition + 1).expect(THERE)
    }

    fn end(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }
}

/// The entries of one batch in one partition of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) batch: BatchId,
    pub(crate) count: u64,
    /// Where the heads begin in the file.
    pub(crate) heads: u64,
    /// Where the bytes are in the file.
    pub(crate) bytes: (u64, u64),
}

impl Part {
    /// Length of its row in the table of a partition, in bytes: batch, number of entries, length of their bytes.
    const ROW: usize = 4 + 8 + 8;
}

impl Spill {
    pub(crate) fn new(files: &TemporaryFiles) -> io::Result<Self> {
        Ok(Self {
            files: files.clone(),
            file: files.create()?,
            runs: Vec::new(),
        })
    }

    /// Writes a run with the entries of `batches`, which are in `partitions` partitions.
    pub(crate) fn write(
        &mut self,
        batches: &[(BatchId, Arc<Scattered>)],
        partitions: usize,
    ) -> io::Result<()> {
        let start = self.runs.last().map_or(0, Run::end);
        let run = write_run(&self.file, start, batches, partitions);
        self.runs.push(run.map_err(|source| self.files.error(source))?);
        Ok(())
    }

    /// How many bytes memory holds of a partition once it is loaded.
    pub(crate) fn size(&self, partition: usize) -> u64 {
        self.runs
            .iter()
            .map(|run| {
                let range = run.range(partition);
                range.end - range.start
            })
            .sum()
    }

    /// Reads a partition: the parts in the order of the file, with the bytes of the file that each one's places refer to.
    pub(crate) fn load(&self, partition: usize) -> io::Result<Vec<(Vec<Part>, Vec<u8>)>> {
        let ranges = self.runs.iter().map(|run| run.range(partition));
        ranges
            .filter(|range| !range.is_empty())
            .map(|range| {
                let length = usize::try_from(range.end - range.start).unwrap_or(0);
                let mut bytes = Vec::with_capacity(length);
                self.read(range.clone(), |block| bytes.extend_from_slice(block))?;
                // Places count from the beginning of `bytes`.
                let parts = table(&bytes, 0).map_err(|source| self.files.error(source))?;
                Ok((parts, bytes))
            })
            .collect()
    }

    /// The parts of a partition, in the order of the file.
    pub(crate) fn parts(&self, partition: usize) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        for run in &self.runs {
            let range = run.range(partition);
            if range.is_empty() {
                continue;
            }
            let mut rows = Vec::new();
            self.read(range.start..range.start + 4, |bytes| {
                rows.extend_from_slice(bytes)
            })?;
            let length = table_length(&rows).map_err(|source| self.files.error(source))?;
            rows.clear();
            self.read(range.start..range.start + length, |bytes| {
                rows.extend_from_slice(bytes)
            })?;
            parts.extend(table(&rows, range.start).map_err(|source| self.files.error(source))?);
        }
        Ok(parts)
    }

    /// Calls `f` with the bytes of a range, in order, at most [`READ_BLOCK`] at a time.
    pub(crate) fn read(&self, range: Range<u64>, mut f: impl FnMut(&[u8])) -> io::Result<()> {
        let mut start = range.start;
        while start < range.end {
            let length = (range.end - start).min(READ_BLOCK);
            // The reader calls what it is given once, but does not promise that.
            let block = std::cell::RefCell::new(&mut f);
            self.file
                .read_exact_at(start, length, |bytes| {
                    (block.borrow_mut())(bytes);
                    Ok(())
                })
                .map_err(|source| self.files.error(source))?;
            start += length;
        }
        Ok(())
    }
}

fn write_run(
    file: &File,
    start: u64,
    batches: &[(BatchId, Arc<Scattered>)],
    partitions: usize,
) -> io::Result<Run> {
    let mut sink = Sink::new(file, WRITE_BUFFER, start);
    let mut starts = Vec::with_capacity(partitions + 1);
    for partition in 0..partitions {
        starts.push(sink.position());
        let parts: Vec<_> = batches
            .iter()
            .map(|(batch, scattered)| (*batch, scattered.part(partition)))
            .filter(|(_, part)| !part.heads.is_empty())
            .collect();
        if parts.is_empty() {
            continue;
        }
        let count = u32::try_from(parts.len()).expect("batches are counted with 32 bits");
        sink.write(&count.to_le_bytes())?;
        for (batch, part) in &parts {
            sink.write(&batch.to_le_bytes())?;
            sink.write(&(part.heads.len() as u64).to_le_bytes())?;
            sink.write(&(part.bytes.len() as u64).to_le_bytes())?;
        }
        for head in parts.iter().flat_map(|(_, part)| part.heads) {
            sink.write(&head.encode())?;
        }
        for (_, part) in &parts {
            sink.write(part.bytes)?;
        }
    }
    starts.push(sink.position());
    sink.flush()?;
    Ok(Run { starts })
}

/// Length of the table that `bytes` begin with, in bytes.
fn table_length(bytes: &[u8]) -> io::Result<u64> {
    let count = bytes.first_chunk().copied().map(u32::from_le_bytes);
    let count = count.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(4 + u64::from(count) * Part::ROW as u64)
}

/// The rows of the table that `bytes` begin with; these begin at `start` in the file.
fn table(bytes: &[u8], start: u64) -> io::Result<Vec<Part>> {
    let length = table_length(bytes)?;
    let rows = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.get(4..length));
    let (rows, _) = rows
        .ok_or(io::ErrorKind::UnexpectedEof)?
        .as_chunks::<{ Part::ROW }>();
    let mut parts = Vec::with_capacity(rows.len());
    let mut heads = start + length;
    for row in rows {
        let [a, b, c, d, e, f, g, h, i, j, k, l, length @ ..] = *row;
        let count = u64::from_le_bytes([e, f, g, h, i, j, k, l]);
        parts.push(Part {
            batch: u32::from_le_bytes([a, b, c, d]),
            count,
            heads,
            bytes: (0, u64::from_le_bytes(length)),
        });
        heads += count * Head::SIZE as u64;
    }
    // The bytes lie behind the heads of all parts.
    let mut next = heads;
    for part in &mut parts {
        part.bytes.0 = next;
        part.bytes.1 += next;
        next = part.bytes.1;
    }
    Ok(parts)
}
