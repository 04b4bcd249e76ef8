//! Reads files and standard input as a stream of entries.
//!
//! A thread decompresses and parses the inputs in order, and passes on entries in batches; about two batches are in memory,
//! however long the input. Each format has a reader that produces [`Record`]s; [`entries::convert`] turns these into keys and
//! values of the requested types.

mod args;
mod entries;
mod error;
mod format;
pub(crate) mod json;
mod memory;
mod record;
mod source;
mod table;

pub(crate) use args::InputArgs;
pub(crate) use entries::EntryTask;
pub(crate) use entries::duplicate_key::message as duplicate_key_message;
pub(crate) use error::InputError;

use std::sync::Arc;

use anyhow::anyhow;

use crate::types::key::KeyType;
use crate::types::value::ValueType;
use args::ReadOptions;
use entries::stream::{Batches, Stream};
use entries::{Entry, convert};
use error::{Cancelled, LocatedError, Rejection, Stop};
use format::Format;
use format::reader::Reader;
use record::Record;
use source::meter::Meter;
use source::origin::Origin;
use table::columns::FirstTable;

/// Inputs, opened up to the first one that is not empty, so that the types of the entries are known.
pub(crate) struct Input {
    first: Option<(Origin, Reader)>,
    rest: Vec<(Origin, Format)>,
    /// Number of inputs, with the empty ones.
    count: usize,
    options: ReadOptions,
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
    pub(crate) fn open(args: &InputArgs) -> anyhow::Result<Self> {
        let inputs = args.inputs();
        let meter = Arc::new(Meter::of(inputs.iter().map(|(origin, _)| origin))?);
        let only_tables = inputs.iter().all(|(_, format)| format.name.is_table());
        let options = args.read_options();
        let count = inputs.len();
        let mut rest = inputs.into_iter();
        let mut first = None;
        for (origin, format) in rest.by_ref() {
            let reader = Reader::open(&origin, format, &options, None, &meter);
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
            options.fields.value.is_some() || columns.is_some_and(|columns| columns.value.is_some());
        let default_type = match only_tables && from_one_column {
            true => ValueType::String,
            false => ValueType::Json,
        };
        Ok(Self {
            first,
            rest: rest.collect(),
            count,
            options,
            key_type: args.key_type,
            value_type: args.value_type.unwrap_or(default_type),
            meter,
        })
    }

    /// Measures how much of the inputs has been read.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub(crate) fn run<T: EntryTask>(self, task: T) -> T::Output {
        let (key_type, value_type) = (self.key_type, self.value_type);
        let entries = Stream::start(|batches| self.read_all(batches));
        entries::run(task, key_type, value_type, entries)
    }

    /// Runs on a thread of its own.
    fn read_all(self, batches: &mut Batches<Entry>) -> Result<(), Stop<InputError>> {
        let Self {
            first,
            rest,
            count,
            options,
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
        let only = only.filter(|_| count == 1);
        let mut first_table = None;
        // Whether there was a record, or an explicit sign that there are none.
        let mut any = options.allow_empty;
        let mut read = |origin: &Origin, reader: Reader, first_table: &mut Option<FirstTable>| {
            let in_input = |stop: Stop| stop.in_input(origin);
            reader.remember_columns(origin, first_table);
            reader
                .check(value_type)
                .map_err(|error| in_input(Stop::Failed(error)))?;
            any |= reader.read(&options, &mut sink).map_err(in_input)?;
            Ok(())
        };
        if let Some((origin, reader)) = first {
            read(&origin, reader, &mut first_table)?;
        }
        for (origin, format) in rest {
            let reader = Reader::open(&origin, format, &options, first_table.as_ref(), &meter);
            let reader = reader.map_err(|error| Stop::Failed(error.in_input(&origin)))?;
            read(&origin, reader, &mut first_table)?;
        }
        match any {
            true => Ok(()),
            false => Err(Stop::Failed(no_records(only))),
        }
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
