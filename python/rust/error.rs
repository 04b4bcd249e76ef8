//! Exceptions.

use std::io;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;

create_exception!(
    massmap,
    Error,
    PyException,
    "What every error of massmap is, but for those of the system."
);
create_exception!(massmap, FormatError, Error, "A file is no map, or is damaged.");
create_exception!(
    massmap,
    ChecksumError,
    FormatError,
    "A part of a file does not match its checksum."
);
create_exception!(
    massmap,
    DuplicateKeyError,
    Error,
    "Two entries of a build have the same key."
);
create_exception!(
    massmap,
    SettingError,
    Error,
    "Settings that exclude each other, or that are out of range."
);
create_exception!(
    massmap,
    KeyTypeError,
    Error,
    "A key is of another type than the keys of the map."
);

/// The exception for `error`.
pub(crate) fn exception(error: massmap::Error) -> PyErr {
    match error {
        massmap::Error::Io(error) => system_error(error),
        massmap::Error::Key(error) => KeyTypeError::new_err(error.to_string()),
        massmap::Error::Format(error) => FormatError::new_err(error.to_string()),
        error => Error::new_err(error.to_string()),
    }
}

fn system_error(error: io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => PyOSError::new_err((number, error.to_string())),
        None => PyOSError::new_err(error.to_string()),
    }
}
