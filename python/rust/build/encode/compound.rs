//! Tuples, structs, maps and enums.

use std::borrow::Cow;

use massmap::dynamic::{SchemaMismatch, SchemaStep};
use massmap::{Schema, Variant};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList, PyMapping, PyString};
use rmp::encode;

use super::array::{elements, header, wrong_length};
use super::output::{Encoder, INFALLIBLE, Result, length, mismatch, write_text};

/// A key and a value of a map.
type Member<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

type Fields = [(Cow<'static, str>, Schema)];

pub(super) fn tuple(
    schema: &Schema,
    schemas: &[Schema],
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let Some(elements) = elements(object)? else {
        return Err(mismatch(schema, object));
    };
    if elements.len() != schemas.len() {
        return Err(wrong_length(schema, elements.len()));
    }
    header(schema, elements.len(), encoder)?;
    for (number, (schema, object)) in (0..).zip(schemas.iter().zip(&elements)) {
        encoder
            .value(schema, object)
            .map_err(|unfit| unfit.within(|| SchemaStep::Element(number)))?;
    }
    Ok(())
}

/// A struct, which is a dict from names to fields, or a tuple or list of the fields.
pub(super) fn structure(
    schema: &Schema,
    (fields, is_map): (&Fields, bool),
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let values = match members(object)? {
        Some(members) => by_name(schema, fields, &members)?,
        None => match elements(object)? {
            Some(elements) if elements.len() == fields.len() => elements,
            Some(elements) => return Err(wrong_length(schema, elements.len())),
            None => return Err(mismatch(schema, object)),
        },
    };
    match is_map {
        true => map_header(schema, fields.len(), encoder)?,
        false => header(schema, fields.len(), encoder)?,
    }
    for ((name, field), value) in fields.iter().zip(&values) {
        if is_map {
            write_text(schema, name, encoder)?;
        }
        encoder
            .value(field, value)
            .map_err(|unfit| unfit.within(|| SchemaStep::name(name)))?;
    }
    Ok(())
}

/// The fields in their order.
fn by_name<'py>(schema: &Schema, fields: &Fields, members: &[Member<'py>]) -> Result<Vec<Bound<'py, PyAny>>> {
    let mut values = Vec::with_capacity(fields.len());
    for (name, _) in fields {
        let is_it = |key: &Bound<'py, PyAny>| key.cast::<PyString>().is_ok_and(|key| *key == **name);
        match members.iter().find(|(key, _)| is_it(key)) {
            Some((_, value)) => values.push(value.clone()),
            None => {
                let found = format_args!("a dict without the field {name:?}");
                return Err(SchemaMismatch::new(schema, found).into());
            }
        }
    }
    let is_known = |key: &Bound<'py, PyAny>| {
        let name = key.cast::<PyString>();
        name.is_ok_and(|name| fields.iter().any(|(field, _)| *name == **field))
    };
    match members.iter().find(|(key, _)| !is_known(key)) {
        Some((unknown, _)) => {
            let found = format!("a dict with the unknown field {}", unknown.repr()?);
            Err(SchemaMismatch::new(schema, found).into())
        }
        None => Ok(values),
    }
}

pub(super) fn map(
    schema: &Schema,
    [key_schema, value_schema]: [&Schema; 2],
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let mut members = match members(object)? {
        Some(members) => members,
        None => pairs(schema, object)?,
    };
    sort(&mut members)?;
    map_header(schema, members.len(), encoder)?;
    for (number, (key, value)) in (0..).zip(&members) {
        encoder
            .value(key_schema, key)
            .map_err(|unfit| unfit.within(|| SchemaStep::Key(number)))?;
        encoder
            .value(value_schema, value)
            .map_err(|unfit| unfit.within(|| SchemaStep::Value(number)))?;
    }
    Ok(())
}

/// The members of a map that is given as a tuple or list of pairs, as maps among keys are.
fn pairs<'py>(schema: &Schema, object: &Bound<'py, PyAny>) -> Result<Vec<Member<'py>>> {
    let elements = elements(object)?.ok_or_else(|| mismatch(schema, object))?;
    let pairs = elements.iter().map(|element| match elements_of_pair(element)? {
        Some(pair) => Ok(pair),
        None => Err(mismatch(schema, object)),
    });
    pairs.collect()
}

