//! Answers of lookups.

use std::io;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use pyo3::prelude::*;
use tokio::task::AbortHandle;

use super::future::{Answer, Recipient};
use crate::remote::process::runtime;

/// A future that is done already.
pub(super) fn done<'py>(py: Python<'py>, result: PyResult<Py<PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let recipient = Recipient::new(py)?;
    recipient.set(py, result)?;
    Ok(recipient.future.into_bound(py))
}

/// A future for what `convert` makes of the result of `reads`, which run on the runtime. Cancelling it ends them.
pub(super) fn spawn<'py, T: Send + 'static>(
    py: Python<'py>,
    reads: impl Future<Output = io::Result<T>> + Send + 'static,
    convert: impl FnOnce(Python<'_>, io::Result<T>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let recipient = Recipient::new(py)?;
    let future = recipient.future.bind(py).clone();
    let delivery = runtime::delivery()?;
    let task = runtime::handle()?.spawn(async move {
        // Whoever awaits a task that has panicked would wait forever.
        let result = AssertUnwindSafe(reads).catch_unwind().await;
        let result = result.unwrap_or_else(|_| Err(io::Error::other("massmap has failed: please report it")));
        let answer: Answer = Box::new(move |py| convert(py, result));
        delivery.deliver(recipient, answer);
    });
    let canceller = Canceller {
        task: task.abort_handle(),
    };
    future.call_method1("add_done_callback", (canceller,))?;
    Ok(future)
}

/// Ends the reads of a future that was cancelled.
#[pyclass(frozen, module = "massmap")]
#[derive(Debug)]
struct Canceller {
    task: AbortHandle,
}

#[pymethods]
impl Canceller {
    /// Is called with a future that is done.
    fn __call__(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        if future.call_method0("cancelled")?.is_truthy()? {
            self.task.abort();
        }
        Ok(())
    }
}
