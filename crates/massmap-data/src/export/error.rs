//! Why an entry cannot be written.

use std::io;

use massmap::FormatError;
use massmap::dynamic::{EncodedError, SchemaMismatch, SchemaStep};

use crate::input::InputFormat;

/// Why entries cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// An entry that the format cannot hold, or that is not what its file says.
    #[error("{part} cannot be written: {refusal}")]
    Refused {
        /// What cannot be written, such as `the value of the key "a"`.
        part: String,
        /// Why not.
        refusal: Refusal,
    },
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Write(#[source] io::Error),
    /// A format that needs the feature `parquet`.
    #[error(
        "{} is a format that this program was built without: cargo install massmap-cli --features parquet builds it with that",
        .0.name()
    )]
    BuiltWithout(InputFormat),
}

/// Why a key or a value cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is something else than what the format can hold, or than what the file says.
    #[error(transparent)]
    Mismatch(#[from] SchemaMismatch),
    /// It is no value of MessagePack.
    #[error("it is damaged ({0})")]
    Damaged(#[from] FormatError),
    /// It does not fit in memory.
    #[error("{0}")]
    Memory(#[from] io::Error),
}

impl Refusal {
    /// The same of the value around, of which `step` leads to the part at hand.
    #[cold]
    pub(crate) fn within(self, step: impl FnOnce() -> SchemaStep) -> Self {
        match self {
            Self::Mismatch(mismatch) => mismatch.within(step()).into(),
            other => other,
        }
    }

    /// The error of writing `part`.
    #[cold]
    pub(crate) fn of(self, part: impl Into<String>) -> ExportError {
        ExportError::Refused {
            part: part.into(),
            refusal: self,
        }
    }
}

impl From<EncodedError> for Refusal {
    fn from(error: EncodedError) -> Self {
        match error {
            EncodedError::Mismatch(mismatch) => mismatch.into(),
            EncodedError::Damaged(error) => error.into(),
            other => SchemaMismatch::instead_of("a value", other).into(),
        }
    }
}
