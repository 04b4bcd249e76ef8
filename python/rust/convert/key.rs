//! Keys of lookups, of Python objects.

use massmap::dynamic::Value;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::bytes::with_bytes;
use crate::error::KeyTypeError;

/// How deep tuples and lists of a key nest at most. Types of keys nest less deep.
const MAX_DEPTH: usize = 32;

/// The integer that `key` is; `None` if it is one that a `T` has no place for.
///
/// # Errors
///
/// `KeyTypeError` if it is none. Booleans are none, though Python counts them among the integers.
#[inline]
pub(crate) fn integer<T>(key: &Bound<'_, PyAny>) -> PyResult<Option<T>>
where
    T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr>,
{
    if !key.is_exact_instance_of::<PyInt>() && !is_integer(key) {
        return Err(wrong_type(key, "integers"));
    }
    match key.extract::<T>() {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyOverflowError>(key.py()) => Ok(None),
        // What has `__index__` need not be an integer, such as an array.
        Err(error) if error.is_instance_of::<PyTypeError>(key.py()) => Err(wrong_type(key, "integers")),
        Err(error) => Err(error),
    }
}

/// Whether `object` is an integer, of Python or of NumPy.
fn is_integer(object: &Bound<'_, PyAny>) -> bool {
    if object.is_instance_of::<PyBool>() {
        return false;
    }
    object.is_instance_of::<PyInt>() || object.getattr("__index__").is_ok()
}

/// The string that `key` is; `None` if it is one that is not UTF-8.
///
/// # Errors
///
/// `KeyTypeError` if it is none.
pub(crate) fn text<'k>(key: &'k Bound<'_, PyAny>) -> PyResult<Option<&'k str>> {
    let Ok(text) = key.cast::<PyString>() else {
        return Err(wrong_type(key, "strings"));
    };
    // Surrogates have no place in UTF-8.
    Ok(text.to_str().ok())
}

/// Calls `f` with the bytes that `key` is.
///
/// # Errors
///
/// `KeyTypeError` if it is none, and those of `f`.
pub(crate) fn bytes<T>(key: &Bound<'_, PyAny>, f: impl FnOnce(&[u8]) -> PyResult<T>) -> PyResult<T> {
    with_bytes(key, f)?.unwrap_or_else(|| Err(wrong_type(key, "bytes")))
}

/// A key of any type.
#[derive(Debug)]
pub(crate) struct AnyKey {
    pub(crate) value: Value,
    /// Whether something in it has no place in any map, an integer of more than 128 bits or a string that is not UTF-8. Then another one
    /// stands there, so that the types of everything can still be checked.
    pub(crate) is_missing: bool,
}

impl AnyKey {
    /// The key that `object` stands for.
    ///
    /// # Errors
    ///
    /// `KeyTypeError` if it is none.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut is_missing = false;
        let value = any(object, &mut is_missing, 0)?;
        Ok(Self { value, is_missing })
    }
}

fn any(object: &Bound<'_, PyAny>, is_missing: &mut bool, depth: usize) -> PyResult<Value> {
    if depth > MAX_DEPTH {
        return Err(KeyTypeError::new_err(format!(
            "the key nests deeper than {MAX_DEPTH}, and no key of any map does"
        )));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(value.is_true().into());
    }
    if let Ok(text) = object.cast::<PyString>() {
        *is_missing |= text.to_str().is_err();
        return Ok(text.to_str().unwrap_or_default().into());
    }
    if let Ok(value) = object.cast::<PyFloat>() {
        return Ok(value.value().into());
    }
    if is_integer(object)
        && let Some(value) = any_integer(object, is_missing)?
    {
        return Ok(value);
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        let elements = tuple.iter().map(|element| any(&element, is_missing, depth + 1));
        return Ok(Value::Array(elements.collect::<PyResult<_>>()?));
    }
    if let Ok(list) = object.cast::<PyList>() {
        let elements = list.iter().map(|element| any(&element, is_missing, depth + 1));
        return Ok(Value::Array(elements.collect::<PyResult<_>>()?));
    }
    if let Some(bytes) = with_bytes(object, |bytes| Value::Bytes(bytes.to_vec()))? {
        return Ok(bytes);
    }
    // Scalars of NumPy that are none of these, such as its booleans.
    let scalar = match object.getattr_opt("item")? {
        Some(item) if object.hasattr("dtype")? => item.call0()?,
        _ => return Err(wrong_type(object, "none of these")),
    };
    match scalar.get_type().is(object.get_type()) {
        false => any(&scalar, is_missing, depth + 1),
        true => Err(wrong_type(object, "none of these")),
    }
}

/// `None` if it is none after all.
fn any_integer(object: &Bound<'_, PyAny>, is_missing: &mut bool) -> PyResult<Option<Value>> {
    match object.extract::<i128>() {
        Ok(value) => return Ok(Some(value.into())),
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {}
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => return Ok(None),
        Err(error) => return Err(error),
    }
    if let Ok(value) = object.extract::<u128>() {
        return Ok(Some(value.into()));
    }
    *is_missing = true;
    Ok(Some(0.into()))
}

/// The error of a key of another type than the keys of the map.
#[cold]
pub(crate) fn wrong_type(key: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let found = key.get_type();
    match found.fully_qualified_name() {
        Ok(found) => KeyTypeError::new_err(format!(
            "the key is of the type {found}, and the keys of the map are {expected}"
        )),
        Err(error) => error,
    }
}
