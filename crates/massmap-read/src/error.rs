//! Why a lookup or a walk over a map fails.

use std::io;

use massmap_format::FormatError;

/// A map that cannot answer.
///
/// Converted into [`std::io::Error`], the error is the payload and the kind is [`io::ErrorKind::InvalidData`], or
/// [`io::ErrorKind::InvalidInput`] for a [`BucketOutOfRange`](Self::BucketOutOfRange).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A bucket whose bytes are damaged.
    #[error("bucket {bucket} is damaged")]
    DamagedBucket {
        /// The bucket.
        bucket: usize,
        /// What is wrong with its bytes.
        #[source]
        source: FormatError,
    },
    /// A page, or a run of them, whose bytes are damaged (format 2).
    #[error("page {page} is damaged")]
    DamagedPage {
        /// The page, or the first one of the run.
        page: usize,
        /// What is wrong with its bytes.
        #[source]
        source: FormatError,
    },
    /// A stored key that is no key of the type asked for.
    #[error("a key in bucket {bucket} cannot be decoded as {key_type}")]
    Key {
        /// The bucket.
        bucket: usize,
        /// The type asked for.
        key_type: &'static str,
        /// What the decoder objected to.
        #[source]
        source: rmp_serde::decode::Error,
    },
    /// A stored value that is no value of the type asked for.
    #[error("a value in bucket {bucket} cannot be decoded as {value_type}")]
    Value {
        /// The bucket.
        bucket: usize,
        /// The type asked for.
        value_type: &'static str,
        /// What the decoder objected to.
        #[source]
        source: rmp_serde::decode::Error,
    },
    /// The hash function that the loader gives is not the one that the file was built with, although the name is.
    #[error(
        "the hash function {name:?} of this program gives other hashes than the one that the file was built with: use \
         the loader, and the version of it, that the file was built with"
    )]
    HashFunction {
        /// Name of the hash function.
        name: String,
    },
    /// Keys of another integer type than those of the file (format 2): they may hash differently, and then seem missing.
    #[error("the keys of the file are {file_key_type}, they cannot be looked up as {key_type}")]
    KeyType {
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names.
        file_key_type: String,
    },
    /// A reader that handed over another number of bytes than it was asked for.
    #[error("the reader handed over {found} bytes where {expected} were asked for")]
    WrongLength {
        /// How many bytes were asked for.
        expected: u64,
        /// How many came.
        found: usize,
    },
    /// A reader that gave another number of results than there were ranges in a batch.
    #[error("the reader gave {found} results for a batch of {expected} ranges")]
    WrongBatch {
        /// How many ranges were asked for.
        expected: usize,
        /// How many results came.
        found: usize,
    },
    /// Stored keys lie in other buckets than their hashes say, so lookups would miss them.
    #[error(
        "a key stored in bucket {stored_in} belongs in bucket {hashed_to} by the hash function {hash_name:?} of this \
         program: the file was built with another hash function, or with keys of another type than {key_type} (it says \
         {file_key_type:.200}), or it is damaged"
    )]
    HashMismatch {
        /// The bucket in which the key was found.
        stored_in: usize,
        /// The bucket in which it would be looked for.
        hashed_to: usize,
        /// Name of the hash function in the file.
        hash_name: String,
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names.
        file_key_type: String,
    },
    /// Whether a key is missing cannot be told: too few stored keys could be read as the type asked for to check the hash
    /// function.
    #[error(
        "whether the key is missing cannot be told, since too few stored keys could be checked as {key_type}: {reason}"
    )]
    Unverified {
        /// The key type asked for.
        key_type: &'static str,
        /// Why the first bucket that was tried could not be read.
        reason: String,
    },
    /// A bucket index beyond the last bucket.
    #[error("bucket {bucket} was asked for, the map has {bucket_count}")]
    BucketOutOfRange {
        /// The bucket asked for.
        bucket: usize,
        /// How many buckets there are.
        bucket_count: usize,
    },
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        let kind = match error {
            ReadError::BucketOutOfRange { .. } => io::ErrorKind::InvalidInput,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
