//! Keys of lookups, of Python objects.

use massmap::dynamic::Value;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::KeyTypeError;

/// The key that `object` stands for.
pub(crate) fn of_object(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(string) = object.cast::<PyString>() {
        return Ok(string.to_str()?.into());
    }
    if let Ok(integer) = object.extract::<i64>() {
        return Ok(integer.into());
    }
    if let Ok(integer) = object.extract::<u64>() {
        return Ok(integer.into());
    }
    Err(KeyTypeError::new_err("no key"))
}
