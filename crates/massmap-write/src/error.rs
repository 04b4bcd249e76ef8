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
        "maps with different hash functions cannot be merged: {} {} and {} {}",
        first.name, first.parameters, other.name, other.parameters
    )]
    HashConfigsDiffer {
        /// The hash function of one map.
        first: Box<MassMapHashConfig>,
        /// That of another.
        other: Box<MassMapHashConfig>,
    },
    /// Maps with different numbers of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps with different numbers of buckets cannot be merged: {first} and {other}")]
    BucketCountsDiffer {
        /// The number of buckets of one map.
        first: usize,
        /// That of another.
        other: usize,
    },
    /// Maps whose entries lie in overlapping ranges of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps with overlapping ranges of occupied buckets cannot be merged: {}..{} and {}..{}",
        first.start, first.end, other.start, other.end
    )]
    RangesOverlap {
        /// The range of one map.
        first: Range<u64>,
        /// That of another.
        other: Range<u64>,
    },
    /// Maps that name different key or value types. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps with different {field} types cannot be merged: {first} and {other}")]
    TypesDiffer {
        /// `key` or `value`.
        field: &'static str,
        /// The type that one map names.
        first: String,
        /// That of another.
        other: String,
    },
    /// The merged map would be larger than an offset can address. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("the merged map would be larger than a file can be")]
    TooLarge,
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
