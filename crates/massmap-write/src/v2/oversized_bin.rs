//! Bins that are too large for memory.

use std::io;
use std::sync::Arc;

use massmap_core::codec::EntryCodec;
use massmap_format::{RunEncoder, bin_of};

use crate::error::WriteError;
use crate::resources::{Resources, SpooledFile};
use crate::sort::{Chunk, Entry};

/// A bin that is too large to wait in memory until it is complete.
pub(super) struct OversizedBin {
    /// Number of the bin.
    pub(super) bin: u64,
    /// Number of entries.
    pub(super) count: u64,
    /// The spread hash of each entry, as 64 bits.
    pub(super) spread_hashes: SpooledFile,
    /// The length of each entry, as 32 bits.
    pub(super) lengths: SpooledFile,
    /// The bytes of all entries.
    pub(super) bytes: SpooledFile,
}

impl OversizedBin {
    /// The bin of `entries`, which must not be empty. The new bin has no entries yet.
    pub(super) fn new(entries: &[Entry], bins: u64, resources: &Resources) -> Self {
        let file = || SpooledFile::new(&resources.files, resources.memory.spooled_file());
        Self {
            bin: entries.first().map_or(0, |entry| bin_of(entry.sort_key, bins)),
            count: 0,
            spread_hashes: file(),
            lengths: file(),
            bytes: file(),
        }
    }

    /// Appends entries of `chunk`: their records, if `codec` makes some.
    pub(super) fn push(
        &mut self,
        chunk: &Chunk,
        entries: &[Entry],
        codec: Option<&Arc<EntryCodec>>,
    ) -> io::Result<()> {
        self.count += entries.len() as u64;
        let mut record = Vec::new();
        for entry in entries {
            let bytes = match codec {
                Some(codec) => {
                    record.clear();
                    codec
                        .to_record(&chunk.raw(entry), &mut record)
                        .map_err(WriteError::from)?;
                    &record
                }
                None => chunk.bytes(entry),
            };
            let length = bytes.len() as u64;
            let too_large = |_| WriteError::BinTooLarge { length };
            self.spread_hashes.write(&entry.sort_key.to_le_bytes())?;
            self.lengths
                .write(&u32::try_from(length).map_err(too_large)?.to_le_bytes())?;
            self.bytes.write(bytes)?;
        }
        Ok(())
    }

    /// Writes the directory of the run with these entries. `fraction_of` gives the fraction of a spread hash.
    pub(super) fn write_directory(
        &self,
        encoder: &RunEncoder,
        fraction_of: impl Fn(u64) -> u32,
        write: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut directory = encoder.directory();
        self.spread_hashes
            .read(0..self.spread_hashes.len(), 8, |hashes| {
                let mut hashes = hashes.as_chunks().0.iter().copied().map(u64::from_le_bytes);
                hashes.try_for_each(|spread| directory.push(fraction_of(spread), &mut *write))
            })?;
        directory.finish(write)
    }

    /// Writes what stands behind the checksums of the run with these entries: the entries, zeros, and the ends of the entries.
    pub(super) fn write_entries(
        &self,
        encoder: &RunEncoder,
        page_size: u32,
        write: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.bytes.read(0..self.bytes.len(), 1, &mut *write)?;
        let zeros = vec![0; page_size as usize];
        let mut padding = encoder.padding();
        while padding > 0 {
            let piece = usize::try_from(padding)
                .ok()
                .and_then(|length| zeros.get(..length));
            let piece = piece.unwrap_or(&zeros);
            write(piece)?;
            padding -= piece.len() as u64;
        }
        let mut end = self.bytes.len();
        let mut ends = Vec::new();
        self.lengths.read_backwards(4, |piece| {
            ends.clear();
            for length in piece.as_chunks().0.iter().rev() {
                encoder.encode_end(end, &mut ends);
                end -= u64::from(u32::from_le_bytes(*length));
            }
            write(&ends)
        })
    }
}
