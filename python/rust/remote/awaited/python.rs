//! What Python sees of lookups that are awaited.

use pyo3::prelude::*;

use super::lookup;
use crate::map::Map;

#[pymethods]
impl Map {
    /// An awaitable for the value of `key`, or for `default` if the map does not have it. Cancelling it cancels the read.
    ///
    /// Maps at URLs are read by one thread for all of them, so that any number of lookups can be awaited at once. Files of this machine are
    /// read at once, by the thread of the event loop.
    ///
    /// >>> massmap.build("squares.massmap", ((number, number**2) for number in range(1000))).entries
    /// 1000
    /// >>> async def look_up():
    /// ...     squares = massmap.open("squares.massmap")
    /// ...     return await squares.aget(7), await squares.aget_many([8, 1000]), await squares.acontains(9)
    /// >>> import asyncio
    /// >>> asyncio.run(look_up())
    /// (49, [64, None], True)
    #[pyo3(signature = (key, default = None, /))]
    fn aget<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        lookup::get(py, self.opened()?, key, default.unwrap_or_else(|| py.None()))
    }

    /// An awaitable for whether the map has `key`, as :meth:`aget` is one for its value.
    fn acontains<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        lookup::contains(py, self.opened()?, key)
    }

    /// An awaitable for a list of the values of `keys`, which may be whatever :meth:`get_many` takes, in their order, with `default` in
    /// place of those that are missing. Pages at a URL are read with many requests in flight, and neighbours with one.
    #[pyo3(signature = (keys, default = None))]
    fn aget_many<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyAny>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        lookup::get_many(py, self.opened()?, keys, default.unwrap_or_else(|| py.None()))
    }
}
