//! Opened maps.

pub(crate) mod open;
pub(crate) mod opened;
pub(crate) mod reader;

use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;

use crate::convert::{key, value};
use crate::error::exception;

use opened::Opened;

/// An opened map, which is a `collections.abc.Mapping`.
#[pyclass(frozen, mapping, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Map {
    /// `None` once it is closed. The lock is held for no longer than it takes to clone what is in it.
    opened: RwLock<Option<Arc<Opened>>>,
}

impl Map {
    pub(crate) fn new(opened: Opened) -> Self {
        Self {
            opened: RwLock::new(Some(Arc::new(opened))),
        }
    }

    /// What is open: to be called first by whatever reads.
    ///
    /// # Errors
    ///
    /// `ValueError` once the map is closed, as for files.
    pub(crate) fn opened(&self) -> PyResult<Arc<Opened>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        match &*opened {
            Some(opened) => Ok(Arc::clone(opened)),
            None => Err(PyValueError::new_err("the map is closed")),
        }
    }
}

#[pymethods]
impl Map {
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        match self.opened()?.map.get(key::of_object(key)?).map_err(exception)? {
            Some(found) => value::to_object(py, &found),
            None => Err(PyKeyError::new_err(key.clone().unbind())),
        }
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(usize::try_from(self.opened()?.map.len())?)
    }
}
