//! Exceptions of stores.

use std::io::{Error, ErrorKind};

use massmap::remote::RemoteError;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyPermissionError, PyTimeoutError};
use pyo3::prelude::*;

use crate::error::{ReplacedError, SettingError};

/// The exception that `error` holds, or that its error of a store stands for; the error itself if it is of neither kind.
pub(crate) fn exception(error: Error) -> Result<PyErr, Error> {
    let error = match error.downcast::<PyErr>() {
        Ok(exception) => return Ok(exception),
        Err(error) => error,
    };
    let Some(store) = error
        .get_ref()
        .and_then(|payload| payload.downcast_ref::<RemoteError>())
    else {
        return Err(error);
    };
    let message = with_causes(store);
    Ok(match store {
        RemoteError::Changed { .. } => ReplacedError::new_err(message),
        RemoteError::Url { .. } | RemoteError::UnknownVersion { .. } | RemoteError::FeatureOff { .. } => {
            SettingError::new_err(message)
        }
        RemoteError::Store { location, .. } | RemoteError::TimedOut { location, .. } => {
            of_kind(error.kind(), message, location)
        }
        _ => PyOSError::new_err(message),
    })
}

/// The exception of the system for what a store has not done.
fn of_kind(kind: ErrorKind, message: String, location: &str) -> PyErr {
    let of = |number: i32| (number, message.clone(), location.to_owned());
    match kind {
        ErrorKind::NotFound => PyFileNotFoundError::new_err(of(libc::ENOENT)),
        ErrorKind::PermissionDenied => PyPermissionError::new_err(of(libc::EACCES)),
        ErrorKind::TimedOut => PyTimeoutError::new_err(of(libc::ETIMEDOUT)),
        _ => PyOSError::new_err(of(libc::EIO)),
    }
}

/// The message of an error and those of its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Errors of stores tend to repeat what they come from.
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}
