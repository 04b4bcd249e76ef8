//! Types of NumPy.

use massmap::{IntegerType, Schema};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// What `numpy.dtype` makes the type of of records of `schema`: the lowest byte first, no gaps.
pub(super) fn dtype<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyAny>> {
    let scalar = match schema {
        Schema::Bool => "?",
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => "u1",
            IntegerType::U16 => "<u2",
            IntegerType::U32 => "<u4",
            IntegerType::U64 => "<u8",
            IntegerType::I8 => "i1",
            IntegerType::I16 => "<i2",
            IntegerType::I32 => "<i4",
            IntegerType::I64 => "<i8",
            IntegerType::U128 | IntegerType::I128 => return Err(without_type(schema)),
        },
        Schema::F32 => "<f4",
        Schema::F64 => "<f8",
        Schema::Char => "<U1",
        // `S` would take zeros at the end away.
        Schema::Bytes(Some(length)) => return format!("V{length}").into_bound_py_any(py),
        Schema::Sequence(element, Some(count)) => {
            return (dtype(py, element)?, (*count,)).into_bound_py_any(py);
        }
        Schema::Tuple(elements) if !elements.is_empty() => {
            let elements = elements.iter().enumerate();
            return fields(
                py,
                elements.map(|(place, element)| (format!("f{place}"), element)),
            );
        }
        Schema::Struct { fields: all, .. } if !all.is_empty() => {
            return fields(
                py,
                all.iter().map(|(name, field)| (name.clone().into_owned(), field)),
            );
        }
        _ => return Err(without_type(schema)),
    };
    scalar.into_bound_py_any(py)
}

fn fields<'py, 's>(
    py: Python<'py>,
    fields: impl Iterator<Item = (String, &'s Schema)>,
) -> PyResult<Bound<'py, PyAny>> {
    let all = PyList::empty(py);
    for (name, schema) in fields {
        all.append((name, dtype(py, schema)?))?;
    }
    Ok(all.into_any())
}

fn without_type(schema: &Schema) -> PyErr {
    let place = "get_many_arrow returns a column of them, and get_many a list";
    PyTypeError::new_err(match schema {
        Schema::Integer(_) => {
            format!(
                "the values of this map have integers of the type {schema}, which NumPy does not have: {place}"
            )
        }
        Schema::Option(_) => {
            format!("the values of this map have a part of the type {schema}, which may be missing: {place}")
        }
        _ => format!(
            "the values of this map have a part of the type {schema}, which has no fixed width: {place}"
        ),
    })
}
