//! Values in a list.

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::found::Found;
use super::keys::keys_of;
use crate::map::opened::Opened;

/// The value of each of `keys`, or `default`.
pub(crate) fn get_many<'py>(
    py: Python<'py>,
    opened: &Opened,
    keys: &Bound<'py, PyAny>,
    default: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let keys = keys_of(keys, opened)?;
    let found = py
        .detach(|| Found::look_up(&keys))
        .map_err(|error| opened.exception(error))?;
    let default = default.unwrap_or_else(|| py.None().into_bound(py));
    let mut values = Vec::with_capacity(keys.len());
    for encoded in found.iter() {
        values.push(match encoded {
            Some(encoded) => opened.value(py, encoded)?.into_bound(py),
            None => default.clone(),
        });
    }
    PyList::new(py, values)
}
