//! How tables are read: keyword arguments with the names of the command line's options.

use massmap::{IntegerType, Schema};
use massmap_data::{
    ColumnRules, DialectOptions, Fields, Header, InputFormat, InputSettings, KeyType, Nulls, Quote, Source,
    Times, ValueShape, ValueType,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::build::settings::{choice, get};
use crate::build::types;
use crate::error::SettingError;

/// The format of all inputs, if it is given.
pub(super) fn format(reading: &Bound<'_, PyDict>) -> PyResult<Option<InputFormat>> {
    const FORMATS: [InputFormat; 6] = [
        InputFormat::Json,
        InputFormat::Ndjson,
        InputFormat::Csv,
        InputFormat::Tsv,
        InputFormat::Parquet,
        InputFormat::Arrow,
    ];
    match given(reading, "input_format")? {
        Some(value) => choice(
            "input_format",
            &value,
            &FORMATS.map(|format| (format.name(), format)),
        )
        .map(Some),
        None => Ok(None),
    }
}

/// The settings for reading `sources`, or a table that is none.
///
/// # Errors
///
/// `SettingError` for values that there are not, and those that do not fit the sources.
pub(super) fn settings(sources: &[Source], reading: &Bound<'_, PyDict>) -> PyResult<InputSettings> {
    let mut settings = InputSettings::new(sources.to_vec());
    settings.fields = Fields {
        key: names(reading, "key")?,
        value: names(reading, "value")?,
    };
    if let Some(both) = settings
        .fields
        .key
        .as_ref()
        .filter(|key| settings.fields.value.as_ref() == Some(key))
    {
        return Err(SettingError::new_err(format!("key and value are both {both:?}")));
    }
    if let Some(value) = given(reading, "header")? {
        let headers = [
            ("each", Header::Each),
            ("first", Header::First),
            ("none", Header::None),
        ];
        settings.header = choice("header", &value, &headers)?;
    }
    settings.dialect = dialect(reading)?;
    check_tables(sources, &settings, reading)?;
    if let Some(value) = given(reading, "max_record")? {
        settings.max_record = get("max_record", &value, "a number of bytes")?;
    }
    if let Some(value) = given(reading, "allow_empty")? {
        settings.allow_empty = get("allow_empty", &value, "a bool")?;
    }
    if let Some(value) = given(reading, "zstd_window_log")? {
        let log = get::<u32>("zstd_window_log", &value, "an integer from 10 to 31")?;
        if !(10..=31).contains(&log) {
            return Err(SettingError::new_err("zstd_window_log must be from 10 to 31"));
        }
        settings.zstd_window_log = Some(log);
    }
    settings.key_types = each_type(reading, "key_type", key_type)?;
    settings.value_types = each_type(reading, "value_type", value_type)?;
    settings.column_rules = column_rules(reading)?;
    Ok(settings)
}

/// Refuses what a map that another one is to be like decides.
pub(super) fn check_like(reading: &Bound<'_, PyDict>) -> PyResult<()> {
    for name in ["key_type", "value_type"] {
        if given(reading, name)?.is_some() {
            return Err(SettingError::new_err(format!(
                "like and {name} exclude each other: leave one of them out"
            )));
        }
    }
    Ok(())
}

fn column_rules(reading: &Bound<'_, PyDict>) -> PyResult<ColumnRules> {
    let mut rules = ColumnRules::default();
    if let Some(value) = given(reading, "nulls")? {
        let nulls = [
            ("error", Nulls::Error),
            ("skip", Nulls::Skip),
            ("keep", Nulls::Keep),
        ];
        rules.nulls = choice("nulls", &value, &nulls)?;
    }
    if let Some(value) = given(reading, "times")? {
        rules.times = choice(
            "times",
            &value,
            &[("text", Times::Text), ("integer", Times::Integer)],
        )?;
    }
    if let Some(value) = given(reading, "value_as")? {
        let shapes = [("struct", ValueShape::Struct), ("tuple", ValueShape::Tuple)];
        rules.value_shape = choice("value_as", &value, &shapes)?;
    }
    Ok(rules)
}

fn dialect(reading: &Bound<'_, PyDict>) -> PyResult<DialectOptions> {
    let character = |name: &str| -> PyResult<Option<Option<u8>>> {
        let Some(value) = given(reading, name)? else {
            return Ok(None);
        };
        let text: String = get(name, &value, "one ASCII character")?;
        match text.as_bytes() {
            [] => Ok(Some(None)),
            [byte] if byte.is_ascii() && !b"\r\n".contains(byte) => Ok(Some(Some(*byte))),
            _ => Err(SettingError::new_err(format!(
                "{name} is {text:?}, and must be one ASCII character"
            ))),
        }
    };
    Ok(DialectOptions {
        delimiter: character("delimiter")?.flatten(),
        quote: character("quote")?.map(|byte| byte.map_or(Quote::None, Quote::Byte)),
        escape: character("escape")?.flatten(),
    })
}

/// Refuses settings of text tables where there is none, and characters with two meanings.
fn check_tables(sources: &[Source], settings: &InputSettings, reading: &Bound<'_, PyDict>) -> PyResult<()> {
    let has_table = sources.iter().any(|source| source.format.name.is_table());
    for name in ["header", "delimiter", "quote", "escape"] {
        if given(reading, name)?.is_some() && !has_table {
            return Err(SettingError::new_err(format!(
                "{name} is for tables of text: with input_format=\"csv\" or \"tsv\", the input is one"
            )));
        }
    }
    let dialects = sources
        .iter()
        .filter_map(|source| settings.dialect.for_format(source.format.name));
    match dialects.filter_map(|dialect| dialect.conflict()).next() {
        Some((one, other)) => Err(SettingError::new_err(format!(
            "{} and {} are the same character",
            one.trim_start_matches('-'),
            other.trim_start_matches('-')
        ))),
        None => Ok(()),
    }
}

/// An argument that is not ``None``.
fn given<'py>(reading: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(reading.get_item(name)?.filter(|value| !value.is_none()))
}

