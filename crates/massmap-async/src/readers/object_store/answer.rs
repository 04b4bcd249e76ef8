//! What stores are asked for, and what they answer.

use std::fmt;
use std::io::Error;
use std::ops::Range;

use bytes::Bytes;
use object_store::Error as StoreError;

use super::failure::OfRange;
use super::pinned::Pinned;

/// What a store answered.
pub(crate) struct Answer {
    pub(crate) bytes: Bytes,
    /// Where they begin in the object.
    pub(crate) start: u64,
    pub(crate) found: Pinned,
}

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// For the sake of the range, which somebody may know how to deal with.
    Range(OfRange, StoreError),
    Error(Error),
}

impl From<Error> for NoAnswer {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

pub(crate) type Got = std::result::Result<Answer, NoAnswer>;

/// What a store was asked for, for messages.
#[derive(Clone)]
pub(crate) enum Asked {
    Range(Range<u64>),
    Suffix(u64),
    All,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "bytes {} to {}", range.start, range.end),
            Self::Suffix(length) => write!(f, "the last {length} bytes"),
            Self::All => f.write_str("all bytes"),
        }
    }
}
