//! Objects that are bytes.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Calls `f` with the bytes that `object` has: `bytes`, `bytearray`, a `memoryview` of bytes, an array of them. `None` if it has none.
pub(crate) fn with_bytes<T>(object: &Bound<'_, PyAny>, f: impl FnOnce(&[u8]) -> T) -> PyResult<Option<T>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(f(bytes.as_bytes())));
    }
    let buffer = match PyBuffer::<u8>::get(object) {
        Ok(buffer) if buffer.dimensions() == 1 => buffer,
        _ => return Ok(None),
    };
    // Copied, since whoever else has the buffer may change it.
    Ok(Some(f(&buffer.to_vec(object.py())?)))
}
