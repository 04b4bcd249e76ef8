//! Values of any type.

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, SchemaStep};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyString};
use rmp::encode;

use super::array::{elements, header, is_array};
use super::compound::{map_header, members, sort};
use super::scalar::{float_of, is_integer, text};
use super::{INFALLIBLE, Result, encode_at, nil, shown, with_bytes, write_bytes};

/// A value of any type, as Rust programs write it.
pub(super) fn any(object: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> Result {
    let schema = &Schema::Any;
    if object.is_none() {
        return nil(out);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        encode::write_bool(out, value.is_true()).expect(INFALLIBLE);
        return Ok(());
    }
    if object.is_instance_of::<PyString>() {
        return text(schema, object, out);
    }
    if let Ok(value) = object.cast::<PyFloat>() {
        encode::write_f64(out, value.value()).expect(INFALLIBLE);
        return Ok(());
    }
    let is_array = is_array(object)?;
    if is_integer(object) && !is_array {
        return integer(object, out);
    }
    if let Some(members) = members(object)? {
        let mut members = members;
        sort(&mut members);
        map_header(schema, members.len(), out)?;
        for (number, (key, value)) in (0..).zip(&members) {
            encode_at(schema, key, out, depth).map_err(|unfit| unfit.within(|| SchemaStep::Key(number)))?;
            encode_at(schema, value, out, depth).map_err(|unfit| {
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
        header(schema, list.len(), out)?;
        for (number, element) in (0..).zip(&list) {
            encode_at(schema, element, out, depth)
                .map_err(|unfit| unfit.within(|| SchemaStep::Element(number)))?;
        }
        return Ok(());
    }
    if let Some(value) = float_of(object)? {
        encode::write_f64(out, value).expect(INFALLIBLE);
        return Ok(());
    }
    // Other scalars of NumPy, such as its booleans. They have buffers, too.
    if object.hasattr("dtype")?
        && let Ok(scalar) = object.call_method0("item")
        && !scalar.get_type().is(object.get_type())
    {
        return encode_at(schema, &scalar, out, depth);
    }
    match with_bytes(object, |bytes| write_bytes(schema, bytes, out))? {
        Some(written) => written,
        None => Err(SchemaMismatch::instead_of(
            "None, a bool, int, float, str, bytes, list or dict",
            shown(object),
        )
        .into()),
    }
}

fn integer(object: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Result {
    match object.extract::<u64>() {
        Ok(value) => {
            encode::write_uint(out, value).expect(INFALLIBLE);
            return Ok(());
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {}
        Err(error) => return Err(error.into()),
    }
    match object.extract::<i64>() {
        Ok(value) => {
            encode::write_sint(out, value).expect(INFALLIBLE);
            Ok(())
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
            let found = "an integer of more than 64 bits, which needs the type i128 or u128";
            Err(SchemaMismatch::instead_of("an integer of up to 64 bits", found).into())
        }
        Err(error) => Err(error.into()),
    }
}
