//! Reads an input of text: JSON, NDJSON and tables without types.

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;
use massmap_format::{EntryTypes, IntegerType, Schema};

use super::reader::Reader;
use crate::input::entries::stream::{Batches, Stream};
use crate::input::entries::types::{ColumnSchema, EntryNames, InputDescription, InputSchema, PartSchema};
use crate::input::entries::{self, Entry, EntryTask, convert, typed};
use crate::input::error::{Cancelled, InputError, LocatedError, Rejection, Stop};
use crate::input::record::Record;
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::table::columns::FirstTable;
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
        let only_tables = sources.iter().all(|source| source.format.name.is_table());
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
        let columns = first.as_ref().and_then(|(_, reader)| reader.columns());
        // Other tables must have the columns of the first.
        let from_one_column =
            settings.fields.value.is_some() || columns.is_some_and(|columns| columns.value.is_some());
        let default_type = match only_tables && from_one_column {
            true => ValueType::String,
            false => ValueType::Json,
        };
        Ok(Self {
            first,
            rest: rest.collect(),
            key_type: settings.text_key_type(),
            value_type: settings.value_type.unwrap_or(default_type),
            settings: settings.clone(),
            meter: Arc::clone(meter),
        })
    }

    /// What would be built of the inputs.
    pub(in crate::input) fn schema(&self) -> InputSchema {
        let [key, value] = match &self.settings.schemas {
            Some(schemas) => {
                [schemas.key().schema(), schemas.value()].map(|schema| schema.as_schema().clone())
            }
            None => [key_schema(self.key_type), value_schema(self.value_type)],
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
                let name = |index: usize| columns.names.get(index).cloned();
                let others = (0..columns.names.len()).filter(|index| *index != columns.key);
                let values = match columns.value {
                    Some(value) => name(value).into_iter().collect(),
                    None => others.filter_map(name).collect(),
                };
                (name(columns.key).into_iter().collect(), values)
            }
            None => (
                vec![fields.key_name().to_owned()],
                fields.value_name().map(str::to_owned).into_iter().collect(),
            ),
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
        let [key_columns, value_columns] = typed_columns.unwrap_or_else(|| {
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

/// The error that there are no records. `only` is the input if there is just one.
fn no_records(only: Option<Origin>) -> InputError {
    let advice = "--allow-empty builds a map without entries";
    match only {
        Some(origin) => LocatedError::from(anyhow!("there is no record in it; {advice}")).in_input(&origin),
        None => InputError::of_all(anyhow!("there is no record in them; {advice}")),
    }
}

/// What keys of a type are.
fn key_schema(key_type: KeyType) -> Schema {
    Schema::Integer(match key_type {
        KeyType::Text => return Schema::String,
        KeyType::U8 => IntegerType::U8,
        KeyType::U16 => IntegerType::U16,
        KeyType::U32 => IntegerType::U32,
        KeyType::U64 => IntegerType::U64,
        KeyType::U128 => IntegerType::U128,
        KeyType::I8 => IntegerType::I8,
        KeyType::I16 => IntegerType::I16,
        KeyType::I32 => IntegerType::I32,
        KeyType::I64 => IntegerType::I64,
        KeyType::I128 => IntegerType::I128,
    })
}

/// What values of a type are.
fn value_schema(value_type: ValueType) -> Schema {
    match value_type {
        ValueType::Json => Schema::Any,
        ValueType::String => Schema::String,
        ValueType::Bool => Schema::Bool,
        ValueType::U64 => Schema::Integer(IntegerType::U64),
        ValueType::U128 => Schema::Integer(IntegerType::U128),
        ValueType::I64 => Schema::Integer(IntegerType::I64),
        ValueType::I128 => Schema::Integer(IntegerType::I128),
        ValueType::F64 => Schema::F64,
    }
}
