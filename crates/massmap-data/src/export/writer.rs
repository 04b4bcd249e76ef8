//! Writing entries.

use super::error::ExportError;

/// Writes entries one after the other.
pub trait EntryWriter {
    /// Writes an entry, whose key and value are MessagePack.
    ///
    /// Nothing is written of an entry that cannot be written.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if the format cannot hold the entry, or it is not what the schemas say; [`ExportError::Write`].
    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<(), ExportError>;

    /// Ends the output, and flushes it.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}
