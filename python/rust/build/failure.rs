//! Exceptions of builds.

use std::error::Error;
use std::io;
use std::path::Path;

use massmap::{Schema, WriteError};
use massmap_data::{InputError, Location};
use pyo3::prelude::*;

use super::items::Interrupted;
use super::settings::DUPLICATES_ADVICE;
use crate::convert::decode::Decoder;
use crate::convert::shape::Shape;
use crate::error::{DuplicateKeyError, KeyTypeError, ValueTypeError, exception_at, input_exception};

/// How much memory the key of an error may take.
const KEY_LIMIT: usize = 1 << 20;

/// The exception for an error of building the file at `path`. `key` is what the keys are, if that is known.
pub(super) fn exception(py: Python<'_>, error: io::Error, path: &Path, key: Option<&Schema>) -> PyErr {
    if let Some(error) = cause::<InputError>(&error) {
        return input_exception(error);
    }
    if let Some(interrupted) = cause::<Interrupted>(&error) {
        let item = match cause::<WriteError>(&error) {
            Some(WriteError::Source { ordinal, .. }) => format!("item {ordinal}: "),
            _ => String::new(),
        };
        match interrupted {
            Interrupted::Key(cause) => {
                return KeyTypeError::new_err(format!("{item}the key does not fit: {cause}"));
            }
            Interrupted::Value(cause) => {
                return ValueTypeError::new_err(format!("{item}the value does not fit: {cause}"));
            }
            Interrupted::NoMore => {}
        }
    }
    if let Some(WriteError::DuplicateKey { key: shown, encoded }) = cause(&error) {
        let message = format!("several entries have the key {shown}; {DUPLICATES_ADVICE}");
        return duplicate(py, message, encoded, key);
    }
    exception_at(error.into(), &Location::Path(path.to_owned()))
}

/// The `DuplicateKeyError` with this message and key.
pub(super) fn duplicate(py: Python<'_>, message: String, encoded: &[u8], key: Option<&Schema>) -> PyErr {
    let exception = DuplicateKeyError::new_err(message);
    let shape = Shape::new(py, key.unwrap_or(&Schema::Any));
    // Without it, the message still shows the key.
    if let Ok(object) = Decoder::of_keys(shape, true).decode(py, encoded, KEY_LIMIT) {
        _ = exception.value(py).setattr("key", object);
    }
    exception
}

/// The key that several entries have, if that is the error.
pub(super) fn duplicate_key(error: &io::Error) -> Option<&[u8]> {
    match cause::<WriteError>(error)? {
        WriteError::DuplicateKey { encoded, .. } => Some(encoded),
        _ => None,
    }
}

/// The error of this type that `error` is or comes from.
fn cause<E: Error + 'static>(error: &io::Error) -> Option<&E> {
    let mut cause = error.get_ref()? as &(dyn Error + 'static);
    loop {
        match cause.downcast_ref::<E>() {
            Some(error) => return Some(error),
            None => cause = cause.source()?,
        }
    }
}