/// The columns that an argument names, as the command line lists them: those of a list are in quotes where they need them.
fn names(reading: &Bound<'_, PyDict>, argument: &str) -> PyResult<Option<String>> {
    let Some(value) = given(reading, argument)? else {
        return Ok(None);
    };
    if value.is_instance_of::<PyString>() {
        return Ok(Some(value.extract()?));
    }
    let names: Vec<String> = get(argument, &value, "the name of a column or a list of names")?;
    if let [only] = &*names {
        return Ok(Some(only.clone()));
    }
    let quoted = names
        .iter()
        .map(|name| match name.contains(',') || name.starts_with('"') {
            true => format!("\"{}\"", name.replace('"', "\"\"")),
            false => name.clone(),
        });
    match names.is_empty() {
        true => Err(SettingError::new_err(format!("{argument} is an empty list"))),
        false => Ok(Some(quoted.collect::<Vec<_>>().join(","))),
    }
}

/// The types that an argument gives: one, or one for each column.
fn each_type<T>(
    reading: &Bound<'_, PyDict>,
    argument: &str,
    of_schema: impl Fn(&Schema) -> Option<T>,
) -> PyResult<Vec<T>> {
    let Some(value) = given(reading, argument)? else {
        return Ok(Vec::new());
    };
    let given: Vec<Bound<'_, PyAny>> = if let Ok(list) = value.cast::<PyList>() {
        list.iter().collect()
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.iter().collect()
    } else {
        vec![value]
    };
    let mut types = Vec::with_capacity(given.len());
    for given in &given {
        let schema = types::of_object(argument, given)?;
        let schemas = match schema {
            Schema::Tuple(elements) => elements,
            one => vec![one],
        };
        for schema in &schemas {
            types.push(of_schema(schema).ok_or_else(|| {
                SettingError::new_err(format!(
                    "{argument} is {schema}, which no column can be told to have"
                ))
            })?);
        }
    }
    Ok(types)
}

fn key_type(schema: &Schema) -> Option<KeyType> {
    Some(match schema {
        Schema::String => KeyType::Text,
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => KeyType::U8,
            IntegerType::U16 => KeyType::U16,
            IntegerType::U32 => KeyType::U32,
            IntegerType::U64 => KeyType::U64,
            IntegerType::U128 => KeyType::U128,
            IntegerType::I8 => KeyType::I8,
            IntegerType::I16 => KeyType::I16,
            IntegerType::I32 => KeyType::I32,
            IntegerType::I64 => KeyType::I64,
            IntegerType::I128 => KeyType::I128,
        },
        _ => return None,
    })
}

fn value_type(schema: &Schema) -> Option<ValueType> {
    Some(match schema {
        Schema::Any => ValueType::Json,
        Schema::String => ValueType::String,
        Schema::Bool => ValueType::Bool,
        Schema::F64 => ValueType::F64,
        Schema::Integer(IntegerType::U64) => ValueType::U64,
        Schema::Integer(IntegerType::U128) => ValueType::U128,
        Schema::Integer(IntegerType::I64) => ValueType::I64,
        Schema::Integer(IntegerType::I128) => ValueType::I128,
        _ => return None,
    })
}
