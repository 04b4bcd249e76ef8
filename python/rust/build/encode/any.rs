//! Values of any type.

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, SchemaStep};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyString};
use rmp::encode;

use super::array::{elements, header, is_array};
use super::compound::{map_header, members, sort};
use super::output::{Encoder, INFALLIBLE, Result, Unfit, nil, shown, write_bytes};
use super::scalar::{float_of, is_integer, text};
use crate::convert::bytes::with_bytes;
use crate::convert::masked::is_masked;

/// A value of any type, as Rust programs write it.
pub(super) fn any(object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    let schema = &Schema::Any;
    if object.is_none() {
        return nil(encoder);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        encode::write_bool(encoder, value.is_true()).expect(INFALLIBLE);
        return Ok(());
    }
    if object.is_instance_of::<PyString>() {
        return text(schema, object, encoder);
    }
    if let Ok(value) = object.cast::<PyFloat>() {
        encode::write_f64(encoder, value.value()).expect(INFALLIBLE);
        return Ok(());
    }
    let is_array = is_array(object)?;
    if is_masked(object)? {
        return Err(unfit(object));
    }
    if is_integer(object) && !is_array {
        return integer(object, encoder);
    }
    if let Some(members) = members(object)? {
        let mut members = members;
        sort(&mut members)?;
        map_header(schema, members.len(), encoder)?;
        for (number, (key, value)) in (0..).zip(&members) {
            encoder
                .value(schema, key)
                .map_err(|unfit| unfit.within(|| SchemaStep::Key(number)))?;
            encoder.value(schema, value).map_err(|unfit| {
                unfit.within(|| match key.cast::<PyString>() {
                    Ok(name) => SchemaStep::name(&name.to_string_lossy()),
                    Err(_) => SchemaStep::Value(number),
                })
            })?;
        }
        return Ok(());
    }
    let list = match elements(object)? {
        None if is_array => Some(object.try_iter()?.collect::<PyResult<Vec<_>>>()?),
        list => list,
    };
    if let Some(list) = list {
        header(schema, list.len(), encoder)?;
        for (number, element) in (0..).zip(&list) {
            encoder
                .value(schema, element)
                .map_err(|unfit| unfit.within(|| SchemaStep::Element(number)))?;
        }
        return Ok(());
    }
    if let Some(value) = float_of(object)? {
        encode::write_f64(encoder, value).expect(INFALLIBLE);
        return Ok(());
    }
    // Other scalars of NumPy. They have buffers, too, also times and structs.
    if let Some(kind) = object.getattr_opt("dtype")? {
        match kind.getattr("kind")?.extract::<char>()? {
            'b' => return encoder.value(schema, &object.call_method0("item")?),
            'S' => {}
            'V' if kind.getattr("names")?.is_none() => {}
            // An array of bytes.
            'u' if is_array => {}
            _ => return Err(unfit(object)),
        }
    }
    match with_bytes(object, |bytes| write_bytes(schema, bytes, encoder))? {
        Some(written) => written,
        None => Err(unfit(object)),
    }
}

#[cold]
fn unfit(object: &Bound<'_, PyAny>) -> Unfit {
    let expected = "None, a bool, int, float, str, bytes, list or dict";
    SchemaMismatch::instead_of(expected, shown(object)).into()
}

fn integer(object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    match object.extract::<u64>() {
        Ok(value) => {
            encode::write_uint(encoder, value).expect(INFALLIBLE);
            return Ok(());
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {}
        Err(error) => return Err(error.into()),
    }
    match object.extract::<i64>() {
        Ok(value) => {
            encode::write_sint(encoder, value).expect(INFALLIBLE);
            Ok(())
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
            let found = "an integer of more than 64 bits, which needs the type i128 or u128";
            Err(SchemaMismatch::instead_of("an integer of up to 64 bits", found).into())
        }
        Err(error) => Err(error.into()),
    }
}
