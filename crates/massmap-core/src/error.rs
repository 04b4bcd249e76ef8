//! Why opening, looking up, iterating or verifying fails.

use std::error::Error as _;
use std::fmt::{self, Display, Write as _};
use std::io;

use massmap_format::FormatError;
use rmp_serde::decode::Error as DecodeError;

use crate::codec::TypeDifference;

pub(crate) mod fallback;
pub(crate) mod place;

pub use place::Place;

/// Why a map cannot answer.
///
/// The message of a key or value that cannot be decoded includes the cause, since many programs print nothing but the message.
/// [`source`](std::error::Error::source) therefore does not repeat it.
///
/// Conversion into [`std::io::Error`] keeps the error as the payload, or the [`FormatError`] in a [`Format`](Self::Format). The
/// kind is [`InvalidData`](io::ErrorKind::InvalidData), or [`InvalidInput`](io::ErrorKind::InvalidInput) for
/// [`BucketOutOfRange`](Self::BucketOutOfRange) and [`PageOutOfRange`](Self::PageOutOfRange),
/// [`OutOfMemory`](io::ErrorKind::OutOfMemory) for [`OutOfMemory`](Self::OutOfMemory) and [`SectionMemory`](Self::SectionMemory),
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) for [`UnexpectedEnd`](Self::UnexpectedEnd).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The header, the metadata or an index is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The file is shorter than its header says.
    #[error(
        "the file is truncated: it ends at byte {file_length}, but should have {length} bytes at byte {offset}"
    )]
    UnexpectedEnd {
        /// Offset of the missing bytes.
        offset: u64,
        /// Number of bytes that should be there.
        length: u64,
        /// Length of the file.
        file_length: u64,
    },
    /// The header at the end of the file is that of a file of another length.
    #[error(
        "the header at the end of the file is that of a file of {expected} bytes, but there are {found}: the file was cut at its \
         beginning, or stands behind other bytes"
    )]
    FileLength {
        /// The length that the header stands for.
        expected: u64,
        /// Length of the file.
        found: u64,
    },
    /// Bytes that an [`Opening`](crate::Opening) has not asked for.
    #[error(
        "these bytes were not asked for: read what Opening::step asks for, and pass a suffix to Opening::supply_suffix"
    )]
    NotRequested,
    /// Not enough memory for a section of the file.
    #[error(
        "not enough memory for the {length} bytes at byte {offset} of the file: raise this program's memory limit"
    )]
    SectionMemory {
        /// Offset of the section.
        offset: u64,
        /// Number of bytes requested.
        length: u64,
    },
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
    /// A stored key that cannot be decoded as the requested type.
    #[error(
        "a key in {place} cannot be decoded as {key_type:.100} (the file says {file_key_type:?}): {}",
        Brief(cause)
    )]
    Key {
        /// The bucket or page.
        place: Place,
        /// The requested type.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// The error of the decoder.
        cause: DecodeError,
    },
    /// A stored value that cannot be decoded as the requested type.
    #[error(
        "a value in {place} cannot be decoded as {value_type:.100} (the file says {file_value_type:?}): {}",
        Brief(cause)
    )]
    Value {
        /// The bucket or page.
        place: Place,
        /// The requested type.
        value_type: &'static str,
        /// The value type that the file names, at most its first 200 characters.
        file_value_type: String,
        /// The error of the decoder.
        cause: DecodeError,
    },
    /// A type that is not what the file says its keys or values are (format 2).
    #[error("the {part}s of the file are not {type_name:.100}: {difference}")]
    TypeDiffers {
        /// `key` or `value`.
        part: &'static str,
        /// The requested type.
        type_name: &'static str,
        /// Where they differ.
        difference: TypeDifference,
    },
    /// The loader's hash function has the name of the one that the file was built with, but is another.
    #[error(
        "the hash function {name:?} of this program gives other hashes than the one that the file was built with: use \
         the same loader in the same version"
    )]
    HashFunction {
        /// Name of the hash function.
        name: String,
    },
    /// The requested key type contradicts the one that the file names: integers and strings, and in format 2 integers of
    /// different types, which may hash differently and then seem missing.
    #[error("the keys of the file are {file_key_type} and cannot be looked up as {key_type:.100}")]
    KeyType {
        /// The requested key type.
        key_type: &'static str,
        /// The key type that the file names.
        file_key_type: String,
    },
    /// The keys are of another type than the requested one: none of the keys examined can be decoded.
    #[error(
        "the keys of the file cannot be looked up as {key_type:.100} (the file says {file_key_type:?}): none of the \
         {examined} keys examined can be decoded; the first one, in {place}, fails with: {}",
        Brief(cause)
    )]
    UndecodableKeys {
        /// The requested key type.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// How many keys were examined.
        examined: u64,
        /// The bucket or page of the first one.
        place: Place,
        /// The decoder's error for the first one.
        cause: DecodeError,
    },
    /// Not enough memory for a copy of a bucket or of a run of pages. Kind [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error("not enough memory for the {length} bytes of bucket {bucket}: raise this program's memory limit")]
    OutOfMemory {
        /// Index of the bucket, or number of the run's first page.
        bucket: usize,
        /// Number of bytes requested.
        length: usize,
    },
    /// A reader returned another number of bytes than requested.
    #[error("the reader returned {found} bytes instead of {expected}")]
    WrongLength {
        /// Number of bytes requested.
        expected: u64,
        /// Number of bytes returned.
        found: usize,
    },
    /// A reader returned another number of results than there were ranges in a batch.
    #[error("the reader returned {found} results for a batch of {expected} ranges")]
    WrongBatch {
        /// Number of ranges requested.
        expected: usize,
        /// Number of results returned.
        found: usize,
    },
    /// A stored key does not lie where its hash says, so lookups would miss it.
    #[error(
        "lookups would miss the key of entry {entry} in {stored_in}, since {}: the file was built with another hash function, or \
         with another version of the key type {key_type:.100} (the file says {file_key_type:?}){}; a type hashes differently once an \
         enum variant is inserted before others, or if a field is hashed but not serialized",
        Misplacement { stored_in: *stored_in, hashed_to: *hashed_to, hash_name },
        // Bytes with a correct checksum are as they were written.
        if let Place::Bucket(_) = stored_in { ", or it is damaged" } else { "" }
    )]
    HashMismatch {
        /// The bucket or page in which the key was found.
        stored_in: Place,
        /// Number of the entry in it, from 0.
        entry: usize,
        /// The bucket or page in which lookups would search for it. The same one if only its place there is wrong.
        hashed_to: Place,
        /// Name of the hash function in the file.
        hash_name: String,
        /// The requested key type.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
    },
    /// Too few stored keys could be read as the requested type to check the hash function. So a key that is not found cannot be
    /// reported as missing.
    #[error(
        "cannot tell whether the key is missing, since too few stored keys could be checked as {key_type:.100} (the file says \
         {file_key_type:?}): {reason}"
    )]
    Unverified {
        /// The requested key type.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// Why the first bucket or page that was tried could not be read, or a key in it could not be decoded.
        reason: String,
    },
    /// A value cannot be borrowed from a reader whose bytes are not in memory. Kind [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "values can be borrowed only from a map whose bytes are in memory: map the file, or get owned values"
    )]
    NotInMemory,
    /// The values of the file are compressed, and this program cannot decompress them. Kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "the values of the file are compressed: build this program with the feature \"zstd\" of massmap to read them"
    )]
    NoDecompression,
    /// A bucket index beyond the last bucket.
    #[error("bucket {bucket} was requested, but the map has {bucket_count}")]
    BucketOutOfRange {
        /// The requested bucket.
        bucket: usize,
        /// Number of buckets.
        bucket_count: usize,
    },
    /// A page beyond the last page (format 2).
    #[error("page {page} was requested, but the map has {page_count}")]
    PageOutOfRange {
        /// The requested page.
        page: usize,
        /// Number of pages.
        page_count: usize,
    },
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        let kind = match error {
            ReadError::BucketOutOfRange { .. } | ReadError::PageOutOfRange { .. } => {
                io::ErrorKind::InvalidInput
            }
            ReadError::OutOfMemory { .. } | ReadError::SectionMemory { .. } => io::ErrorKind::OutOfMemory,
            ReadError::UnexpectedEnd { .. } => io::ErrorKind::UnexpectedEof,
            ReadError::Format(error) => return error.into(),
            ReadError::NotInMemory | ReadError::NoDecompression => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

/// The message of an error, followed by those of all its causes.
#[must_use]
pub fn with_causes(error: &io::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

/// Displays where a misplaced key belongs.
struct Misplacement<'a> {
    stored_in: Place,
    hashed_to: Place,
    hash_name: &'a str,
}

impl Display for Misplacement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stored_in,
            hashed_to,
            hash_name,
        } = self;
        write!(f, "it belongs ")?;
        match stored_in == hashed_to {
            true => write!(f, "elsewhere in it")?,
            false => write!(f, "in {hashed_to}")?,
        }
        write!(f, " by the hash function {hash_name:?} of this program")
    }
}

