//! The checksums of runs in memory, `FORMAT.md` section 2.4.

use std::ops::Range;

use super::decode::Page;
use super::page_layout::PageLayout;
use crate::FormatError;
use crate::v2::checksum::{crc32, crc32_behind, page_tweak};

impl PageLayout {
    /// How much of a run of `run_length` bytes the checksum in its header covers, beginning behind itself: all of it, or what stands
    /// before the first entry if the parts have checksums of their own.
    const fn covered_by_header(self, run_length: u64) -> u64 {
        match self.part_count() {
            0 => run_length,
            _ => self.entries_start(run_length),
        }
    }

    /// Where the checksums of the parts stand in a run of `run_length` bytes.
    pub(super) const fn part_checksums(self, run_length: u64) -> Range<u64> {
        let end = self.entries_start(run_length);
        end - self.part_checksums_length()..end
    }

    /// The number of the part that the byte at `position` lies in.
    pub(super) fn part_of(self, run_length: u64, position: u64) -> u64 {
        let length = run_length / u64::from(self.part_count().max(1));
        // All runs have some bytes.
        position / length.max(1)
    }

    /// The bytes of the part with this number: the parts divide the run evenly, and begin behind what the header's checksum covers.
    /// Empty if that covers all of it.
    pub(super) fn part(self, run_length: u64, number: u64) -> Range<u64> {
        let length = run_length / u64::from(self.part_count().max(1));
        let from = self.covered_by_header(run_length);
        (number * length).max(from)..((number + 1) * length).max(from)
    }
}

impl Page<'_> {
    /// Checks the checksums of the run, which begins at `first_page` of the file `file_id`.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageChecksum`] if the bytes are not those that were written there.
    pub fn verify(&self, file_id: u64, first_page: u64) -> Result<(), FormatError> {
        Page::verify_bytes(self.bytes(), self.layout(), file_id, first_page)
    }

    /// The same for `run`, the bytes of a run with this layout that need not be decoded.
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify); [`FormatError::PageDirectory`] if there are fewer bytes than stand before the first entry.
    pub fn verify_bytes(
        run: &[u8],
        layout: PageLayout,
        file_id: u64,
        first_page: u64,
    ) -> Result<(), FormatError> {
        Page::verify_beginning(run, layout, file_id, first_page)?;
        Page::verify_parts(run, layout, first_page, 0..run.len())
    }

    /// Checks what a lookup reads first: header, the directory and the checksums of parts. All of the run if it has none.
    ///
    /// # Errors
    ///
    /// Those of [`verify_bytes`](Self::verify_bytes).
    pub fn verify_beginning(
        run: &[u8],
        layout: PageLayout,
        file_id: u64,
        first_page: u64,
    ) -> Result<(), FormatError> {
        let covered = bytes_of(run, 0..layout.covered_by_header(run.len() as u64))?;
        let stored = stored(covered, 0)?;
        let computed = crc32_behind(stored, covered) ^ page_tweak(file_id, first_page);
        compare(first_page, stored, computed)
    }

    /// Checks the parts that any of `bytes` lie in, behind a [beginning](Self::verify_beginning) that has been checked.
    ///
    /// # Errors
    ///
    /// Those of [`verify_bytes`](Self::verify_bytes).
    pub fn verify_parts(
        run: &[u8],
        layout: PageLayout,
        first_page: u64,
        bytes: Range<usize>,
    ) -> Result<(), FormatError> {
        let length = run.len() as u64;
        let Some(last) = bytes.end.min(run.len()).checked_sub(1) else {
            return Ok(());
        };
        let table = bytes_of(run, layout.part_checksums(length))?;
        let parts = layout.part_of(length, bytes.start as u64)..=layout.part_of(length, last as u64);
        for number in parts.take_while(|number| *number < layout.part_count().into()) {
            let part = bytes_of(run, layout.part(length, number))?;
            let place = usize::try_from(4 * number).unwrap_or(usize::MAX);
            compare(first_page, stored(table, place)?, crc32(part))?;
        }
        Ok(())
    }
}

/// Writes the checksums of the run that begins at `first_page` of the file `file_id`, of which all else has been written.
pub(super) fn write_checksums(run: &mut [u8], layout: PageLayout, file_id: u64, first_page: u64) {
    const FITS: &str = "a run is longer than what stands before its entries";
    let length = run.len() as u64;
    let place = |position| usize::try_from(position).expect(FITS);
    let table = layout.part_checksums(length);
    let parts = 0..u64::from(layout.part_count());
    for (number, position) in parts.zip((place(table.start)..).step_by(4)) {
        let part = bytes_of(run, layout.part(length, number)).expect(FITS);
        let checksum = crc32(part).to_le_bytes();
        let rest = run.get_mut(position..).expect(FITS);
        *rest.first_chunk_mut().expect(FITS) = checksum;
    }
    let covered = run.get_mut(..place(layout.covered_by_header(length)));
    let (checksum, covered) = covered.expect(FITS).split_first_chunk_mut().expect(FITS);
    *checksum = (crc32(covered) ^ page_tweak(file_id, first_page)).to_le_bytes();
}

fn bytes_of(run: &[u8], range: Range<u64>) -> Result<&[u8], FormatError> {
    let place = |position| usize::try_from(position).unwrap_or(usize::MAX);
    match run.get(place(range.start)..place(range.end)) {
        Some(bytes) => Ok(bytes),
        None => Err(FormatError::PageDirectory { length: run.len() }),
    }
}

/// The checksum that stands at `place` in `bytes`.
fn stored(bytes: &[u8], place: usize) -> Result<u32, FormatError> {
    match bytes.get(place..).and_then(<[u8]>::first_chunk) {
        Some(stored) => Ok(u32::from_le_bytes(*stored)),
        None => Err(FormatError::PageDirectory { length: bytes.len() }),
    }
}

pub(super) fn compare(page: u64, stored: u32, computed: u32) -> Result<(), FormatError> {
    match stored == computed {
        true => Ok(()),
        false => Err(FormatError::PageChecksum {
            page,
            stored,
            computed,
        }),
    }
}
