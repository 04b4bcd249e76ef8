//! Why a value cannot be decoded.

use massmap::FormatError as Damage;
use massmap::format::MAX_DEPTH;
use massmap_data::Location;
use pyo3::prelude::*;

use crate::error::{DecodeError, FormatError};

/// Why a value cannot be decoded.
#[derive(Debug)]
pub(crate) enum Undecodable {
    /// The bytes are no MessagePack value.
    Damaged { position: usize, source: Damage },
    /// A string that is not UTF-8.
    InvalidText { position: usize },
    /// A value that is not what the file says of its values.
    Mismatch {
        position: usize,
        expected: &'static str,
        found: &'static str,
    },
    /// Arrays and maps that nest too deep.
    TooDeep,
    /// Bytes behind the value.
    TrailingBytes { length: usize },
    /// A value that takes more memory than allowed.
    TooLarge { limit: usize },
    /// An exception of Python's, such as a `MemoryError`.
    Python(PyErr),
}

impl<E> From<E> for Undecodable
where
    PyErr: From<E>,
{
    fn from(error: E) -> Self {
        Self::Python(error.into())
    }
}

impl Undecodable {
    /// The exception, for a value of the file at `location`.
    pub(crate) fn exception(self, location: &Location) -> PyErr {
        let damaged = |what: String| FormatError::new_err(format!("{location}: a value is damaged: {what}"));
        match self {
            Self::Damaged { position, source } => damaged(format!(
                "what is at its byte {position} is no MessagePack: {source}"
            )),
            Self::InvalidText { position } => {
                damaged(format!("the string at its byte {position} is not UTF-8"))
            }
            Self::Mismatch {
                position,
                expected,
                found,
            } => damaged(format!(
                "{found} is at its byte {position}, where the file says that it has {expected}"
            )),
            Self::TooDeep => damaged(format!("it nests deeper than {MAX_DEPTH}")),
            Self::TrailingBytes { length } => damaged(format!("{length} bytes follow it")),
            Self::TooLarge { limit } => DecodeError::new_err(format!(
                "{location}: the value takes more than {limit} bytes of memory: raise value_limit, or take it as it is encoded, \
                 with get_encoded"
            )),
            Self::Python(error) => error,
        }
    }
}
