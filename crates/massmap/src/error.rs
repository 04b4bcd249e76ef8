//! The error of the front door.

use std::io;

use massmap_core::dynamic::{KeyError, ValueError};
use massmap_format::FormatError;
use massmap_hash::HashError;
use massmap_io::IoError;
use massmap_read::ReadError;
#[cfg(feature = "write")]
use massmap_write::WriteError;

/// What [`Map`](crate::Map), [`Builder`](crate::Builder) and everything else of the front door returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a map cannot be opened, looked up or built.
///
/// Converts into [`std::io::Error`], and back, without a loss: the error is the payload, and the kind is the one that functions
/// which return [`std::io::Result`] give it.
///
/// ```
/// use massmap::{Error, OpenOptions, FormatError};
///
/// let error = OpenOptions::new().open_bytes::<String, u32>(b"{\"apple\": 1, \"banana\": 2}".to_vec()).unwrap_err();
/// assert!(matches!(error, Error::Format(FormatError::Magic { .. })));
///
/// let error = std::io::Error::from(error);
/// assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
/// assert!(matches!(Error::from(error), Error::Format(FormatError::Magic { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the operating system, or of a reader or writer of the program's own.
    #[error(transparent)]
    Io(io::Error),
    /// A file cannot be opened, read or replaced; names it where that is known.
    #[error(transparent)]
    File(#[from] IoError),
    /// The file is no map, or damaged where it describes itself.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The hash function that the file names is not known, or has invalid parameters.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// An entry is damaged or cannot be decoded, or the keys are of another type.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Entries or settings that no map can be built from, or maps that cannot be merged.
    #[cfg(feature = "write")]
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A key that was given without its Rust type is none of the keys of the file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A value cannot be decoded without its Rust type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A file that is not on this machine was replaced, or cannot be read.
    #[cfg(feature = "async")]
    #[error(transparent)]
    Remote(#[from] massmap_async::RemoteError),
    /// The file names another type than the one that [`OpenOptions`](crate::OpenOptions) expects. Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("the {role}s of the file are of the type {found:.200}, and {expected:.200} was expected")]
    UnexpectedType {
        /// `key` or `value`.
        role: &'static str,
        /// The type that was expected.
        expected: String,
        /// The type that the file names.
        found: String,
    },
    /// Options that exclude each other. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("{one} and {other} exclude each other: leave one of them out")]
    OptionsConflict {
        /// One of them.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
}

impl From<io::Error> for Error {
    /// Takes the payload out, if it is one of ours.
    #[cold]
    fn from(error: io::Error) -> Self {
        let unpacked = unpack(error, |error: Self| error)
            .or_else(|error| unpack(error, Self::Read))
            .or_else(|error| unpack(error, Self::Format))
            .or_else(|error| unpack(error, Self::File))
            .or_else(|error| unpack(error, Self::Hash))
            .or_else(|error| unpack(error, Self::Key))
            .or_else(|error| unpack(error, Self::Value));
        #[cfg(feature = "async")]
        let unpacked = unpacked.or_else(|error| unpack(error, Self::Remote));
        #[cfg(feature = "write")]
        let unpacked = unpacked.or_else(|error| unpack(error, Self::Write));
        unpacked.unwrap_or_else(Self::Io)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            Error::File(error) => error.into(),
            Error::Format(error) => error.into(),
            Error::Hash(error) => error.into(),
            Error::Read(error) => error.into(),
            #[cfg(feature = "write")]
            Error::Write(error) => error.into(),
            #[cfg(feature = "async")]
            Error::Remote(error) => error.into(),
            Error::Key(error) => error.into(),
            Error::Value(error) => error.into(),
            Error::UnexpectedType { .. } => Self::new(io::ErrorKind::InvalidData, error),
            Error::OptionsConflict { .. } => Self::new(io::ErrorKind::InvalidInput, error),
        }
    }
}

/// Takes the payload of `error` out, if it is an `E`; gives the error back if not.
///
/// A payload with another kind than it comes with from us stays where it is, since the kind would be lost.
fn unpack<E>(error: io::Error, wrap: impl FnOnce(E) -> Error) -> std::result::Result<Error, io::Error>
where
    E: std::error::Error + Send + Sync + 'static,
    io::Error: From<E>,
{
    let kind = error.kind();
    let ours = io::Error::from(error.downcast::<E>()?);
    let has_our_kind = ours.kind() == kind;
    match ours.downcast::<E>() {
        Ok(payload) if has_our_kind => Ok(wrap(payload)),
        Ok(payload) => Err(io::Error::new(kind, payload)),
        Err(error) => Err(error),
    }
}
