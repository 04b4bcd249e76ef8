//! Values as Python objects.

use massmap::dynamic::Value;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::error::Error;

/// The object for `value`.
pub(crate) fn to_object(py: Python<'_>, value: &Value) -> PyResult<Py<PyAny>> {
    if let Some(integer) = value.as_i64() {
        return integer.into_py_any(py);
    }
    if let Some(string) = value.as_str() {
        return string.into_py_any(py);
    }
    Err(Error::new_err("no value"))
}
