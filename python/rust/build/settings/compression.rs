//! How values are compressed.

use massmap::Compression;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use super::value::{choice, get, unknown, wrong};
use crate::error::SettingError;

/// What `value` stands for: ``"zstd"``, ``"none"``, a level, or a dict with ``level``, and ``dictionary_size`` or ``dictionary``.
pub(super) fn of_object(value: &Bound<'_, PyAny>) -> PyResult<Compression> {
    const NAME: &str = "compression";
    if value.is_instance_of::<PyString>() {
        let choices = [("zstd", Compression::zstd()), ("none", Compression::none())];
        return choice(NAME, value, &choices);
    }
    let is_bool = value.is_instance_of::<PyBool>();
    if let Some(level) = value.extract::<i32>().ok().filter(|_| !is_bool) {
        return Ok(Compression::zstd().with_level(level));
    }
    let Ok(parts) = value.cast::<PyDict>() else {
        return Err(wrong(
            NAME,
            value,
            "\"zstd\", \"none\", a level from 1 to 22, or a dict with level, and dictionary_size or dictionary",
        ));
    };
    let mut compression = Compression::zstd();
    let mut has_dictionary = false;
    for (name, value) in parts.iter() {
        let name: String = name.extract()?;
        compression = match name.as_str() {
            "level" => compression.with_level(get(&name, &value, "a level from 1 to 22")?),
            "dictionary_size" if !has_dictionary => {
                has_dictionary = true;
                compression.with_dictionary_size(get(&name, &value, "a number of bytes")?)
            }
            "dictionary" if !has_dictionary => {
                has_dictionary = true;
                compression.with_dictionary(get::<Vec<u8>>(&name, &value, "bytes")?)
            }
            "dictionary" | "dictionary_size" => {
                return Err(SettingError::new_err(
                    "dictionary and dictionary_size exclude each other: leave one of them out",
                ));
            }
            _ => return Err(unknown(&name)),
        };
    }
    Ok(compression)
}
