//! Values in an array of NumPy.

use massmap::{RecordCodec, Schema};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyList};

use super::dtype::dtype;
use super::keys::keys_of;
use super::schema::value_schema;
use crate::map::opened::Opened;

/// The values of `keys`, and which of them were found.
pub(super) fn get_many<'py>(
    py: Python<'py>,
    opened: &Opened,
    keys: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let map = &opened.map;
    let numpy = py.import("numpy")?;
    let schema = value_schema(map);
    let keys = keys_of(keys, opened)?;
    let schema = schema.as_schema();
    if *schema == Schema::Never {
        // No value tells what values would be: an array of nothing.
        let values = numpy.call_method1("zeros", (keys.len(), PyList::empty(py)))?;
        return Ok((values, numpy.call_method1("zeros", (keys.len(), "?"))?));
    }
    let dtype = numpy.call_method1("dtype", (dtype(py, schema)?,))?;
    let codec = RecordCodec::new(schema).filter(|codec| codec.width() > 0);
    let codec =
        codec.ok_or_else(|| PyTypeError::new_err("the values of this map take no space: use get_many"))?;
    let width = codec.width();
    let length = width
        .checked_mul(keys.len())
        .ok_or_else(|| PyOverflowError::new_err("too many keys for memory: look up fewer at once"))?;
    let mut are_found = vec![0u8; keys.len()];
    let values = PyByteArray::new_with(py, length, |values| {
        let found = py.detach(|| {
            keys.find(|number, value| {
                value.write_record(&codec, &mut values[number * width..][..width])?;
                are_found[number] = 1;
                Ok(())
            })
        });
        found.map_err(|error| opened.exception(error))
    })?;
    let are_found = PyByteArray::new(py, &are_found);
    if length == 0 {
        // `frombuffer` refuses what is empty.
        return Ok((
            numpy.call_method1("empty", (0, dtype))?,
            numpy.call_method1("empty", (0, "?"))?,
        ));
    }
    Ok((
        numpy.call_method1("frombuffer", (values, dtype))?,
        numpy.call_method1("frombuffer", (are_found, "?"))?,
    ))
}
