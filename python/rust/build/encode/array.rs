//! Sequences.

use std::ffi::CStr;

use massmap::dynamic::{SchemaMismatch, SchemaStep};
use massmap::{IntegerType, Schema};
use pyo3::buffer::{Element, PyBuffer};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PySequence, PyString, PyTuple};
use rmp::encode;

use super::output::{Encoder, INFALLIBLE, Result, Unfit, length, mismatch};
use crate::convert::bytes::with_bytes;
use crate::convert::masked::is_masked;

pub(super) fn sequence(
    schema: &Schema,
    element: &Schema,
    expected: Option<u32>,
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let check = |count: usize| match expected {
        Some(expected) if expected as usize != count => Err(wrong_length(schema, count)),
        _ => Ok(()),
    };
    if let Some(elements) = elements(object)? {
        check(elements.len())?;
        header(schema, elements.len(), encoder)?;
        for (number, object) in (0..).zip(&elements) {
            encoder
                .value(element, object)
                .map_err(|unfit| unfit.within(|| SchemaStep::Element(number)))?;
        }
        return Ok(());
    }
    if *element == Schema::Integer(IntegerType::U8)
        && let Some(written) = with_bytes(object, |bytes| {
            check(bytes.len())?;
            header(schema, bytes.len(), encoder)?;
            for byte in bytes {
                encode::write_uint(encoder, (*byte).into()).expect(INFALLIBLE);
            }
            Ok(())
        })?
    {
        return written;
    }
    if !is_array(object)? || is_masked(object)? {
        return Err(mismatch(schema, object));
    }
    macro_rules! buffer {
        ($type:ty, $write:ident) => {
            if let Some(values) = values::<$type>(object)? {
                check(values.len())?;
                header(schema, values.len(), encoder)?;
                for value in values {
                    encode::$write(encoder, value.into()).expect(INFALLIBLE);
                }
                return Ok(());
            }
        };
    }
    match element {
        Schema::F32 => buffer!(f32, write_f32),
        Schema::F64 => buffer!(f64, write_f64),
        Schema::Integer(IntegerType::U16) => buffer!(u16, write_uint),
        Schema::Integer(IntegerType::U32) => buffer!(u32, write_uint),
        Schema::Integer(IntegerType::U64) => buffer!(u64, write_uint),
        Schema::Integer(IntegerType::I8) => buffer!(i8, write_sint),
        Schema::Integer(IntegerType::I16) => buffer!(i16, write_sint),
        Schema::Integer(IntegerType::I32) => buffer!(i32, write_sint),
        Schema::Integer(IntegerType::I64) => buffer!(i64, write_sint),
        _ => {}
    }
    let elements = object.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    check(elements.len())?;
    header(schema, elements.len(), encoder)?;
    for (number, object) in (0..).zip(&elements) {
        encoder
            .value(element, object)
            .map_err(|unfit| unfit.within(|| SchemaStep::Element(number)))?;
    }
    Ok(())
}

/// The numbers of a buffer of one dimension whose type is this one.
fn values<T: Element>(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<T>>> {
    match PyBuffer::<T>::get(object) {
        Ok(buffer) if buffer.dimensions() == 1 && has_order_of_machine(buffer.format()) => {
            Ok(Some(buffer.to_vec(object.py())?))
        }
        _ => Ok(None),
    }
}

/// Whether the numbers of a buffer with this format have their bytes in the order of the machine, as the module `struct` writes it.
fn has_order_of_machine(format: &CStr) -> bool {
    match format.to_bytes().first() {
        Some(b'<') => cfg!(target_endian = "little"),
        Some(b'>' | b'!') => cfg!(target_endian = "big"),
        _ => true,
    }
}

/// The elements of a list, a tuple or another sequence; `None` if it is none, or is of numbers in a buffer, or of bytes or characters.
pub(super) fn elements<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(Some(list.iter().collect()));
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return Ok(Some(tuple.iter().collect()));
    }
    let is_other = object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyDict>()
        || object.hasattr("__array__")?
        || PyBuffer::<u8>::get(object).is_ok();
    match object.cast::<PySequence>() {
        Ok(sequence) if !is_other => Ok(Some(sequence.try_iter()?.collect::<PyResult<_>>()?)),
        _ => Ok(None),
    }
}

/// Whether an object is an array, of NumPy or the like, of one dimension or more.
pub(super) fn is_array(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if object.is_instance_of::<PyString>() {
        return Ok(false);
    }
    match object.getattr_opt("ndim")? {
        Some(dimensions) => Ok(dimensions.extract::<usize>()? > 0),
        None => Ok(object.hasattr("__array__")? || object.get_type().name()? == "array"),
    }
}

/// Begins an array.
pub(super) fn header(schema: &Schema, count: usize, encoder: &mut Encoder<'_>) -> Result {
    let count = length(schema, count)?;
    encode::write_array_len(encoder, count).expect(INFALLIBLE);
    Ok(())
}

#[cold]
pub(super) fn wrong_length(schema: &Schema, count: usize) -> Unfit {
    let s = if count == 1 { "" } else { "s" };
    SchemaMismatch::new(schema, format_args!("an array of {count} element{s}")).into()
}
