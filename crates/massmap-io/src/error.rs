//! What the backends report beyond the operating system's own errors.

use std::io;

/// A read or a write that a backend cannot carry out.
///
/// Converted into [`std::io::Error`], the error is the payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// The bytes end before the range does. Kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
    #[error(
        "{length} bytes at offset {offset} were to be read, only {available} are there: the file is cut short or damaged"
    )]
    UnexpectedEnd {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
        /// How many of its bytes are there.
        available: u64,
    },
    /// The writer takes no more bytes. Kind [`WriteZero`](io::ErrorKind::WriteZero).
    #[error("{length} bytes at offset {offset} were to be written, the writer took only {written}")]
    WriteZero {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
        /// How many of its bytes were written.
        written: u64,
    },
    /// A range reaches beyond what the backend can address. Kind [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error("there is no memory for {length} bytes at offset {offset}")]
    OutOfMemory {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
    },
}

impl From<IoError> for io::Error {
    fn from(error: IoError) -> Self {
        let kind = match error {
            IoError::UnexpectedEnd { .. } => io::ErrorKind::UnexpectedEof,
            IoError::WriteZero { .. } => io::ErrorKind::WriteZero,
            IoError::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
        };
        io::Error::new(kind, error)
    }
}
