//! A row that is written at once.

use std::io::{self, Write};

use crate::input::memory::append;

/// Most bytes of memory kept for the next row.
const KEPT: usize = 1 << 16;

/// The bytes of a row. A row that does not fit in memory is an error.
#[derive(Debug, Default)]
pub(crate) struct Row(pub(super) Vec<u8>);

impl Row {
    /// What it has so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Begins another row.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
        self.0.shrink_to(KEPT);
    }
}

impl Write for Row {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        append(&mut self.0, bytes).map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
