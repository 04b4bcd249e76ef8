//! From files and standard input to entries, as a stream.
//!
//! A thread decompresses and parses the inputs, one after the other, and hands on each entry as soon as it is complete;
//! what is in memory is a batch of entries or two, however long the input. Each format has a file that turns its records
//! into [`Record`]s, and [`field`] turns these into keys and values of the types that were asked for.

mod args;
pub(crate) mod collected;
mod error;
mod field;
mod json;
mod lines;
mod record;
mod rows;
mod source;
mod stream;
mod table;

pub(crate) use args::InputArgs;
pub(crate) use error::InputError;
pub(crate) use source::Meter;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use error::{Fault, Halt, Refusal, Unwanted};
use field::ValueType;
use record::{Fields, Record, Sink};
use source::{Origin, Text};
use stream::{Batches, Stream};
use table::{Shape, Table, TableOptions};

use crate::keys::{Key, KeyTask, KeyType};
use crate::typed::{FromTyped, Typed};

/// How an input is to be read.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputFormat {
    /// One object {key: value, …}, or one array of [key, value] and objects with fields for key and value
    Json,
    /// One such pair or object a line
    Ndjson,
    /// Comma-separated values, where double quotes may enclose a value
    Csv,
    /// The same with tabs in place of commas
    Tsv,
}

/// Something to do with entries, whose types are known only once the program runs.
pub(crate) trait EntryTask {
    type Output;

    /// Does it with keys of the type `K` and values of the type `V`.
    fn run<K: Key, V: Serialize>(
        self,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> Self::Output;
}

/// Inputs of which the first is open, so that the types of the entries are known.
pub(crate) struct Input {
    first: Option<(Origin, Reader)>,
    rest: Vec<(Origin, InputFormat)>,
    fields: Fields,
    table_options: TableOptions,
    key_type: KeyType,
    value_type: ValueType,
    meter: Arc<Meter>,
}

impl Input {
    /// Checks that all inputs are there, and opens the first.
    ///
    /// # Errors
    ///
    /// Fails if an input cannot be opened, and if the first is a table that has not the columns it should have.
    pub(crate) fn open(args: &InputArgs) -> anyhow::Result<Self> {
        let inputs = args.inputs();
        let meter = Arc::new(Meter::of(inputs.iter().map(|(origin, _)| origin))?);
        let only_tables = inputs.iter().all(|(_, format)| format.is_table());
        let table_options = args.table_options();
        let mut rest = inputs.into_iter();
        let first = match rest.next() {
            Some((origin, format)) => {
                let reader = Reader::open(&origin, format, &table_options, &meter);
                let reader = reader.map_err(|fault| fault.in_input(&origin))?;
                Some((origin, reader))
            }
            None => None,
        };
        let first_shape = first.as_ref().and_then(|(_, reader)| reader.shape());
        // The first table stands for all: the others must have the same shape.
        let from_one_column = table_options.fields.value.is_some() || first_shape == Some(Shape::Cell);
        let default_type = match only_tables && from_one_column {
            true => ValueType::String,
            false => ValueType::Json,
        };
        Ok(Self {
            first,
            rest: rest.collect(),
            fields: args.fields(),
            table_options,
            key_type: args.key_type,
            value_type: args.value_type.unwrap_or(default_type),
            meter,
        })
    }

    /// How much of the inputs has been read.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Does `task` with the entries of all inputs, which begin to be read.
    pub(crate) fn run<T: EntryTask>(self, task: T) -> T::Output {
        let (key_type, value_type) = (self.key_type, self.value_type);
        let entries = Stream::start(|batches| self.read_all(batches));
        key_type.run(WithKey {
            entries,
            value_type,
            task,
        })
    }

    /// Runs on a thread of its own.
    fn read_all(self, batches: &mut Batches<Entry>) -> Result<(), Halt<InputError>> {
        let Self {
            first,
            rest,
            fields,
            table_options,
            key_type,
            value_type,
            meter,
        } = self;
        let mut sink = |record: Record<'_>| {
            let key = field::key(record.key, key_type).map_err(Refusal::Key)?;
            let value = field::value(record.value, value_type).map_err(Refusal::Value)?;
            batches
                .push((key, value), meter.decompressed())
                .map_err(|Unwanted| Refusal::Unwanted)
        };
        let mut first_shape = None;
        let mut read = |origin: &Origin, reader: Reader| {
            let outcome = match reader.shape() {
                Some(shape) => shape.check(&mut first_shape, value_type).map_err(Halt::Faulty),
                None => Ok(()),
            };
            outcome
                .and_then(|()| reader.read(&fields, &mut sink))
                .map_err(|halt| halt.in_input(origin))
        };
        if let Some((origin, reader)) = first {
            read(&origin, reader)?;
        }
        for (origin, format) in rest {
            let reader = Reader::open(&origin, format, &table_options, &meter);
            read(
                &origin,
                reader.map_err(|fault| Halt::Faulty(fault.in_input(&origin)))?,
            )?;
        }
        Ok(())
    }
}

/// An input that is open.
enum Reader {
    Json(Text),
    Lines(Text),
    Table(Box<Table<Text>>),
}

impl Reader {
    fn open(
        origin: &Origin,
        format: InputFormat,
        table_options: &TableOptions,
        meter: &Arc<Meter>,
    ) -> Result<Self, Fault> {
        let text = source::open(origin, meter)?;
        Ok(match format {
            InputFormat::Json => Self::Json(text),
            InputFormat::Ndjson => Self::Lines(text),
            InputFormat::Csv => Self::Table(Box::new(Table::open(text, b',', table_options)?)),
            InputFormat::Tsv => Self::Table(Box::new(Table::open(text, b'\t', table_options)?)),
        })
    }

    /// What the values of a table are made of.
    fn shape(&self) -> Option<Shape> {
        match self {
            Self::Json(_) | Self::Lines(_) => None,
            Self::Table(table) => table.shape(),
        }
    }

    fn read(self, fields: &Fields, sink: &mut Sink<'_>) -> Result<(), Halt> {
        match self {
            Self::Json(text) => json::read(text, fields, sink),
            Self::Lines(text) => lines::read(text, fields, sink),
            Self::Table(table) => table.read(sink),
        }
    }
}

/// Key and value, of the types that were asked for.
type Entry = (Typed, Typed);

struct WithKey<T> {
    entries: Stream<Entry>,
    value_type: ValueType,
    task: T,
}

impl<T: EntryTask> KeyTask for WithKey<T> {
    type Output = T::Output;

    fn run<K: Key>(self) -> T::Output {
        match self.value_type {
            ValueType::Json => self.run_with::<K, Value>(),
            ValueType::String => self.run_with::<K, String>(),
            ValueType::Bool => self.run_with::<K, bool>(),
            ValueType::U64 => self.run_with::<K, u64>(),
            ValueType::I64 => self.run_with::<K, i64>(),
            ValueType::F64 => self.run_with::<K, f64>(),
        }
    }
}

impl<T: EntryTask> WithKey<T> {
    fn run_with<K: Key, V: Serialize + FromTyped>(self) -> T::Output {
        const READ_SO: &str = "entries are read with the types that were asked for";
        self.task.run(self.entries.map(|entry| {
            entry.map(|(key, value)| {
                (
                    K::from_typed(key).expect(READ_SO),
                    V::from_typed(value).expect(READ_SO),
                )
            })
        }))
    }
}
