//! Values in a column of Arrow.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, ArrayRef};
use massmap_data::ValueColumn;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::found::Found;
use super::keys::keys_of;
use super::schema::value_schema;
use crate::error::Error;
use crate::map::opened::Opened;

/// The values of `keys`, null where the map has none.
pub(super) fn get_many<'py>(
    py: Python<'py>,
    opened: &Opened,
    keys: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let pyarrow = py.import("pyarrow")?;
    let keys = keys_of(keys, opened)?;
    let schema = value_schema(&opened.map);
    let column = py.detach(|| -> PyResult<ArrayRef> {
        let found = Found::look_up(&keys).map_err(|error| opened.exception(error))?;
        let mut column = ValueColumn::new(&schema).map_err(refused)?;
        for encoded in found.iter() {
            column.append(encoded).map_err(refused)?;
        }
        column.finish().map_err(refused)
    })?;
    pyarrow.call_method1("array", (Column(column),))
}

fn refused(error: massmap_data::ExportError) -> PyErr {
    Error::new_err(error.to_string())
}

/// A column that pyarrow takes by the C data interface.
#[pyclass(frozen)]
struct Column(ArrayRef);

#[pymethods]
impl Column {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // The protocol leaves it to the producer whether it casts.
        drop(requested_schema);
        let data = self.0.to_data();
        let schema = FFI_ArrowSchema::try_from(data.data_type())
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((
            PyCapsule::new_with_value(py, schema, c"arrow_schema")?,
            PyCapsule::new_with_value(py, FFI_ArrowArray::new(&data), c"arrow_array")?,
        ))
    }
}
