//! From files and standard input to entries, as a stream.
//!
//! A thread decompresses and parses the inputs, one after the other, and hands on each entry as soon as it is complete;
//! what is in memory is a batch of entries or two, however long the input. Each format has a file that turns its records
//! into [`Record`]s, and [`field`] turns these into keys and values of the types that were asked for.

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
pub(crate) use entries::duplicate_key::of_repeated_key;
pub(crate) use error::InputError;
pub(crate) use source::Meter;

use std::sync::Arc;

use anyhow::anyhow;
use serde::Serialize;

use args::ReadOptions;
use entries::convert::{self, ValueType};
use entries::stream::{Batches, Stream};
use error::{Fault, Halt, Refusal, Unwanted};
use format::Format;
use format::reader::Reader;
use record::Record;
use source::Origin;
use table::columns::FirstTable;

use crate::types::dynamic::{FromTyped, Typed};
use crate::types::encoded_json::Encoded;
use crate::types::key::{Key, KeyTask, KeyType};

/// Something to do with entries, whose types are known only once the program runs.
pub(crate) trait EntryTask {
    type Output;

    /// Does it with keys of the type `K` and values of the type `V`.
    fn run<K: Key, V: Serialize + FromTyped>(
        self,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> Self::Output;
}

/// Inputs of which the first that is not empty is open, so that the types of the entries are known.
pub(crate) struct Input {
    first: Option<(Origin, Reader)>,
    rest: Vec<(Origin, Format)>,
    /// How many there are, with the empty ones.
    count: usize,
    options: ReadOptions,
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
        let only_tables = inputs.iter().all(|(_, format)| format.name.is_table());
        let options = args.read_options();
        let count = inputs.len();
        let mut rest = inputs.into_iter();
        let mut first = None;
        for (origin, format) in rest.by_ref() {
            let reader = Reader::open(&origin, format, &options, None, &meter);
            let reader = reader.map_err(|fault| fault.in_input(&origin))?;
            let tells_nothing = reader.is_empty();
            first = Some((origin, reader));
            // Otherwise the values would get another type for an empty part before the others.
            if !tells_nothing {
                break;
            }
        }
        let columns = first.as_ref().and_then(|(_, reader)| reader.columns());
        // The first table stands for all: the others must have its columns.
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
            count,
            options,
            key_type,
            value_type,
            meter,
        } = self;
        let mut sink = |record: Record<'_>| {
            let key = convert::key(record.key, key_type).map_err(Refusal::Key)?;
            let value = convert::value(record.value, value_type).map_err(Refusal::Value)?;
            let size = key.size() + value.size();
            batches
                .push((key, value), size, meter.decompressed())
                .map_err(|Unwanted| Refusal::Unwanted)
        };
        let only = first.as_ref().map(|(origin, _)| origin.clone());
        let only = only.filter(|_| count == 1);
        let mut first_table = None;
        // Whether there was a record, or something that says that there are none.
        let mut any = options.allow_empty;
        let mut read = |origin: &Origin, reader: Reader, first_table: &mut Option<FirstTable>| {
            let in_input = |halt: Halt| halt.in_input(origin);
            reader.remember_columns(origin, first_table);
            reader
                .check(value_type)
                .map_err(|fault| in_input(Halt::Faulty(fault)))?;
            any |= reader.read(&options, &mut sink).map_err(in_input)?;
            Ok(())
        };
        if let Some((origin, reader)) = first {
            read(&origin, reader, &mut first_table)?;
        }
        for (origin, format) in rest {
            let reader = Reader::open(&origin, format, &options, first_table.as_ref(), &meter);
            let reader = reader.map_err(|fault| Halt::Faulty(fault.in_input(&origin)))?;
            read(&origin, reader, &mut first_table)?;
        }
        match any {
            true => Ok(()),
            false => Err(Halt::Faulty(nothing(only))),
        }
    }
}

/// That there is no record in the inputs, of which there may be one only.
fn nothing(only: Option<Origin>) -> InputError {
    let advice = "--allow-empty builds a map without entries";
    match only {
        Some(origin) => Fault::from(anyhow!("there is no record in it; {advice}")).in_input(&origin),
        None => InputError::of_reading(anyhow!("there is no record in them; {advice}")),
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
            ValueType::Json => self.run_with::<K, Encoded>(),
            ValueType::String => self.run_with::<K, String>(),
            ValueType::Bool => self.run_with::<K, bool>(),
            ValueType::U64 => self.run_with::<K, u64>(),
            ValueType::U128 => self.run_with::<K, u128>(),
            ValueType::I64 => self.run_with::<K, i64>(),
            ValueType::I128 => self.run_with::<K, i128>(),
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
