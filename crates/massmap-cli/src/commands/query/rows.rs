//! Rows of answers.

use super::lookups::Answer;

/// Writes rows.
pub(super) trait Rows {
    /// Writes the row of an answer with an encoded value; `None` for a missing key.
    ///
    /// # Errors
    ///
    /// Fails if the value has no place there, or if nothing can be written.
    fn write(&mut self, answer: &Answer<'_>, value: Option<&[u8]>) -> Result<(), RowError>;

    /// Passes on what was written so far, to whoever waits for it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    fn pass_on(&mut self) -> anyhow::Result<()>;

    /// Ends the output.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    fn finish(self) -> anyhow::Result<()>;
}

/// Why a row cannot be written.
pub(super) enum RowError {
    /// It has no place in the output.
    Row(anyhow::Error),
    /// Nothing can be written.
    Output(anyhow::Error),
}
