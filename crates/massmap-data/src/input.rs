//! Reads files and standard input as a stream of entries.
//!
//! A thread decompresses and parses the inputs in order, and passes on entries in batches; about two batches are in memory,
//! however long the input. Each format has a reader that produces [`Record`]s; [`entries::convert`] turns these into keys and
//! values of the requested types.

mod entries;
pub(crate) mod error;
mod format;
mod inputs;
pub(crate) mod json;
pub(crate) mod memory;
mod record;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod table;

pub use entries::EntryTask;
pub use entries::duplicate_key::message as duplicate_key_message;
pub use error::InputError;
pub use format::{Format, InputFormat};
pub use inputs::expand as expand_input;
pub use json::convert::read_entries as read_json_entries;
pub use record::Fields;
pub use settings::{InputSettings, Source};
pub use source::meter::Meter;
pub use source::origin::Origin;
pub use table::Header;
pub use table::dialect::{Dialect, DialectOptions, Quote};

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;

use crate::types::key::KeyType;
use crate::types::value::ValueType;
use entries::stream::{Batches, Stream};
use entries::{Entry, convert};
use error::{Cancelled, LocatedError, Rejection, Stop};
use format::reader::Reader;
use record::Record;
use table::columns::FirstTable;

/// Inputs, opened up to the first one that is not empty, so that the types of the entries are known.
pub struct Input {
    first: Option<(Origin, Reader)>,
    rest: Vec<Source>,
    settings: InputSettings,
    key_type: KeyType,
    value_type: ValueType,
    meter: Arc<Meter>,
}

impl Input {
    /// Checks that all inputs exist, and opens the first.
    ///
    /// # Errors
    ///
    /// Fails if an input cannot be opened, or if the first is a table without the required columns.
    pub fn open(settings: &InputSettings) -> Result<Self, InputError> {
        let sources = &settings.sources;
        let meter = Arc::new(Meter::of(sources.iter().map(|source| &source.origin))?);
        let only_tables = sources.iter().all(|source| source.format.name.is_table());
        let mut rest = sources.iter().cloned();
        let mut first = None;
        for Source { origin, format } in rest.by_ref() {
            let reader = Reader::open(&origin, format, settings, None, &meter);
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
            key_type: settings.key_type,
            value_type: settings.value_type.unwrap_or(default_type),
            settings: settings.clone(),
            meter,
        })
    }

    /// Measures how much of the inputs has been read.
    #[must_use]
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub fn run<T: EntryTask>(self, task: T) -> T::Output {
        let (key_type, value_type) = (self.key_type, self.value_type);
        let entries = Stream::start(|batches| self.read_all(batches));
        entries::run(task, key_type, value_type, entries)
    }

    /// Runs on a thread of its own.
    fn read_all(self, batches: &mut Batches<Entry>) -> Result<(), Stop<InputError>> {
        let Self {
            first,
            rest,
            settings,
            key_type,
            value_type,
            meter,
        } = self;
        let mut sink = |record: Record<'_>| {
            let key = convert::key(record.key, key_type).map_err(Rejection::Key)?;
            let value = convert::value(record.value, value_type).map_err(Rejection::Value)?;
            let size = key.size() + value.size();
            batches
                .push((key, value), size, meter.decompressed())
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

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
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
