//! Why a map cannot be built or merged.

use std::io;
use std::ops::Range;

use massmap_format::{FormatError, MassMapHashConfig};

/// Entries or settings that no map can be built from, or maps that cannot be merged.
///
/// Converted into [`std::io::Error`], the error is the payload; each variant names the kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A map was to be built without buckets. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("a map needs at least one bucket, none were asked for")]
    ZeroBuckets,
    /// A seed was given, but the hash parameters are no object that could take it. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "a hash seed was given, but the hash parameters are {parameters}, not an object with a field \"seed\""
    )]
    SeedWithoutObject {
        /// The hash parameters, as JSON.
        parameters: String,
    },
    /// A key or a value whose `Serialize` implementation reports an error. Kind [`Other`](io::ErrorKind::Other).
    #[error("entry {ordinal} cannot be serialized")]
    Serialize {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// What the encoder objected to.
        #[source]
        source: rmp_serde::encode::Error,
    },
    /// A key or a value that serializes to something that could not be read again: nested deeper than
    /// [`MAX_DEPTH`](massmap_format::MAX_DEPTH), or no complete value. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("entry {ordinal} could not be read again")]
    Unreadable {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// What is wrong with its encoding.
        #[source]
        source: FormatError,
    },
    /// The entries of a bucket take more bytes than the limit allows. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "bucket {bucket} takes {length} bytes, the limit is {limit}: more buckets make them smaller, unless single \
         entries are that large"
    )]
    BucketTooLarge {
        /// The bucket.
        bucket: u32,
        /// Its length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u32,
    },
    /// No maps were given to merge. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("there are no maps to merge")]
    NoMaps,
    /// Maps with different hash functions. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have different hash functions and cannot be merged: {} {} and {} {}",
        maps[0], maps[1], first.name, first.parameters, other.name, other.parameters
    )]
    HashConfigsDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The hash function of one map.
        first: Box<MassMapHashConfig>,
        /// That of another.
        other: Box<MassMapHashConfig>,
    },
    /// Maps with different numbers of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different numbers of buckets and cannot be merged: {first} and {other}", maps[0], maps[1])]
    BucketCountsDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The number of buckets of one map.
        first: usize,
        /// That of another.
        other: usize,
    },
    /// Maps whose entries lie in overlapping ranges of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have overlapping ranges of occupied buckets and cannot be merged: {}..{} and {}..{}",
        maps[0], maps[1], first.start, first.end, other.start, other.end
    )]
    RangesOverlap {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The range of one map.
        first: Range<u64>,
        /// That of another.
        other: Range<u64>,
    },
    /// Maps that name different key or value types. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different {field} types and cannot be merged: {first:.200} and {other:.200}", maps[0], maps[1])]
    TypesDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// `key` or `value`.
        field: &'static str,
        /// The type that one map names.
        first: String,
        /// That of another.
        other: String,
    },
}

impl WriteError {
    /// Which two of the maps given to a merge do not go together, from 0, if that is what the error is about.
    #[must_use]
    pub fn maps(&self) -> Option<[usize; 2]> {
        match self {
            Self::HashConfigsDiffer { maps, .. }
            | Self::BucketCountsDiffer { maps, .. }
            | Self::RangesOverlap { maps, .. }
            | Self::TypesDiffer { maps, .. } => Some(*maps),
            _ => None,
        }
    }
}

impl From<WriteError> for io::Error {
    fn from(error: WriteError) -> Self {
        let kind = match error {
            WriteError::ZeroBuckets | WriteError::SeedWithoutObject { .. } => io::ErrorKind::InvalidInput,
            WriteError::Serialize { .. } => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
