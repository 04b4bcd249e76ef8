//! Errors of the operating system.

use std::error::Error;
use std::io;
use std::path::Path;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use super::with_keywords;

/// The `OSError` for `error`, with the number, the words and the path that Python's own functions give; the
/// exception itself, if it is one of Python that has ended a read.
pub(super) fn system_error(error: io::Error, path: Option<&Path>) -> PyErr {
    let error = match error.downcast::<PyErr>() {
        Ok(exception) => return exception,
        Err(error) => error,
    };
    match number_of(&error) {
        Some(number) => numbered(number, path),
        None => PyOSError::new_err(with_keywords(&error.to_string())),
    }
}

/// The error of a path that is a directory.
pub(super) fn is_directory(path: &Path) -> PyErr {
    /// `EISDIR`, which is the same on Linux, macOS and Windows.
    const IS_DIRECTORY: i32 = 21;
    numbered(IS_DIRECTORY, Some(path))
}

/// Python chooses the subclass by the number.
pub(super) fn numbered(number: i32, path: Option<&Path>) -> PyErr {
    Python::attach(|py| {
        let words = py
            .import("os")
            .and_then(|os| os.call_method1("strerror", (number,)))
            .and_then(|words| words.extract::<String>());
        match (words, path) {
            (Ok(words), Some(path)) => PyOSError::new_err((number, words, path.as_os_str().to_owned())),
            (Ok(words), None) => PyOSError::new_err((number, words)),
            (Err(error), _) => error,
        }
    })
}

/// The number that the system gave an error, or one that it comes from.
pub(super) fn number(error: &(dyn Error + 'static)) -> Option<i32> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(number) = error.downcast_ref::<io::Error>().and_then(number_of) {
            return Some(number);
        }
        cause = error.source();
    }
    None
}

fn number_of(error: &io::Error) -> Option<i32> {
    let payload = || number(error.get_ref()?);
    error.raw_os_error().or_else(payload)
}
