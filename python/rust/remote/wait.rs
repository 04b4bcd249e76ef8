//! Waits that Ctrl-C ends.

use std::io::{Error, ErrorKind, Result};
use std::pin::pin;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::time::timeout;

use super::process::runtime;

/// Time between two looks for signals.
const PERIOD: Duration = Duration::from_millis(50);

/// Waits until `future` is ready, without the GIL.
///
/// # Errors
///
/// The exception of a signal, such as `KeyboardInterrupt`; that of a runtime that cannot be started.
pub(crate) fn wait<F: Future<Output: Send> + Send>(py: Python<'_>, future: F) -> PyResult<F::Output> {
    let runtime = runtime::handle()?;
    let mut future = pin!(future);
    loop {
        let future = future.as_mut();
        let waited = py.detach(|| runtime.block_on(async { timeout(PERIOD, future).await }));
        match waited {
            Ok(output) => return Ok(output),
            Err(_) => py.check_signals()?,
        }
    }
}

/// Fails if Python has a signal to handle, with an error that holds its exception.
pub(crate) fn check_signals() -> Result<()> {
    match Python::try_attach(|py| py.check_signals()) {
        Some(Err(exception)) => Err(Error::new(ErrorKind::Interrupted, exception)),
        _ => Ok(()),
    }
}
