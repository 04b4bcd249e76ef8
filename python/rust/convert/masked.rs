//! Arrays of NumPy of which some elements have no value.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyTuple};

/// Whether an object is a masked array, or an element of one that has no value.
pub(crate) fn is_masked(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    // To look for an attribute that is not there takes longer than all the rest of encoding these.
    let is_common = object.is_exact_instance_of::<PyInt>()
        || object.is_exact_instance_of::<PyDict>()
        || object.is_exact_instance_of::<PyList>()
        || object.is_exact_instance_of::<PyTuple>();
    Ok(!is_common && object.hasattr("filled")? && object.hasattr("mask")?)
}
