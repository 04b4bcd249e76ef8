//! Why a stored value cannot be read.

use massmap_format::FormatError;
use rmp_serde::decode::Error as DecodeError;
use serde::de::Error as _;

use crate::codec::OutOfMemory;

/// Why a value of a file with compressed values cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The stored bytes stand for no value.
    #[error("{problem}")]
    Damaged {
        /// What is wrong with them.
        problem: String,
    },
    /// There is not enough memory.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
}

impl ValueError {
    #[cold]
    #[cfg_attr(not(feature = "zstd"), expect(dead_code, reason = "nothing is decompressed"))]
    pub(super) fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged {
            problem: problem.into(),
        }
    }
}

impl From<FormatError> for ValueError {
    #[cold]
    fn from(error: FormatError) -> Self {
        Self::Damaged {
            problem: error.to_string(),
        }
    }
}

impl From<ValueError> for DecodeError {
    #[cold]
    fn from(error: ValueError) -> Self {
        Self::custom(error)
    }
}
