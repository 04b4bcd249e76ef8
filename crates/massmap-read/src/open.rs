//! Opening a file through a reader.

use std::io;

use massmap_core::{Bytes, Opened, Opening, ReadError, Request, Step};
use massmap_format::PagedHeader;
use massmap_io::{IoError, MassMapReader};

/// Number of bytes at the end of a file that are read first. They hold the tail of most files.
const SUFFIX: u64 = 64 << 10;

/// Reads and validates a file's header, metadata and index.
pub(crate) fn open<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    let size = reader.source_size();
    let mut opening = match (reader.shared_bytes(), size) {
        (Some(file), _) => Opening::of_bytes(file),
        // Nothing is copied but what is kept.
        (None, Some(size)) if reader.in_memory().is_some() => {
            Opening::with_file_length(size.length).with_longest_read(size.length)
        }
        (None, Some(size)) => Opening::with_suffix(SUFFIX).with_longest_read(size.stored),
        (None, None) => Opening::with_prefix(PagedHeader::SIZE as u64),
    };
    let read =
        |offset, length| reader.read_exact_at(offset, length, |bytes| Ok(Bytes::copy_from_slice(bytes)));
    loop {
        match opening.step().map_err(as_of_reader)? {
            Step::Done(opened) => return Ok(opened),
            Step::Read(Request::Range { offset, length }) => {
                let decoded = reader.read_exact_at(offset, length, |bytes| {
                    opening.decode(bytes).map_err(as_of_reader)
                })?;
                opening.accept(decoded)?;
            }
            Step::Read(Request::Prefix { length }) => match read(0, length) {
                Ok(prefix) => opening.supply(prefix)?,
                // A file of format 1 may be shorter.
                Err(_) => opening = Opening::new(),
            },
            Step::Read(Request::Suffix { length: most }) => {
                let length = size.map_or(0, |size| size.length);
                let suffix = match most.min(length) {
                    0 => Bytes::new(),
                    most => read(length - most, most)?,
                };
                opening.supply_suffix(suffix, length)?;
            }
            Step::Read(request) => unreachable!("{request:?} is not asked for"),
        }
    }
}

/// The error that a reader gives of a file that ends early, also where the bytes of a mapping are not read.
fn as_of_reader(error: ReadError) -> io::Error {
    match error {
        ReadError::UnexpectedEnd {
            offset,
            length,
            file_length,
        } => IoError::UnexpectedEnd {
            offset,
            length,
            available: file_length.saturating_sub(offset),
        }
        .into(),
        error => error.into(),
    }
}
