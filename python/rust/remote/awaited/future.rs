//! Futures of asyncio.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Makes the object that is awaited.
pub(super) type Answer = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// Who awaits an answer.
#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) event_loop: Py<PyAny>,
    pub(super) future: Py<PyAny>,
}

impl Recipient {
    /// A new future of the event loop of the calling coroutine.
    ///
    /// # Errors
    ///
    /// `RuntimeError` if there is none.
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let event_loop = GET.import(py, "asyncio", "get_running_loop")?.call0()?;
        Ok(Self {
            future: event_loop.call_method0("create_future")?.unbind(),
            event_loop: event_loop.unbind(),
        })
    }

    /// Gives the future its result, unless it has one or was cancelled.
    pub(super) fn set(&self, py: Python<'_>, result: PyResult<Py<PyAny>>) -> PyResult<()> {
        let future = self.future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        match result {
            Ok(value) => future.call_method1("set_result", (value,))?,
            Err(error) => future.call_method1("set_exception", (error.into_value(py),))?,
        };
        Ok(())
    }
}
