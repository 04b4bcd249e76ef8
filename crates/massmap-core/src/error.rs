//! Why opening, looking up, iterating or verifying fails.

use std::error::Error as _;
use std::fmt::{self, Display, Write as _};
use std::io;

use massmap_format::FormatError;
use rmp_serde::decode::Error as DecodeError;

pub(crate) mod fallback;
pub(crate) mod place;

pub use place::Place;

/// Why a map cannot answer.
///
/// The message of a key or value that cannot be decoded includes the cause, since many programs print nothing but the message.
/// [`source`](std::error::Error::source) therefore does not repeat it.
///
/// Converted into [`std::io::Error`], the error becomes the payload, except a [`Format`](Self::Format), whose [`FormatError`]
/// does. The kind is [`InvalidData`](io::ErrorKind::InvalidData), or [`InvalidInput`](io::ErrorKind::InvalidInput) for
/// [`BucketOutOfRange`](Self::BucketOutOfRange) and [`PageOutOfRange`](Self::PageOutOfRange),
/// [`OutOfMemory`](io::ErrorKind::OutOfMemory) for [`OutOfMemory`](Self::OutOfMemory) and
/// [`SectionMemory`](Self::SectionMemory), [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) for
/// [`UnexpectedEnd`](Self::UnexpectedEnd).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The header, the metadata or an index is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The file ends before what its header announces.
    #[error(
        "the file ends at byte {file_length}, and should have {length} bytes at byte {offset}: it is truncated"
    )]
    UnexpectedEnd {
        /// Where the missing bytes should begin.
        offset: u64,
        /// How many there should be.
        length: u64,
        /// Length of the file.
        file_length: u64,
    },
    /// There is no memory for a section of the file.
    #[error(
        "there is no memory for the {length} bytes that the file has at byte {offset}: raise this program's memory limit"
    )]
    SectionMemory {
        /// Where the section begins.
        offset: u64,
        /// How many bytes were asked for.
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
    /// A stored key that is no key of the type asked for.
    #[error(
        "a key in {place} cannot be decoded as {key_type:.100} (the file says {file_key_type:?}): {}",
        Brief(cause)
    )]
    Key {
        /// The bucket or page.
        place: Place,
        /// The type asked for.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// What the decoder objected to.
        cause: DecodeError,
    },
    /// A stored value that is no value of the type asked for.
    #[error(
        "a value in {place} cannot be decoded as {value_type:.100} (the file says {file_value_type:?}): {}",
        Brief(cause)
    )]
    Value {
        /// The bucket or page.
        place: Place,
        /// The type asked for.
        value_type: &'static str,
        /// The value type that the file names, at most its first 200 characters.
        file_value_type: String,
        /// What the decoder objected to.
        cause: DecodeError,
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
    /// Keys of a type that the file's cannot be by the names of both: integers and strings, and in format 2 integers of
    /// different types, which may hash differently and then seem missing.
    #[error("the keys of the file are {file_key_type}, they cannot be looked up as {key_type:.100}")]
    KeyType {
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names.
        file_key_type: String,
    },
    /// Keys that are of another type than the one asked for: none of those that were examined can be decoded.
    #[error(
        "the keys of the file cannot be looked up as {key_type:.100} (the file says {file_key_type:?}): none of {examined} that \
         were examined can be decoded as that, the first one in {place} because of this: {}",
        Brief(cause)
    )]
    UndecodableKeys {
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// How many keys were examined.
        examined: u64,
        /// The bucket or page of the first one.
        place: Place,
        /// What the decoder objected to in the first one.
        cause: DecodeError,
    },
    /// There is no memory for a copy of a bucket, or of a run of pages. Kind [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error(
        "there is no memory for the {length} bytes of bucket {bucket}: raise the limit on the memory of this program"
    )]
    OutOfMemory {
        /// Index of the bucket, or number of the run's first page.
        bucket: usize,
        /// How many bytes were asked for.
        length: usize,
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
    /// A stored key that lies elsewhere than its hash says, so that lookups would miss it.
    #[error(
        "the key of entry {entry} in {stored_in} would not be found, since {}: the file was built with another hash function, or \
         with other keys than {key_type:.100} is now (the file says {file_key_type:?}){}; a type hashes otherwise once an enum \
         variant comes before others, or where a field that is hashed is not serialized",
        Elsewhere { stored_in: *stored_in, hashed_to: *hashed_to, hash_name },
        // What has a checksum that is right is what was written.
        if let Place::Bucket(_) = stored_in { ", or it is damaged" } else { "" }
    )]
    HashMismatch {
        /// The bucket or page in which the key was found.
        stored_in: Place,
        /// Which entry of it, from 0.
        entry: usize,
        /// The bucket or page in which it would be looked for; the same one, if only its place there is another.
        hashed_to: Place,
        /// Name of the hash function in the file.
        hash_name: String,
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
    },
    /// Whether a key is missing cannot be told: too few stored keys could be read as the type asked for to check the hash
    /// function.
    #[error(
        "whether the key is missing cannot be told, since too few stored keys could be checked as {key_type:.100} (the file says \
         {file_key_type:?}): {reason}"
    )]
    Unverified {
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
        /// Why the first bucket or page that was tried could not be read, or a key in it not be decoded.
        reason: String,
    },
    /// A value that was to be borrowed from a reader whose bytes are not in memory. Kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "values can be borrowed only from a map whose bytes are in memory: map the file, or get values that own what they hold"
    )]
    NotInMemory,
    /// A bucket index beyond the last bucket.
    #[error("bucket {bucket} was asked for, the map has {bucket_count}")]
    BucketOutOfRange {
        /// The bucket asked for.
        bucket: usize,
        /// How many buckets there are.
        bucket_count: usize,
    },
    /// A page beyond the last page (format 2).
    #[error("page {page} was asked for, the map has {page_count}")]
    PageOutOfRange {
        /// The page asked for.
        page: usize,
        /// How many pages there are.
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
            ReadError::NotInMemory => io::ErrorKind::Unsupported,
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
struct Elsewhere<'a> {
    stored_in: Place,
    hashed_to: Place,
    hash_name: &'a str,
}

impl Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stored_in,
            hashed_to,
            hash_name,
        } = self;
        write!(f, "it belongs ")?;
        match stored_in == hashed_to {
            true => write!(f, "elsewhere in there")?,
            false => write!(f, "in {hashed_to}")?,
        }
        write!(f, " by the hash function {hash_name:?} of this program")
    }
}

/// Displays the beginning of a message, which may quote any amount of the file.
struct Brief<'a, T>(&'a T);

impl<T> Brief<'_, T> {
    /// Most characters that are shown.
    const LONGEST: usize = 300;
}

impl<T: Display> Display for Brief<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Beginning {
            room: Self::LONGEST,
            f,
        };
        // A lack of room is an error too, so that the rest is not formatted.
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
    fn what_cannot_be_decoded_is_told_with_its_cause_once() {
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
