//! Lookups of many keys at once.

mod arrow;
mod dtype;
mod found;
mod keys;
mod list;
mod numpy;
mod schema;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::map::Map;
pub(crate) use keys::encoded_keys;
pub(crate) use list::get_many;

#[pymethods]
impl Map {
    /// Returns the value of each of `keys`, in their order; `default` for keys that the map does not have.
    ///
    /// `keys` may be any iterable of keys, a NumPy array, or an Arrow array or chunked array. All of them are looked up at once: in
    /// mapped files the lookups overlap, in others each page is read once, and other threads run meanwhile. NumPy's byte strings (`S`)
    /// have no zeros at their ends: keys that have some are looked up as a list, or as an array of NumPy's type `V`.
    ///
    /// >>> _ = massmap.build("prices.massmap", {"apple": 3, "fig": 5})
    /// >>> prices = massmap.open("prices.massmap")
    /// >>> prices.get_many(["apple", "grape", "fig"])
    /// [3, None, 5]
    /// >>> prices.get_many(["grape"], 0)
    /// [0]
    #[pyo3(signature = (keys, default = None))]
    fn get_many<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        list::get_many(py, &*self.opened()?, keys, default)
    }

    /// Returns the values of `keys` as a NumPy array, and an array that tells which of the keys were found. Rows of others are zeros.
    ///
    /// `keys` may be whatever `get_many` takes; no Python object is made for each if it is an array. Integers of any type are keys,
    /// and those that are out of the range of the map's keys are not found.
    ///
    /// For values of a fixed width: booleans, integers and floats, bytes that all have the same length, and structs, tuples and arrays of
    /// these. Structs are rows of a structured array with the names of the fields, tuples with the names `f0`, `f1` and so on. A map
    /// with other values raises a `TypeError`: `get_many_arrow` takes these.
    ///
    /// >>> _ = massmap.build("prices.massmap", {"apple": 3, "fig": 5})
    /// >>> values, found = massmap.open("prices.massmap").get_many_numpy(["apple", "grape", "fig"])
    /// >>> values.tolist(), found.tolist()
    /// ([3, 0, 5], [True, False, True])
    fn get_many_numpy<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        numpy::get_many(py, &*self.opened()?, keys)
    }

    /// Returns the values of `keys` as a `pyarrow.Array`, in which those of keys that were not found are null.
    ///
    /// `keys` may be whatever `get_many` takes; no Python object is made for each if it is an Arrow array, such as a column of a
    /// `pyarrow.Table` or a Polars `Series`. Keys that are null are not found.
    ///
    /// The type of the array is that of the values: integers, floats, booleans, strings, bytes, lists, maps, and structs. Values that
    /// may be of several types are strings of JSON. `pyarrow.RecordBatch.from_struct_array` makes columns of structs.
    ///
    /// >>> _ = massmap.build("prices.massmap", {"apple": 3, "fig": 5})
    /// >>> prices = massmap.open("prices.massmap")
    /// >>> prices.get_many_arrow(["apple", "grape", "fig"]).to_pylist()
    /// [3, None, 5]
    fn get_many_arrow<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        arrow::get_many(py, &*self.opened()?, keys)
    }
}
