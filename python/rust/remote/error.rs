//! Exceptions of stores.

use std::io::{Error, ErrorKind};

use massmap::remote::RemoteError;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyPermissionError, PyTimeoutError};
use pyo3::prelude::*;

use crate::error::{ReplacedError, SettingError};

/// The exception for what a store has not done.
pub(crate) fn exception(error: RemoteError) -> PyErr {
    let message = with_causes(&error);
    match &error {
        RemoteError::Changed { .. } => ReplacedError::new_err(message),
        RemoteError::Url { .. }
        | RemoteError::UnknownVersion { .. }
        | RemoteError::FeatureOff { .. }
        | RemoteError::NotWritable { .. } => SettingError::new_err(message),
        RemoteError::Store { location, .. }
        | RemoteError::TimedOut { location, .. }
        | RemoteError::Write { location, .. } => {
            let of = |number: i32| (number, message, location.clone());
            match Error::from(error.clone()).kind() {
                ErrorKind::NotFound => PyFileNotFoundError::new_err(of(libc::ENOENT)),
                ErrorKind::PermissionDenied => PyPermissionError::new_err(of(libc::EACCES)),
                ErrorKind::TimedOut => PyTimeoutError::new_err(of(libc::ETIMEDOUT)),
                _ => PyOSError::new_err(of(libc::EIO)),
            }
        }
        _ => PyOSError::new_err(message),
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
