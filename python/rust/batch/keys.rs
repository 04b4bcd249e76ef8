//! The keys of a batch, which are looked up without the GIL.

mod arrow;
mod collected;
mod integers;
mod numpy;
mod objects;
mod pieces;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::map::opened::Opened;

pub(super) use collected::Keys;

/// The keys in `object`: an iterable of keys, or an array of NumPy or Arrow.
pub(super) fn keys_of<'m>(object: &Bound<'_, PyAny>, opened: &'m Opened) -> PyResult<Keys<'m>> {
    let mut keys = Keys::new(opened)?;
    if let Some(array) = numpy::as_array(object)? {
        keys.add_numpy(&array)?;
    } else if let Some(chunks) = arrow::as_chunks(object)? {
        keys.add_arrow(&chunks)?;
    } else {
        // Their parts are keys too, but hardly those that are meant.
        if object.is_instance_of::<PyString>()
            || object.is_instance_of::<PyBytes>()
            || object.is_instance_of::<PyByteArray>()
        {
            let kind = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "keys is a single {kind}: put it into a list"
            )));
        }
        keys.add_objects(object)?;
    }
    Ok(keys)
}

/// The same in MessagePack; `None` for those that the map cannot have.
pub(crate) fn encoded_keys(opened: &Opened, object: &Bound<'_, PyAny>) -> PyResult<Vec<Option<Vec<u8>>>> {
    let encoded = keys_of(object, opened)?.encoded();
    encoded.map_err(|error| opened.exception(error))
}
