//! Types of keys and values that are not given: those of the first entry.

use massmap::{IntegerType, Schema};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyMemoryView, PyString, PyTuple};

use crate::build::types;

/// How deep tuples nest at most of which the elements decide.
const MAX_DEPTH: usize = 16;

/// What values like `object` are: `i64` for an ``int``, `f64` for a ``float``, string, bytes and bool for those of Python, the same type
/// for a scalar of NumPy, a sequence for an array of one dimension, a tuple for a tuple, and any for everything else.
pub(super) fn infer(object: &Bound<'_, PyAny>) -> PyResult<Schema> {
    infer_at(object, MAX_DEPTH)
}

fn infer_at(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Schema> {
    // Those of NumPy first: some of them are of the types of Python as well.
    if let Some(schema) = of_numpy(object)? {
        return Ok(schema);
    }
    Ok(if object.is_instance_of::<PyBool>() {
        Schema::Bool
    } else if object.is_instance_of::<PyInt>() {
        Schema::Integer(IntegerType::I64)
    } else if object.is_instance_of::<PyFloat>() {
        Schema::F64
    } else if object.is_instance_of::<PyString>() {
        Schema::String
    } else if object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyMemoryView>()
    {
        Schema::Bytes(None)
    } else if let (Ok(tuple), Some(depth)) = (object.cast::<PyTuple>(), depth.checked_sub(1))
        && !tuple.is_empty()
    {
        let elements = tuple.iter().map(|element| infer_at(&element, depth));
        Schema::Tuple(elements.collect::<PyResult<_>>()?)
    } else {
        Schema::Any
    })
}

/// The type of a scalar of NumPy, or of an array of one dimension.
fn of_numpy(object: &Bound<'_, PyAny>) -> PyResult<Option<Schema>> {
    let py = object.py();
    let Some(kind) = object.getattr_opt("dtype")? else {
        return Ok(None);
    };
    let Some(dimensions) = object.getattr_opt("ndim")? else {
        return Ok(None);
    };
    let Ok(scalar) = types::of_object("dtype", &kind) else {
        // Strings and bytes, whose types have lengths in their names, are those of Python, too.
        return Ok(None);
    };
    Ok(match dimensions.extract::<usize>() {
        Ok(0) => Some(scalar),
        Ok(1) if object.is_instance(&py.import("numpy")?.getattr("ndarray")?)? => {
            Some(Schema::Sequence(Box::new(scalar), None))
        }
        _ => None,
    })
}
