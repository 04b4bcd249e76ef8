//! Entries in a temporary file, by partition.
//!
//! Several batches are spilled at a time. For each partition, the file then has a table of the batches that have entries in it,
//! the headers of these entries, and their bytes. The table names the batches, since they may be spilled in another order than
//! that of the input.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use massmap_io::MassMapReader;

use super::partitioned_batch::PartitionedBatch;
use crate::entry::EntryHeader;
use crate::resources::{BufferedWriter, TemporaryFiles};

/// Size of the write buffer, in bytes.
const WRITE_BUFFER: usize = 1 << 20;

/// Number of bytes that are read at a time: the size of the buffer that a thread keeps.
pub(crate) const READ_SIZE: u64 = 256 << 10;

/// The number of a batch.
pub(crate) type BatchId = u32;

/// A temporary file of entries.
#[derive(Debug)]
pub(crate) struct SpillFile {
    files: TemporaryFiles,
    file: File,
    spills: Vec<Spill>,
}

/// Batches that were spilled at a time.
#[derive(Debug)]
struct Spill {
    /// Where each partition begins in the file, and finally where the last one ends.
    starts: Vec<u64>,
}

impl Spill {
    fn range(&self, partition: usize) -> Range<u64> {
        const THERE: &str = "there is a start for each partition, and an end";
        *self.starts.get(partition).expect(THERE)..*self.starts.get(partition + 1).expect(THERE)
    }

    fn end(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }
}

/// The entries of a batch in one partition.
#[derive(Debug, Clone)]
pub(crate) struct SpilledSlice {
    pub(crate) batch: BatchId,
    pub(crate) count: u64,
    /// Offset of the headers in the file.
    pub(crate) headers: u64,
    /// Range of the bytes in the file.
    pub(crate) bytes: Range<u64>,
}

impl SpilledSlice {
    /// Length of a row in the table of a partition, in bytes: batch, number of entries, length of their bytes.
    const ROW: usize = 4 + 8 + 8;
}

impl SpillFile {
    pub(crate) fn new(files: &TemporaryFiles) -> io::Result<Self> {
        Ok(Self {
            files: files.clone(),
            file: files.create()?,
            spills: Vec::new(),
        })
    }

    /// Appends the entries of `batches`, which are grouped into `partitions` partitions.
    pub(crate) fn write(
        &mut self,
        batches: &[(BatchId, Arc<PartitionedBatch>)],
        partitions: usize,
    ) -> io::Result<()> {
        let start = self.spills.last().map_or(0, Spill::end);
        let spill = write_batches(&self.file, start, batches, partitions);
        self.spills
            .push(spill.map_err(|source| self.files.error(source))?);
        Ok(())
    }

    /// Memory that a partition takes once it is loaded, in bytes.
    pub(crate) fn size(&self, partition: usize) -> u64 {
        self.spills
            .iter()
            .map(|spill| {
                let range = spill.range(partition);
                range.end - range.start
            })
            .sum()
    }

    /// Reads a partition: its slices in the order of the file, each list with the bytes that its offsets refer to.
    pub(crate) fn load(&self, partition: usize) -> io::Result<Vec<(Vec<SpilledSlice>, Vec<u8>)>> {
        let ranges = self.spills.iter().map(|spill| spill.range(partition));
        ranges
            .filter(|range| !range.is_empty())
            .map(|range| {
                let length = usize::try_from(range.end - range.start).unwrap_or(0);
                let mut bytes = Vec::with_capacity(length);
                self.read(range.clone(), |piece| bytes.extend_from_slice(piece))?;
                // Offsets count from the beginning of `bytes`.
                let slices = decode_table(&bytes, 0).map_err(|source| self.files.error(source))?;
                Ok((slices, bytes))
            })
            .collect()
    }

    /// The slices of a partition, in the order of the file.
    pub(crate) fn slices(&self, partition: usize) -> io::Result<Vec<SpilledSlice>> {
        let mut slices = Vec::new();
        for spill in &self.spills {
            let range = spill.range(partition);
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
            slices.extend(decode_table(&rows, range.start).map_err(|source| self.files.error(source))?);
        }
        Ok(slices)
    }

    /// Calls `f` with the bytes of a range, in order, at most [`READ_SIZE`] at a time.
    pub(crate) fn read(&self, range: Range<u64>, mut f: impl FnMut(&[u8])) -> io::Result<()> {
        let mut start = range.start;
        while start < range.end {
            let length = (range.end - start).min(READ_SIZE);
            // The reader calls the closure once, but does not promise that.
            let f = std::cell::RefCell::new(&mut f);
            self.file
                .read_exact_at(start, length, |bytes| {
                    (f.borrow_mut())(bytes);
                    Ok(())
                })
                .map_err(|source| self.files.error(source))?;
            start += length;
        }
        Ok(())
    }
}

fn write_batches(
    file: &File,
    start: u64,
    batches: &[(BatchId, Arc<PartitionedBatch>)],
    partitions: usize,
) -> io::Result<Spill> {
    let mut writer = BufferedWriter::new(file, WRITE_BUFFER, start);
    let mut starts = Vec::with_capacity(partitions + 1);
    for partition in 0..partitions {
        starts.push(writer.position());
        let slices: Vec<_> = batches
            .iter()
            .map(|(batch, grouped)| (*batch, grouped.slice(partition)))
            .filter(|(_, slice)| !slice.headers.is_empty())
            .collect();
        if slices.is_empty() {
            continue;
        }
        let count = u32::try_from(slices.len()).expect("the number of batches has 32 bits");
        writer.write(&count.to_le_bytes())?;
        for (batch, slice) in &slices {
            writer.write(&batch.to_le_bytes())?;
            writer.write(&(slice.headers.len() as u64).to_le_bytes())?;
            writer.write(&(slice.length as u64).to_le_bytes())?;
        }
        for header in slices.iter().flat_map(|(_, slice)| slice.headers) {
            writer.write(&header.encode())?;
        }
        for (_, slice) in &slices {
            slice.for_each_piece(|piece| writer.write(piece))?;
        }
    }
    starts.push(writer.position());
    writer.flush()?;
    Ok(Spill { starts })
}

/// Length of the table at the beginning of `bytes`, in bytes.
fn table_length(bytes: &[u8]) -> io::Result<u64> {
    let count = bytes.first_chunk().copied().map(u32::from_le_bytes);
    let count = count.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(4 + u64::from(count) * SpilledSlice::ROW as u64)
}

/// Decodes the table at the beginning of `bytes`, which begin at `start` in the file.
fn decode_table(bytes: &[u8], start: u64) -> io::Result<Vec<SpilledSlice>> {
    let length = table_length(bytes)?;
    let rows = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.get(4..length));
    let (rows, _) = rows
        .ok_or(io::ErrorKind::UnexpectedEof)?
        .as_chunks::<{ SpilledSlice::ROW }>();
    let mut slices = Vec::with_capacity(rows.len());
    let mut headers = start + length;
    for row in rows {
        let [a, b, c, d, e, f, g, h, i, j, k, l, length @ ..] = *row;
        let count = u64::from_le_bytes([e, f, g, h, i, j, k, l]);
        slices.push(SpilledSlice {
            batch: u32::from_le_bytes([a, b, c, d]),
            count,
            headers,
            bytes: 0..u64::from_le_bytes(length),
        });
        headers += count * EntryHeader::SIZE as u64;
    }
    // The bytes follow the headers of all slices.
    let mut next = headers;
    for slice in &mut slices {
        slice.bytes.start = next;
        slice.bytes.end += next;
        next = slice.bytes.end;
    }
    Ok(slices)
}
