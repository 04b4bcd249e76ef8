//! Why a key cannot be looked up without its Rust type, or a value not be decoded.

use std::io;

use massmap_format::{FormatError, MAX_DEPTH};

use crate::codec::OutOfMemory;
use crate::codec::dynamic::Integer;

/// A key that is none of the keys of a file, or that only the Rust type of the keys can tell.
///
/// Converted into [`std::io::Error`], the error is the payload and the kind is [`io::ErrorKind::InvalidInput`], or
/// [`io::ErrorKind::Unsupported`] for an [`UnknownType`](Self::UnknownType) or a [`CustomHash`](Self::CustomHash).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Keys of a type that is not known by its name, such as a struct of the program that wrote the file.
    #[error(
        "keys of the type {type_name:.200} can be hashed only by a Rust program that has that type; by the name alone, integers, \
         strings, booleans, characters, and sequences, tuples and optional values of these can be"
    )]
    UnknownType {
        /// The type that the file names.
        type_name: String,
    },
    /// Keys that are hashed in another way than what is stored of them would be.
    #[error(
        "keys of the type {type_name:.200} are hashed here in a way of their own, which only a Rust program that has their type knows"
    )]
    CustomHash {
        /// The type that the file names.
        type_name: String,
    },
    /// A key of another type than those of the file.
    #[error("the key is {found}, and the keys of the file are of the type {expected:.200}")]
    WrongType {
        /// The type of the keys, or of the part of them where the difference is.
        expected: String,
        /// What the key, or that part of it, is.
        found: &'static str,
    },
    /// An integer that the type of the keys does not have. A map has no such key.
    #[error(
        "the integer {integer} is outside the range of {type_name}, which the keys of the file are made of"
    )]
    OutOfRange {
        /// The integer.
        integer: Integer,
        /// The type.
        type_name: &'static str,
    },
    /// A tuple or an array of another length than those of the file.
    #[error("{found} elements are in the key where {expected} belong")]
    WrongLength {
        /// How many elements there are.
        found: u64,
        /// How many there must be.
        expected: u64,
    },
    /// An encoded key that is no MessagePack value.
    #[error("the encoded key is damaged")]
    Damaged {
        /// What is wrong with it.
        #[source]
        source: FormatError,
    },
}

impl From<FormatError> for KeyError {
    fn from(source: FormatError) -> Self {
        Self::Damaged { source }
    }
}

impl From<KeyError> for io::Error {
    fn from(error: KeyError) -> Self {
        let kind = match error {
            KeyError::UnknownType { .. } | KeyError::CustomHash { .. } => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, error)
    }
}

/// A value that cannot be decoded without its Rust type.
///
/// Converted into [`std::io::Error`], the error is the payload and the kind is [`io::ErrorKind::InvalidData`], or
/// [`io::ErrorKind::OutOfMemory`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The bytes are no MessagePack value.
    #[error("what is at byte {position} of the value is no MessagePack")]
    Damaged {
        /// Where in the value.
        position: usize,
        /// What is wrong there.
        #[source]
        source: FormatError,
    },
    /// A string that is not UTF-8.
    #[error("the string at byte {position} of the value is not UTF-8")]
    InvalidText {
        /// Where in the value the string begins.
        position: usize,
    },
    /// Arrays and maps that nest too deep.
    #[error("the value nests deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Bytes behind the value.
    #[error("{length} bytes follow the value")]
    TrailingBytes {
        /// How many.
        length: usize,
    },
    /// A value that takes more memory than allowed.
    #[error("the value takes more than {limit} bytes of memory: raise the limit, or take its encoded bytes")]
    TooLarge {
        /// How many bytes are allowed.
        limit: usize,
    },
    /// There is too little memory.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
}

impl From<ValueError> for io::Error {
    fn from(error: ValueError) -> Self {
        let kind = match error {
            ValueError::OutOfMemory(_) => io::ErrorKind::OutOfMemory,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
