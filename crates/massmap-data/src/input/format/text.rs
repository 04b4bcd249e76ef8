//! Reads an input of text: JSON, NDJSON and tables without types.

use std::fmt;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use massmap_format::{EntryTypes, Schema};

use super::reader::Reader;
use crate::excerpt;
use crate::input::entries::stream::{Batches, Stream};
use crate::input::entries::types::{ColumnSchema, EntryNames, InputDescription, InputSchema, PartSchema};
use crate::input::entries::{self, Entry, EntryTask, convert, typed};
use crate::input::error::{Cancelled, InputError, LocatedError, Rejection, Stop};
use crate::input::record::Record;
use crate::input::record::names::check_distinct;
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::table::columns::FirstTable;
use crate::schemas::EntrySchemas;
use crate::schemas::cells::{Part, parts};
use crate::schemas::columns::ChosenColumns;
use crate::types::key::KeyType;
use crate::types::value::ValueType;

/// Inputs, opened up to the first one that is not empty, so that the types of the entries are known.
pub(in crate::input) struct TextInput {
    first: Option<(Origin, Reader)>,
    rest: Vec<Source>,
    settings: InputSettings,
    key_type: KeyType,
    value_type: ValueType,
    meter: Arc<Meter>,
}

impl TextInput {
    /// Checks that all inputs exist, and opens the first.
    ///
    /// # Errors
    ///
    /// Fails if an input cannot be opened, or if the first is a table without the required columns.
    pub(in crate::input) fn open(settings: &InputSettings, meter: &Arc<Meter>) -> Result<Self, InputError> {
        let sources = &settings.sources;
        let mut rest = sources.iter().cloned();
        let mut first = None;
        for Source { origin, format } in rest.by_ref() {
            let reader = Reader::open(&origin, format, settings, None, meter);
            let reader = reader.map_err(|error| error.in_input(&origin))?;
            let is_empty = reader.is_empty();
            first = Some((origin, reader));
            // An empty first input must not change the type of the values.
            if !is_empty {
                break;
            }
        }
        let mut settings = settings.clone();
        let reader = first.as_ref().map(|(_, reader)| reader);
        let schemas = chosen_schemas(&settings, reader).map_err(|cause| match &first {
            Some((origin, _)) => LocatedError::from(cause).in_input(origin),
            None => InputError::of_all(cause),
        })?;
        settings.schemas = schemas.or(settings.schemas);
        let columns = reader.and_then(Reader::columns);
        // Other tables must have the columns of the first.
        let from_one_column =
            settings.fields.value.is_some() || columns.is_some_and(|columns| columns.value.is_some());
        let default_type = match from_one_column {
            true => settings.column_type(),
            false => ValueType::Json,
        };
        Ok(Self {
            first,
            rest: rest.collect(),
            key_type: settings.text_key_type(),
            value_type: settings.value_types.first().copied().unwrap_or(default_type),
            settings,
            meter: Arc::clone(meter),
        })
    }

    /// The settings with what the first input has shown.
    pub(in crate::input) fn settings(&self) -> &InputSettings {
        &self.settings
    }

    /// What would be built of the inputs.
    pub(in crate::input) fn schema(&self) -> InputSchema {
        let [key, value] = match &self.settings.schemas {
            Some(schemas) => {
                [schemas.key().schema(), schemas.value()].map(|schema| schema.as_schema().clone())
            }
            None => [self.key_type.schema(), self.value_type.schema()],
        };
        let types = EntryTypes {
            key: key.clone(),
            value: value.clone(),
            canonical_keys: true,
        };
        let reader = self.first.as_ref().map(|(_, reader)| reader);
        let columns = reader.and_then(Reader::columns);
        let typed_columns = reader.and_then(Reader::typed_columns);
        let fields = &self.settings.fields;
        let (key_names, value_names) = match columns {
            Some(columns) => {
                let values = match &columns.value {
                    Some(value) => columns.names_of(value),
                    None => columns.names_of(&columns.others()),
                };
                (columns.names_of(&columns.key), values)
            }
            None => (fields.key_names(), fields.value_names().unwrap_or_default()),
        };
        let untyped_columns = |schema: &Schema, names: Vec<String>| -> Vec<ColumnSchema> {
            let column_type = match names.len() {
                // An object of several cells.
                2.. if !self.settings.has_json_cells() => Schema::String.to_string(),
                _ => schema.to_string(),
            };
            let columns = names.into_iter().map(|name| ColumnSchema {
                name,
                column_type: column_type.clone(),
            });
            columns.collect()
        };
        let chosen_columns = || {
            let schemas = self.settings.schemas.as_ref()?;
            Some(described(schemas, schemas.columns()?))
        };
        let [key_columns, value_columns] = typed_columns.or_else(chosen_columns).unwrap_or_else(|| {
            [
                untyped_columns(&key, key_names),
                untyped_columns(&value, value_names),
            ]
        });
        let part = |schema: &Schema, columns| PartSchema {
            part_type: schema.to_string(),
            columns,
        };
        InputSchema {
            key: part(&key, key_columns),
            value: part(&value, value_columns),
            entry_widths: types.widths().map(|widths| [widths.key(), widths.value()]),
            inputs: self
                .settings
                .sources
                .iter()
                .map(|source| InputDescription {
                    input: source.origin.to_string(),
                    format: source.format.name.name(),
                    rows: None,
                })
                .collect(),
        }
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub(in crate::input) fn run<T: EntryTask>(self, task: T) -> T::Output {
        let (key_type, value_type) = (self.key_type, self.value_type);
        if let Some(schemas) = self.settings.schemas.clone() {
            let [key, value] = schemas.names().map(str::to_owned);
            let entry = move |record: Record<'_>| typed::entry(record, &schemas);
            let entries = Stream::start(move |batches| self.read_all(batches, entry));
            return task.run(&EntryNames { key, value }, entries);
        }
        let entry = move |record: Record<'_>| {
            let key = convert::key(record.key, key_type).map_err(Rejection::Key)?;
            let value = convert::value(record.value, value_type).map_err(Rejection::Value)?;
            let size = key.size() + value.size();
            Ok(((key, value), size))
        };
        let entries = Stream::<Entry>::start(move |batches| self.read_all(batches, entry));
        entries::run(task, key_type, value_type, entries)
    }