fn elements_of_pair<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Member<'py>>> {
    Ok(match elements(object)?.as_deref() {
        Some([one, other]) => Some((one.clone(), other.clone())),
        _ => None,
    })
}

/// A variant of an enum: its name, or a dict from its name to its content, or a pair of both, as in keys.
pub(super) fn variant(
    schema: &Schema,
    variants: &[Variant],
    object: &Bound<'_, PyAny>,
    encoder: &mut Encoder<'_>,
) -> Result {
    let members = match members(object)? {
        Some(members) => Some(members),
        None => elements_of_pair(object)?.map(|pair| vec![pair]),
    };
    let (name, content) = match members.as_deref() {
        None => (object, None),
        Some([(name, content)]) => (name, Some(content)),
        Some(_) => return Err(mismatch(schema, object)),
    };
    let Ok(name) = name.cast::<PyString>() else {
        return Err(mismatch(schema, object));
    };
    let Some(variant) = variants.iter().find(|variant| *name == *variant.name) else {
        let found = format!("the unknown variant {}", name.repr()?);
        return Err(SchemaMismatch::new(schema, found).into());
    };
    match (&variant.content, content) {
        (None, None) => write_text(schema, &variant.name, encoder),
        (Some(of_content), Some(content)) => {
            map_header(schema, 1, encoder)?;
            write_text(schema, &variant.name, encoder)?;
            encoder
                .value(of_content, content)
                .map_err(|unfit| unfit.within(|| SchemaStep::name(&variant.name)))
        }
        (None, Some(_)) => {
            Err(SchemaMismatch::new(schema, "a variant with content that it does not have").into())
        }
        (Some(_), None) => Err(SchemaMismatch::new(schema, "a variant without its content").into()),
    }
}

/// The members of a dict or another mapping; `None` if it is none.
pub(super) fn members<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Member<'py>>>> {
    if let Ok(dict) = object.cast::<PyDict>() {
        return Ok(Some(dict.iter().collect()));
    }
    match object.cast::<PyMapping>() {
        Ok(mapping) => {
            let items = mapping.items()?;
            Ok(Some(
                items.iter().map(|item| item.extract()).collect::<PyResult<_>>()?,
            ))
        }
        Err(_) => Ok(None),
    }
}

/// Sorts members by their keys, as sorted maps of Rust are. Equal dicts give equal bytes then. Keys that Python does not compare, such as
/// those of several types, stay in their order.
///
/// # Errors
///
/// What comparing keys raises, other than that they cannot be compared.
pub(super) fn sort(members: &mut Vec<Member<'_>>) -> PyResult<()> {
    let Some((first, _)) = members.first() else {
        return Ok(());
    };
    let py = first.py();
    if members.iter().all(|(key, _)| key.is_instance_of::<PyString>()) {
        // Strings with surrogates are refused when they are encoded.
        members.sort_by_cached_key(|(key, _)| key.extract::<String>().unwrap_or_default());
        return Ok(());
    }
    // Python's own sort, since its comparisons need not be those of a total order, as sorts of Rust demand.
    let keys = PyList::new(py, members.iter().map(|(key, _)| key))?;
    let order = PyList::new(py, 0..members.len())?;
    let by_key = [("key", keys.getattr("__getitem__")?)].into_py_dict(py)?;
    match order.call_method("sort", (), Some(&by_key)) {
        Err(error) if error.is_instance_of::<PyTypeError>(py) => return Ok(()),
        sorted => sorted?,
    };
    let sorted = order
        .iter()
        .map(|place| Ok(members[place.extract::<usize>()?].clone()));
    *members = sorted.collect::<PyResult<_>>()?;
    Ok(())
}

/// Begins a map.
pub(super) fn map_header(schema: &Schema, count: usize, encoder: &mut Encoder<'_>) -> Result {
    let count = length(schema, count)?;
    encode::write_map_len(encoder, count).expect(INFALLIBLE);
    Ok(())
}
