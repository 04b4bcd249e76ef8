//! Why a value cannot be encoded.

use std::fmt;
use std::io;

use rmp::encode::ValueWriteError;

use super::ShapeError;
use crate::WriteError;

/// What ends the encoding of a value. In one register, since every call of a serializer returns it.
#[derive(Debug)]
pub(crate) struct Error(Box<Failure>);

#[derive(Debug)]
enum Failure {
    /// It cannot be written: what rmp-serde would report.
    Serializer(rmp_serde::encode::Error),
    /// It would not be given back.
    Shape(ShapeError),
}

impl Error {
    /// There is no memory for it.
    #[cold]
    pub(crate) fn out_of_memory() -> Self {
        let error = io::ErrorKind::OutOfMemory.into();
        rmp_serde::encode::Error::from(ValueWriteError::InvalidDataWrite(error)).into()
    }

    /// The error, of the key or value, which is named by `part`, of an entry.
    #[cold]
    pub(crate) fn of_entry(self, ordinal: u64, part: &'static str, type_name: &'static str) -> WriteError {
        use rmp_serde::encode::Error::Syntax;
        let source = match *self.0 {
            Failure::Shape(shape) => {
                return WriteError::Shape {
                    ordinal,
                    part,
                    type_name,
                    shape,
                };
            }
            Failure::Serializer(Syntax(message)) => {
                Syntax(format!("{message} (in a {part} of type {type_name})"))
            }
            Failure::Serializer(source) => source,
        };
        WriteError::Serialize { ordinal, source }
    }

    /// The error, of a value in the field `name`, unless it is of one inside that.
    #[cold]
    pub(super) fn in_field(mut self, name: &str) -> Self {
        if let Failure::Shape(shape) = &mut *self.0 {
            shape.set_field(name);
        }
        self
    }

    #[cfg(test)]
    pub(super) fn shape(&self) -> Option<&ShapeError> {
        match &*self.0 {
            Failure::Shape(shape) => Some(shape),
            Failure::Serializer(_) => None,
        }
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
