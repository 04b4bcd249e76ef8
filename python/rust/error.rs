//! Exceptions.

mod keywords;
mod system;

use std::io;
use std::path::Path;

use massmap::dynamic::{KeyError, ValueError};
use massmap::{FormatError as Damage, IoError, ReadError};
use massmap_data::Location;
use pyo3::exceptions::PyMemoryError;
use pyo3::import_exception;
use pyo3::prelude::*;

use crate::remote;
pub(crate) use keywords::with_keywords;
use system::system_error;

import_exception!(massmap._errors, Error);
import_exception!(massmap._errors, FormatError);
import_exception!(massmap._errors, ChecksumError);
import_exception!(massmap._errors, DecodeError);
import_exception!(massmap._errors, HashError);
import_exception!(massmap._errors, KeyTypeError);
import_exception!(massmap._errors, ValueTypeError);
import_exception!(massmap._errors, ReplacedError);
import_exception!(massmap._errors, DuplicateKeyError);
import_exception!(massmap._errors, SettingError);
import_exception!(massmap._errors, InputError);

/// The exception for `error`.
pub(crate) fn exception(error: massmap::Error) -> PyErr {
    exception_of(error, None)
}

/// The exception for `error`, which came up with the file at `location`.
pub(crate) fn exception_at(error: massmap::Error, location: &Location) -> PyErr {
    exception_of(error, Some(location))
}

fn exception_of(error: massmap::Error, location: Option<&Location>) -> PyErr {
    if is_checksum(&error) {
        return ChecksumError::new_err(message(&error, location));
    }
    match error {
        massmap::Error::Io(error) => system_error(error, location.and_then(Location::path)),
        massmap::Error::File(error) => exception_of_file(error, location),
        massmap::Error::Key(KeyError::UnknownType { .. } | KeyError::CustomHash { .. }) => {
            HashError::new_err(message(&error, location))
        }
        massmap::Error::Hash(_) => HashError::new_err(message(&error, location)),
        massmap::Error::Key(_) => KeyTypeError::new_err(message(&error, location)),
        massmap::Error::UnexpectedType { role: "key", .. } => {
            KeyTypeError::new_err(message(&error, location))
        }
        massmap::Error::UnexpectedType { .. } => ValueTypeError::new_err(message(&error, location)),
        massmap::Error::Value(ValueError::TooLarge { .. }) => DecodeError::new_err(message(&error, location)),
        massmap::Error::Value(ValueError::OutOfMemory(_))
        | massmap::Error::Read(ReadError::OutOfMemory { .. }) => {
            PyMemoryError::new_err(message(&error, location))
        }
        massmap::Error::Read(ReadError::HashFunction { .. } | ReadError::HashMismatch { .. }) => {
            HashError::new_err(message(&error, location))
        }
        massmap::Error::Read(_) | massmap::Error::Format(_) | massmap::Error::Value(_) => {
            FormatError::new_err(message(&error, location))
        }
        massmap::Error::Remote(error) => remote::error::exception(error),
        massmap::Error::OptionsConflict { .. } => SettingError::new_err(message(&error, location)),
        massmap::Error::Write(error) => exception_of_build(error, location),
        error => Error::new_err(message(&error, location)),
    }
}

/// The exception for an error of a build or a merge.
fn exception_of_build(error: massmap::WriteError, location: Option<&Location>) -> PyErr {
    let is_duplicate = matches!(error, massmap::WriteError::DuplicateKey { .. });
    if system::number(&error).is_some() {
        return system_error(error.into(), location.and_then(Location::path));
    }
    let error = io::Error::from(error);
    let message = message(&error, location);
    match error.kind() {
        _ if is_duplicate => DuplicateKeyError::new_err(message),
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => SettingError::new_err(message),
        io::ErrorKind::OutOfMemory => PyMemoryError::new_err(message),
        _ => Error::new_err(message),
    }
}

/// The exception for a file that cannot be opened, read or replaced.
fn exception_of_file(error: IoError, location: Option<&Location>) -> PyErr {
    match &error {
        IoError::UnexpectedEnd { .. } => FormatError::new_err(message(&error, location)),
        IoError::OutOfMemory { .. } => PyMemoryError::new_err(message(&error, location)),
        IoError::Changed { .. } => ReplacedError::new_err(message(&error, None)),
        IoError::DirectRefused { path } if path.is_dir() => system::is_directory(path),
        IoError::DirectRefused { path } => SettingError::new_err(format!(
            "{}: its file system cannot read files without the page cache: leave out direct=True",
            path.display()
        )),
        // A directory opens, but the system does not map it.
        IoError::Open { path, .. } if path.is_dir() => system::is_directory(path),
        IoError::Open { path, .. } | IoError::Unwritable { path, .. } | IoError::Publish { path, .. } => {
            let path = path.clone();
            system_error(error.into(), Some(&path))
        }
        IoError::IsDirectory { path } => system::is_directory(path),
        _ => system_error(error.into(), location.and_then(Location::path)),
    }
}

/// Whether `error`, or what it comes from, is a checksum that does not match.
fn is_checksum(error: &massmap::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error {
        massmap::Error::Format(error) => Some(error),
        massmap::Error::Read(error) => Some(error),
        _ => None,
    };
    while let Some(error) = cause {
        let damage = match error.downcast_ref::<ReadError>() {
            Some(ReadError::Format(damage)) => Some(damage),
            _ => error.downcast_ref::<Damage>(),
        };
        if let Some(
            Damage::HeaderChecksum { .. }
            | Damage::SectionChecksum { .. }
            | Damage::BlockChecksum { .. }
            | Damage::PageChecksum { .. },
        ) = damage
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The message of an error with those of its causes, behind the name of the file, in terms of keyword arguments.
fn message(error: &(dyn std::error::Error + 'static), location: Option<&Location>) -> String {
    let mut message = match location {
        Some(location) => format!("{location}: {error}"),
        None => error.to_string(),
    };
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Some errors show their cause themselves.
        if !message.ends_with(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    with_keywords(&message)
}

/// The exception of a system call that has failed for the file at `path`.
pub(crate) fn io_exception(error: io::Error, path: Option<&Path>) -> PyErr {
    match massmap::Error::from(error) {
        massmap::Error::Io(error) => system_error(error, path),
        error => exception(error),
    }
}

/// The exception for an input that cannot be read: an `OSError` if the system says so.
pub(crate) fn input_exception(error: &massmap_data::InputError) -> PyErr {
    match system::number(error) {
        Some(number) => system::numbered(number, error.input().map(Path::new)),
        None => InputError::new_err(with_keywords(&error.message())),
    }
}
