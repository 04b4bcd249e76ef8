//! Scalars.

use massmap::dynamic::SchemaMismatch;
use massmap::{IntegerType, Schema};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use rmp::encode;

use super::output::{Encoder, INFALLIBLE, Result, Unfit, mismatch, write_bytes, write_text};
use crate::convert::bytes::with_bytes;
use crate::convert::masked::is_masked;

/// The largest integers of which floats have all.
const LARGEST_EXACT: i64 = 1 << 53;

/// An integer of Python or of NumPy. Booleans are none, though Python counts them among the integers.
pub(super) fn is_integer(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<PyInt>()
        || !object.is_instance_of::<PyBool>()
            && (object.is_instance_of::<PyInt>() || object.hasattr("__index__").unwrap_or(false))
}

pub(super) fn integer(integer: IntegerType, object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    if !is_integer(object) {
        return Err(mismatch(&Schema::Integer(integer), object));
    }
    macro_rules! write_as {
        ($type:ty, $write:ident) => {
            match object.extract::<$type>() {
                Ok(value) => {
                    encode::$write(encoder, value.into()).expect(INFALLIBLE);
                    return Ok(());
                }
                Err(error) => error,
            }
        };
        ($type:ty) => {
            match object.extract::<$type>() {
                Ok(value) => return write_bytes(&Schema::Integer(integer), &value.to_be_bytes(), encoder),
                Err(error) => error,
            }
        };
    }
    let error = match integer {
        IntegerType::U8 => write_as!(u8, write_uint),
        IntegerType::U16 => write_as!(u16, write_uint),
        IntegerType::U32 => write_as!(u32, write_uint),
        IntegerType::U64 => write_as!(u64, write_uint),
        IntegerType::U128 => write_as!(u128),
        IntegerType::I8 => write_as!(i8, write_sint),
        IntegerType::I16 => write_as!(i16, write_sint),
        IntegerType::I32 => write_as!(i32, write_sint),
        IntegerType::I64 => write_as!(i64, write_sint),
        IntegerType::I128 => write_as!(i128),
    };
    Err(not_in_range(error, &Schema::Integer(integer), object))
}

/// Why an integer is none of a type.
#[cold]
fn not_in_range(error: PyErr, schema: &Schema, object: &Bound<'_, PyAny>) -> Unfit {
    let py = object.py();
    if error.is_instance_of::<PyOverflowError>(py) {
        let shown = object.str().map(|text| text.to_string());
        let shown: String = shown.unwrap_or_default().chars().take(40).collect();
        return SchemaMismatch::new(schema, format_args!("the integer {shown}")).into();
    }
    match error.is_instance_of::<PyTypeError>(py) {
        // What has `__index__` need not be an integer, such as an array.
        true => mismatch(schema, object),
        false => error.into(),
    }
}

pub(super) fn float(schema: &Schema, object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    let Some(value) = float_of(object)? else {
        return Err(mismatch(schema, object));
    };
    if *schema == Schema::F64 {
        encode::write_f64(encoder, value).expect(INFALLIBLE);
        return Ok(());
    }
    match narrow(value) {
        Some(value) => encode::write_f32(encoder, value).expect(INFALLIBLE),
        None => {
            return Err(SchemaMismatch::new(
                schema,
                format_args!(
                    "{value:?}, which f32 does not have exactly: take f64, or round it with numpy.float32"
                ),
            )
            .into());
        }
    }
    Ok(())
}

/// The float that an object is; `None` if it is none. An integer is one if that is exact.
pub(super) fn float_of(object: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    if let Ok(value) = object.cast::<PyFloat>() {
        return Ok(Some(value.value()));
    }
    if is_integer(object) {
        let exact = -LARGEST_EXACT..=LARGEST_EXACT;
        let value = object.extract::<i64>().ok().filter(|value| exact.contains(value));
        #[expect(
            clippy::cast_precision_loss,
            reason = "the value is in the range of exact ones"
        )]
        return Ok(value.map(|value| value as f64));
    }
    // Scalars of NumPy, but for those that are longer than 64 bits.
    let Some(kind) = object.getattr_opt("dtype")? else {
        return Ok(None);
    };
    let is_scalar = object
        .getattr("ndim")?
        .extract::<usize>()
        .is_ok_and(|count| count == 0);
    let is_float = kind
        .getattr("kind")?
        .extract::<char>()
        .is_ok_and(|kind| kind == 'f');
    let is_float = is_float && !is_masked(object)?;
    match is_scalar && is_float && kind.getattr("itemsize")?.extract::<usize>()? <= 8 {
        true => Ok(Some(object.extract()?)),
        false => Ok(None),
    }
}

/// The same number in 32 bits, if there is one.
#[expect(clippy::cast_possible_truncation, reason = "what has changed is refused")]
pub(super) fn narrow(value: f64) -> Option<f32> {
    let narrow = value as f32;
    (f64::from(narrow) == value || value.is_nan()).then_some(narrow)
}

pub(super) fn boolean(object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    let value = if let Ok(value) = object.cast::<PyBool>() {
        value.is_true()
    } else if object
        .get_type()
        .name()
        .is_ok_and(|name| name == "bool_" || name == "bool")
    {
        // That of NumPy.
        object.is_truthy()?
    } else {
        return Err(mismatch(&Schema::Bool, object));
    };
    encode::write_bool(encoder, value).expect(INFALLIBLE);
    Ok(())
}

pub(super) fn text(schema: &Schema, object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    let Ok(text) = object.cast::<PyString>() else {
        return Err(mismatch(schema, object));
    };
    match text.to_str() {
        Ok(text) => write_text(schema, text, encoder),
        Err(_) => Err(SchemaMismatch::new(schema, "a string with surrogates, which is not UTF-8").into()),
    }
}

pub(super) fn character(object: &Bound<'_, PyAny>, encoder: &mut Encoder<'_>) -> Result {
    let schema = &Schema::Char;
    match object.cast::<PyString>().map(|text| text.len()) {
        Ok(Ok(1)) => text(schema, object, encoder),
        Ok(Ok(count)) => {
            Err(SchemaMismatch::new(schema, format_args!("a string of {count} characters")).into())
        }
        _ => Err(mismatch(schema, object)),
    }
}

pub(super) fn bytes(
    schema: &Schema,
    length: Option<u32>,
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let written = with_bytes(object, |bytes| {
        if length.is_some_and(|length| length as usize != bytes.len()) {
            return Err(SchemaMismatch::new(schema, format_args!("{} bytes", bytes.len())).into());
        }
        write_bytes(schema, bytes, encoder)
    })?;
    written.unwrap_or_else(|| Err(mismatch(schema, object)))
}
