//! Opening a file through a reader.

use std::io;

use massmap_core::{Opened, Opening, Request, Step};
use massmap_io::MassMapReader;

/// Reads and validates a file's header, metadata and index.
pub(crate) fn open<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    let mut opening = match reader.shared_bytes() {
        Some(file) => Opening::of_bytes(file),
        None => Opening::new(),
    };
    loop {
        match opening.step()? {
            Step::Done(opened) => return Ok(opened),
            Step::Read(Request::Range { offset, length }) => {
                let decoded = reader.read_exact_at(offset, length, |bytes| Ok(opening.decode(bytes)?))?;
                opening.accept(decoded)?;
            }
            Step::Read(request) => unreachable!("{request:?} was not chosen to begin with"),
        }
    }
}
