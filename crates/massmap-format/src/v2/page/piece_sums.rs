//! The checksums of runs whose bytes come piece by piece, `FORMAT.md` section 2.4.

use std::ops::Range;

use super::page_layout::{HEADER_LENGTH, PageLayout};
use super::sums::compare;
use crate::FormatError;
use crate::v2::checksum::page_tweak;

/// The checksums of a run whose bytes behind the header come piece by piece.
#[derive(Debug, Clone)]
pub(super) struct PieceSums {
    layout: PageLayout,
    run_length: u64,
    /// Where the checksums of the parts stand.
    table: Range<u64>,
    /// Where the next byte stands.
    position: u64,
    /// Of what the header's checksum covers.
    header: crc32fast::Hasher,
    /// The checksums that stand in the run.
    stored: Vec<u8>,
    /// Of the part that is being added.
    part: crc32fast::Hasher,
    /// The checksums of the parts that are complete, as they stand in a run.
    complete: Vec<u8>,
}

impl PieceSums {
    /// Of a run of `count` entries.
    pub(super) fn new(layout: PageLayout, run_length: u64, count: u32) -> Self {
        let mut header = crc32fast::Hasher::new();
        header.update(&count.to_le_bytes());
        Self {
            layout,
            run_length,
            table: layout.part_checksums(run_length),
            position: HEADER_LENGTH as u64,
            header,
            stored: Vec::new(),
            part: crc32fast::Hasher::new(),
            complete: Vec::new(),
        }
    }

    /// Adds the next bytes.
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (before, end) = match self.position {
                position if position < self.table.start => (true, self.table.start),
                position if position < self.table.end => (true, self.table.end),
                _ if self.layout.part_count() == 0 => (true, u64::MAX),
                position => (false, self.end_of_part(position)),
            };
            let length =
                usize::try_from(end - self.position).map_or(bytes.len(), |most| most.min(bytes.len()));
            let piece;
            (piece, bytes) = bytes.split_at(length);
            match before {
                true => self.header.update(piece),
                false => self.part.update(piece),
            }
            if self.table.contains(&self.position) {
                self.stored.extend_from_slice(piece);
            }
            self.position += length as u64;
            if !before && self.position == end {
                self.complete_part(end);
            }
        }
    }

    /// Adds the next bytes of a run whose checksums of parts are not known yet, and are left out.
    pub(super) fn add_without_table(&mut self, bytes: &[u8]) {
        let before = self.table.start.saturating_sub(self.position);
        let before = usize::try_from(before).unwrap_or(usize::MAX).min(bytes.len());
        let (directory, rest) = bytes.split_at(before);
        self.add(directory);
        if self.position == self.table.start {
            self.position = self.table.end;
        }
        self.add(rest);
    }

    /// The end of the part that the byte at `position` lies in.
    fn end_of_part(&self, position: u64) -> u64 {
        let number = self.layout.part_of(self.run_length, position);
        // Bytes behind the end of the run are no part, and count with the last one.
        match self.layout.part(self.run_length, number).end {
            end if end > position => end,
            _ => u64::MAX,
        }
    }

    /// Notes the checksum of the part that ends at `end`, and of those before it, which are empty if they are not complete.
    fn complete_part(&mut self, end: u64) {
        let number = self.layout.part_of(self.run_length, end - 1);
        let empty = crc32fast::Hasher::new().finalize().to_le_bytes();
        while (self.complete.len() as u64) < 4 * number {
            self.complete.extend(empty);
        }
        let part = std::mem::take(&mut self.part);
        self.complete.extend(part.finalize().to_le_bytes());
    }

    /// The checksums of the parts, once all bytes have been added.
    pub(super) fn table(&self) -> Vec<u8> {
        self.complete.clone()
    }

    /// The checksum for the header of a run that begins at `first_page` of the file `file_id`, once all bytes but those of `table`,
    /// its checksums of parts, have been added.
    pub(super) fn checksum(&self, table: &[u8], file_id: u64, first_page: u64) -> u32 {
        let mut header = self.header.clone();
        header.update(table);
        header.finalize() ^ page_tweak(file_id, first_page)
    }

    /// Checks the checksums of a run that begins at `first_page` of the file `file_id`, once all bytes have been added. `stored` is
    /// the one in the header.
    pub(super) fn verify(&self, stored: u32, file_id: u64, first_page: u64) -> Result<(), FormatError> {
        compare(first_page, stored, self.checksum(&[], file_id, first_page))?;
        let numbers = |bytes: &[u8]| {
            bytes
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(u32::from_le_bytes)
                .collect::<Vec<_>>()
        };
        let (stored, computed) = (numbers(&self.stored), numbers(&self.complete));
        for (stored, computed) in stored.iter().zip(&computed) {
            compare(first_page, *stored, *computed)?;
        }
        match stored.len() == computed.len() {
            true => Ok(()),
            false => Err(FormatError::PageDirectory {
                length: usize::try_from(self.position).unwrap_or(usize::MAX),
            }),
        }
    }
}