    /// Makes an entry of each record, and tells how many bytes of memory it takes. Runs on a thread of its own.
    fn read_all<T>(
        self,
        batches: &mut Batches<T>,
        entry: impl Fn(Record<'_>) -> Result<(T, usize), Rejection>,
    ) -> Result<(), Stop<InputError>> {
        let Self {
            first,
            rest,
            settings,
            value_type,
            meter,
            ..
        } = self;
        let mut sink = |record: Record<'_>| {
            let (entry, size) = entry(record)?;
            batches
                .push(entry, size, meter.decompressed())
                .map_err(|Cancelled| Rejection::Cancelled)
        };
        let only = first.as_ref().map(|(origin, _)| origin.clone());
        let only = only.filter(|_| settings.sources.len() == 1);
        let mut first_table = None;
        // Whether there was a record, or an explicit sign that there are none.
        let mut any = settings.allow_empty;
        let mut read = |origin: &Origin, reader: Reader, first_table: &mut Option<FirstTable>| {
            let in_input = |stop: Stop| stop.in_input(origin);
            reader.remember_columns(origin, first_table);
            reader
                .check(value_type)
                .map_err(|error| in_input(Stop::Failed(error)))?;
            any |= reader.read(&settings, &mut sink).map_err(in_input)?;
            Ok(())
        };
        if let Some((origin, reader)) = first {
            read(&origin, reader, &mut first_table)?;
        }
        for Source { origin, format } in rest {
            let reader = Reader::open(&origin, format, &settings, first_table.as_ref(), &meter);
            let reader = reader.map_err(|error| Stop::Failed(error.in_input(&origin)))?;
            read(&origin, reader, &mut first_table)?;
        }
        match any {
            true => Ok(()),
            false => Err(Stop::Failed(no_records(only))),
        }
    }
}

impl fmt::Debug for TextInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextInput")
            .field("settings", &self.settings)
            .field("key_type", &self.key_type)
            .field("value_type", &self.value_type)
            .finish_non_exhaustive()
    }
}

/// The columns of keys and of values.
fn described(schemas: &EntrySchemas, columns: &ChosenColumns) -> [Vec<ColumnSchema>; 2] {
    let described = |names: &[String], schema| {
        let columns = names.iter().zip(parts(schema, Part::of(names.len())));
        let columns = columns.map(|(name, schema)| ColumnSchema {
            name: name.clone(),
            column_type: schema.to_string(),
        });
        columns.collect()
    };
    [
        described(&columns.key, schemas.key().schema().as_schema()),
        described(
            columns.value.as_deref().unwrap_or_default(),
            schemas.value().as_schema(),
        ),
    ]
}

/// What keys and values are, if several columns or fields were chosen for one of them. `reader` is the first input that is not empty.
fn chosen_schemas(settings: &InputSettings, reader: Option<&Reader>) -> anyhow::Result<Option<EntrySchemas>> {
    if settings.schemas.is_some() {
        return Ok(None);
    }
    let fields = &settings.fields;
    let (key, value, is_single) = match reader.and_then(|reader| Some((reader, reader.columns()?))) {
        Some((reader, columns)) => match reader.schemas() {
            Some(schemas) => return checked(settings, schemas.clone()).map(Some),
            None => {
                let value = columns.value.as_ref().map(|value| columns.names_of(value));
                (columns.names_of(&columns.key), value, true)
            }
        },
        None => {
            let (key, value) = (fields.key_names(), fields.value_names());
            let is_plain = |names: &Vec<String>, name| matches!(&**names, [only] if only == name);
            let is_single = is_plain(&key, fields.key_name())
                && (value.as_ref().zip(fields.value_name()))
                    .is_none_or(|(names, name)| is_plain(names, name));
            (key, value, is_single)
        }
    };
    if is_single {
        settings.key_types_of(&key)?;
        // What one type cannot be is said of the record.
        if settings.value_types.len() > 1 {
            settings.value_types_of(value.as_deref())?;
        }
        return Ok(None);
    }
    check_distinct("field", &key)?;
    check_distinct("field", value.as_deref().unwrap_or_default())?;
    checked(settings, settings.schemas_of(key, value)?).map(Some)
}

/// Fails if a field would have to be read twice.
fn checked(settings: &InputSettings, schemas: EntrySchemas) -> anyhow::Result<EntrySchemas> {
    let twice = schemas.columns().and_then(|columns| {
        let mut value = columns.value.iter().flatten();
        value.find(|name| columns.key.contains(name))
    });
    let mut formats = settings.sources.iter().map(|source| source.format.name);
    match (twice, formats.find(|format| !format.is_table())) {
        (Some(twice), Some(format)) => bail!(
            "the field {} is both in the key and in the value, which {} cannot have; choose it for one of them",
            excerpt::quoted(twice),
            format.name()
        ),
        _ => Ok(schemas),
    }
}

/// The error that there are no records. `only` is the input if there is just one.
fn no_records(only: Option<Origin>) -> InputError {
    let advice = "--allow-empty builds a map without entries";
    match only {
        Some(origin) => LocatedError::from(anyhow!("there is no record in it; {advice}")).in_input(&origin),
        None => InputError::of_all(anyhow!("there is no record in them; {advice}")),
    }
}
