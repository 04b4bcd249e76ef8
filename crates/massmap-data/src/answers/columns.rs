//! Answers as Parquet and Arrow IPC.

use std::fmt;
use std::io::Write;

use massmap::dynamic::StaticSchema;

use super::{Answer, AnswerWriter};
use crate::export::ExportError;
use crate::export::columnar::{ColumnarEntries, ColumnarFormat};

/// Writes keys and values as columns that have types: those of an [export](crate::entry_writer), in which the values of missing keys are
/// null.
pub(super) struct AnswerColumns<W: Write>(ColumnarEntries<W>);

impl<W: Write> AnswerColumns<W> {
    /// A file of keys and values with these schemas; of values alone if there is none of keys.
    pub(super) fn new(
        format: ColumnarFormat,
        key: Option<&StaticSchema>,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        ColumnarEntries::new(format, key, value, true, false, out).map(Self)
    }
}

impl<W: Write> AnswerWriter for AnswerColumns<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        self.0.add(answer.key, answer.value, || None)
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        // Rows cannot be read before the end is there.
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        self.0.end()
    }
}

impl<W: Write> fmt::Debug for AnswerColumns<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerColumns").finish_non_exhaustive()
    }
}
