//! Values of keyword arguments.

use massmap::DuplicateKeys;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};

use crate::error::SettingError;

/// The value of the argument `name`, which is `expected`.
///
/// # Errors
///
/// `SettingError` if it is something else.
pub(in crate::build) fn get<'a, 'py, T>(
    name: &str,
    value: &'a Bound<'py, PyAny>,
    expected: &str,
) -> PyResult<T>
where
    T: FromPyObject<'a, 'py>,
{
    value.extract::<T>().map_err(|error| {
        let error: PyErr = error.into();
        let py = value.py();
        match error.is_instance_of::<PyTypeError>(py)
            || error.is_instance_of::<PyOverflowError>(py)
            || error.is_instance_of::<pyo3::exceptions::PyValueError>(py)
        {
            true => wrong(name, value, expected),
            false => error,
        }
    })
}

/// The error of a value that is not `expected`.
#[cold]
pub(super) fn wrong(name: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let shown = match value.repr() {
        Ok(shown) => shown.to_string().chars().take(100).collect::<String>(),
        Err(error) => return error,
    };
    SettingError::new_err(format!("{name} is {shown}, and must be {expected}"))
}

/// The error of an argument that there is not.
#[cold]
pub(super) fn unknown(name: &str) -> PyErr {
    PyTypeError::new_err(format!("there is no keyword argument {name:?}"))
}

/// What one of `choices` stands for.
///
/// # Errors
///
/// `SettingError` if it is none of them.
pub(in crate::build) fn choice<T: Clone>(
    name: &str,
    value: &Bound<'_, PyAny>,
    choices: &[(&str, T)],
) -> PyResult<T> {
    let text = value.str()?.to_string().replace('-', "_");
    match choices.iter().find(|(choice, _)| *choice == text) {
        Some((_, chosen)) => Ok(chosen.clone()),
        None => {
            let shown =
                |choice: &str| match value.is_instance_of::<PyString>() || choice.parse::<u8>().is_err() {
                    true => format!("{choice:?}"),
                    false => choice.to_owned(),
                };
            let all: Vec<_> = choices.iter().map(|(choice, _)| shown(choice)).collect();
            Err(wrong(name, value, &all.join(" or ")))
        }
    }
}

pub(super) fn duplicate_keys(value: &Bound<'_, PyAny>) -> PyResult<DuplicateKeys> {
    let choices = [
        ("error", DuplicateKeys::Error),
        ("first", DuplicateKeys::First),
        ("last", DuplicateKeys::Last),
        ("keep_all", DuplicateKeys::KeepAll),
    ];
    choice("duplicate_keys", value, &choices)
}

/// 16 bytes: as ``bytes``, as a ``uuid.UUID``, or as 32 hexadecimal digits.
pub(super) fn build_id(value: &Bound<'_, PyAny>) -> PyResult<[u8; 16]> {
    let wrong = || wrong("build_id", value, "16 bytes, a UUID or 32 hexadecimal digits");
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return bytes.as_bytes().try_into().map_err(|_| wrong());
    }
    let digits: String = match value.getattr_opt("hex")? {
        Some(hex) => hex.extract().map_err(|_| wrong())?,
        None => value.extract().map_err(|_| wrong())?,
    };
    let digits: String = digits.chars().filter(|digit| *digit != '-').collect();
    let is_hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match u128::from_str_radix(&digits, 16) {
        Ok(number) if is_hex => Ok(number.to_be_bytes()),
        _ => Err(wrong()),
    }
}

/// Names and values of notes.
pub(super) fn notes(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let wrong = || wrong("user_metadata", value, "a dict from strings to strings");
    let mapping = value.cast::<PyMapping>().map_err(|_| wrong())?;
    let items = mapping.items()?;
    let items = items.iter().map(|item| item.extract().map_err(|_| wrong()));
    items.collect()
}
