//! Why a record cannot be made or read.

use rmp_serde::decode::Error as DecodeError;
use serde::de::Error as _;

use crate::codec::encode::Error as EncodeError;
use crate::codec::memory::OutOfMemory;
use crate::compression::ValueError;

/// Why a record cannot be made or read, or a compressed value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes are not as many as a record has.
    #[error("a record has {found} bytes, and must have {expected}")]
    Length {
        /// Number of bytes.
        found: usize,
        /// Number of bytes of a record.
        expected: usize,
    },
    /// A byte of a record must be a boolean.
    #[error("the byte {byte:#04x} in a record is no boolean, which is 0 or 1: the file is damaged")]
    NoBoolean {
        /// The byte.
        byte: u8,
    },
    /// Four bytes of a record must be a character.
    #[error("the number {code:#x} in a record is no character: the file is damaged")]
    NoCharacter {
        /// The number.
        code: u32,
    },
    /// An encoded value does not have the type of the records.
    #[error("{expected} must begin at byte {position} of an encoded value, where the bytes are {found}")]
    Mismatch {
        /// The type that is missing.
        expected: String,
        /// Offset in the encoded value, in bytes.
        position: usize,
        /// The bytes there, shortened.
        found: String,
    },
    /// A compressed value cannot be read.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// There is not enough memory.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
}

impl From<RecordError> for DecodeError {
    #[cold]
    fn from(error: RecordError) -> Self {
        Self::custom(error)
    }
}

/// Why a record cannot be encoded as MessagePack.
#[derive(Debug)]
pub(super) enum Failure {
    Damaged(RecordError),
    /// There is not enough memory, or room, as the output knows.
    Output,
}

impl From<RecordError> for Failure {
    #[cold]
    fn from(error: RecordError) -> Self {
        Self::Damaged(error)
    }
}

impl From<EncodeError> for Failure {
    #[cold]
    fn from(_: EncodeError) -> Self {
        Self::Output
    }
}
