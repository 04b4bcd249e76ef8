//! Futures of asyncio.

use std::io;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::task::AbortHandle;

use super::delivery::{Answer, Recipient};
use crate::remote::process::runtime;

/// A future that is done already.
pub(super) fn done<'py>(py: Python<'py>, result: PyResult<Py<PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let future = running_loop(py)?.call_method0("create_future")?;
    set(py, &future, result)?;
    Ok(future)
}

/// A future for what `convert` makes of the result of `reads`, which run on the runtime. Cancelling it ends them.
pub(super) fn spawn<'py, T: Send + 'static>(
    py: Python<'py>,
    reads: impl Future<Output = io::Result<T>> + Send + 'static,
    convert: impl FnOnce(Python<'_>, io::Result<T>) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let event_loop = running_loop(py)?;
    let future = event_loop.call_method0("create_future")?;
    let recipient = Recipient {
        event_loop: event_loop.unbind(),
        future: future.clone().unbind(),
    };
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

/// Gives a future its result, unless it has one or was cancelled.
pub(super) fn set(py: Python<'_>, future: &Bound<'_, PyAny>, result: PyResult<Py<PyAny>>) -> PyResult<()> {
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    match result {
        Ok(value) => future.call_method1("set_result", (value,))?,
        Err(error) => future.call_method1("set_exception", (error.into_value(py),))?,
    };
    Ok(())
}

/// The event loop of the calling coroutine.
fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
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
