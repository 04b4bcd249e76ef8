//! Opened maps.

use std::path::PathBuf;

use massmap::{OpenOptions, UntypedMap};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

use crate::convert::{key, value};
use crate::error::exception;

/// An opened map, which is a `collections.abc.Mapping`.
#[pyclass(frozen, mapping, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Map {
    map: UntypedMap,
}

#[pymethods]
impl Map {
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        match self.map.get(key::of_object(key)?).map_err(exception)? {
            Some(found) => value::to_object(py, &found),
            None => Err(PyKeyError::new_err(key.clone().unbind())),
        }
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(usize::try_from(self.map.len())?)
    }
}

/// Opens the map in a file.
#[pyfunction]
pub(crate) fn open(py: Python<'_>, path: PathBuf) -> PyResult<Map> {
    let map = py.detach(|| OpenOptions::new().open_untyped(path)).map_err(exception)?;
    Ok(Map { map })
}
