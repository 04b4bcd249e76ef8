//! Reading what a file announces without taking memory for more of it than there is.
//!
//! A length is a promise, and so is the length of a file: its holes read as zeros and take no space. What is long is read in
//! pieces, each no longer than what has been found to be in order before it.

use std::cell::Cell;
use std::io;

use massmap_format::{FormatError, Section};
use massmap_io::MassMapReader;

use crate::ReadError;

/// The longest part of a file that is read as a whole, and the first piece of a longer one, in bytes: a round trip more costs
/// more than the transfer of so much, and the index of 32 GB of pages is no longer.
pub(crate) const FIRST_PIECE: u64 = 8 << 20;

/// Whether so many bytes are read at once. Where they lie in memory that takes none.
pub(crate) fn read_as_a_whole<R: MassMapReader>(reader: &R, length: u64) -> bool {
    length <= FIRST_PIECE || reader.in_memory().is_some()
}

/// Reads a section and checks its checksum. `accept` is called with the bytes so far, a piece longer each time: an error, or
/// `false`, for which there is no result, ends the reading.
pub(crate) fn read_in_pieces<R: MassMapReader>(
    reader: &R,
    section: &Section,
    accept: impl Fn(&[u8]) -> Result<bool, FormatError>,
) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let known = bytes.len() as u64;
        let piece = known.max(FIRST_PIECE).min(section.length - known);
        if piece == 0 {
            break;
        }
        let so_far = Cell::new(bytes);
        reader.read_exact_at(section.offset + known, piece, |more| {
            let mut bytes = so_far.take();
            // In case a reader calls this more than once.
            bytes.truncate(usize::try_from(known).unwrap_or(usize::MAX));
            bytes.reserve_exact(more.len());
            bytes.extend_from_slice(more);
            so_far.set(bytes);
            Ok(())
        })?;
        bytes = so_far.into_inner();
        if bytes.len() as u64 != known + piece {
            let found = bytes
                .len()
                .saturating_sub(usize::try_from(known).unwrap_or(usize::MAX));
            return Err(ReadError::WrongLength {
                expected: piece,
                found,
            }
            .into());
        }
        if !accept(&bytes)? {
            return Ok(None);
        }
    }
    section.verify(&bytes)?;
    Ok(Some(bytes))
}