/// Displays the beginning of a message, which may quote any amount of the file.
struct Brief<'a, T>(&'a T);

impl<T> Brief<'_, T> {
    /// Maximum number of characters shown.
    const LONGEST: usize = 300;
}

impl<T: Display> Display for Brief<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Beginning {
            room: Self::LONGEST,
            f,
        };
        // Running out of room is an error too, so the rest is not formatted.
        match write!(shown, "{}", self.0) {
            Err(_) if shown.room == 0 => f.write_char('…'),
            written => written,
        }
    }
}

/// Writes a limited number of characters and refuses more.
struct Beginning<'a, 'b> {
    room: usize,
    f: &'a mut fmt::Formatter<'b>,
}

impl fmt::Write for Beginning<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
            self.f.write_char(character)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rmp_serde::decode::Error as DecodeError;

    use super::*;

    #[test]
    fn messages_show_the_beginning_of_what_they_quote() {
        for (length, expected) in [(299, 299), (300, 300), (301, 301), (1 << 20, 301)] {
            let shown = Brief(&"é".repeat(length)).to_string();
            assert_eq!(shown.chars().count(), expected);
            assert_eq!(shown.ends_with('…'), length > 300);
        }
        assert_eq!(Brief(&"short").to_string(), "short");
    }

    #[test]
    fn a_decoding_error_shows_its_cause_once() {
        let error = io::Error::from(ReadError::Key {
            place: Place::Page(7),
            key_type: "u8",
            file_key_type: "u64".to_owned(),
            cause: DecodeError::OutOfRange,
        });
        assert_eq!(
            error.to_string(),
            "a key in page 7 cannot be decoded as u8 (the file says \"u64\"): numeric cast found out of range"
        );
        assert!(error.source().is_none(), "a chain of causes would repeat it");
    }
}
