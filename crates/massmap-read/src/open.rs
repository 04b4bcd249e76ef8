//! Opening a file through a reader.

use std::io;

use massmap_core::{Opened, Opening, ReadError, Request, Step};
use massmap_io::{IoError, MassMapReader};

/// Reads and validates a file's header, metadata and index.
pub(crate) fn open<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    let mut opening = match reader.shared_bytes() {
        Some(file) => Opening::of_bytes(file),
        None => Opening::new(),
    };
    loop {
        match opening.step().map_err(as_of_reader)? {
            Step::Done(opened) => return Ok(opened),
            Step::Read(Request::Range { offset, length }) => {
                let decoded = reader.read_exact_at(offset, length, |bytes| Ok(opening.decode(bytes)?))?;
                opening.accept(decoded)?;
            }
            Step::Read(request) => unreachable!("{request:?} was not chosen to begin with"),
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
