//! Why a key or a value cannot be encoded.

use std::fmt;
use std::io;

use massmap_format::FormatError;
use rmp::encode::ValueWriteError;

use super::shape::ShapeError;
use crate::codec::memory::OutOfMemory;

/// Why a key or a value cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its `Serialize` implementation reports an error, or it is too long.
    #[error("cannot be serialized")]
    Serialize(#[source] rmp_serde::encode::Error),
    /// No reader would give it back as it is.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Its encoding does not fit in memory.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
}

/// Why an entry cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Its key cannot be encoded.
    #[error("the key of an entry cannot be encoded")]
    Key(#[source] EncodeError),
    /// Its value cannot be encoded.
    #[error("the value of an entry cannot be encoded")]
    Value(#[source] EncodeError),
    /// Its encoding could not be decoded: key or value are nested too deeply or are no single value.
    #[error("an entry could not be decoded")]
    Unreadable(#[source] FormatError),
}

/// The error of the serializers. It takes one register, since every call of a serializer returns it.
#[derive(Debug)]
pub(in crate::codec) struct Error(Box<Failure>);

#[derive(Debug)]
enum Failure {
    /// What rmp-serde would report.
    Serializer(rmp_serde::encode::Error),
    Shape(ShapeError),
}

impl Error {
    /// There is no memory for it.
    #[cold]
    pub(in crate::codec) fn out_of_memory() -> Self {
        let error = io::ErrorKind::OutOfMemory.into();
        rmp_serde::encode::Error::from(ValueWriteError::InvalidDataWrite(error)).into()
    }

    /// The error for callers, where `out_of_memory` is the first allocation that failed.
    #[cold]
    pub(super) fn explained(self, out_of_memory: Option<OutOfMemory>) -> EncodeError {
        if let Some(out_of_memory) = out_of_memory {
            return EncodeError::OutOfMemory(out_of_memory);
        }
        match *self.0 {
            Failure::Serializer(error) => EncodeError::Serialize(error),
            Failure::Shape(shape) => EncodeError::Shape(shape),
        }
    }

    /// The same error, with the field `name` if it has none yet.
    #[cold]
    pub(super) fn in_field(mut self, name: &str) -> Self {
        if let Failure::Shape(shape) = &mut *self.0 {
            shape.set_field(name);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Failure::Serializer(error) => error.fmt(f),
            Failure::Shape(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<ShapeError> for Error {
    #[cold]
    fn from(shape: ShapeError) -> Self {
        Self(Box::new(Failure::Shape(shape)))
    }
}

impl From<rmp_serde::encode::Error> for Error {
    #[cold]
    fn from(error: rmp_serde::encode::Error) -> Self {
        Self(Box::new(Failure::Serializer(error)))
    }
}

impl serde::ser::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        rmp_serde::encode::Error::custom(message).into()
    }
}
