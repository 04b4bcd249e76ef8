//! Inputs with typed columns, as entries like those of a map.

use std::sync::Arc;

use arrow_array::RecordBatch;
use massmap_format::{EntryTypes, Schema};

use super::opened::{Inputs, Opened};
use super::{Table, located, place};
use crate::input::columnar::batches::{At, Flow};
use crate::input::columnar::rows::like::LikeRows;
use crate::input::entries::stream::{Batches, Stream};
use crate::input::entries::types::{EntryNames, InputSchema, PartSchema};
use crate::input::entries::{EntryTask, TypedEntry};
use crate::input::error::{Cancelled, InputError, LocatedError, Place, Stop};
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::schemas::EntrySchemas;

/// Inputs with typed columns, which are those of entries like those of a map.
pub(in crate::input) struct LikeInput {
    inputs: Inputs,
    /// Of each input.
    rows: Vec<LikeRows>,
    schemas: EntrySchemas,
}

impl LikeInput {
    /// Opens all inputs once, to find out what their columns are.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be opened, or if their columns are not those of such entries.
    pub(in crate::input) fn open(
        settings: &InputSettings,
        schemas: &EntrySchemas,
        meter: &Arc<Meter>,
        table: Option<Table>,
    ) -> Result<Self, InputError> {
        let mut rows = Vec::new();
        let inputs = Inputs::open(settings, meter, table, |_, columns| {
            rows.push(LikeRows::choose(schemas, columns.fields(), settings)?);
            Ok(())
        })?;
        Ok(Self {
            inputs,
            rows,
            schemas: schemas.clone(),
        })
    }

    /// The settings with the formats of the inputs.
    pub(in crate::input) fn settings(&self) -> &InputSettings {
        self.inputs.settings()
    }

    /// What would be built of the inputs.
    pub(in crate::input) fn schema(&self) -> InputSchema {
        let [key, value] = [self.schemas.key().schema(), self.schemas.value()];
        let [key_columns, value_columns] = match self.rows.first() {
            Some(rows) => rows.described(),
            None => [Vec::new(), Vec::new()],
        };
        let part = |schema: &Schema, columns| PartSchema {
            part_type: schema.to_string(),
            columns,
        };
        let types = EntryTypes {
            key: key.as_schema().clone(),
            value: value.as_schema().clone(),
            canonical_keys: true,
        };
        InputSchema {
            key: part(key.as_schema(), key_columns),
            value: part(value.as_schema(), value_columns),
            entry_widths: types.widths().map(|widths| [widths.key(), widths.value()]),
            inputs: self.inputs.described(),
        }
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub(in crate::input) fn run<T: EntryTask>(self, task: T) -> T::Output {
        let [key, value] = self.schemas.names().map(str::to_owned);
        let entries = Stream::start(move |batches| self.read_all(batches));
        task.run(&EntryNames { key, value }, entries)
    }

    /// Runs on a thread of its own.
    fn read_all(self, batches: &mut Batches<TypedEntry>) -> Result<(), Stop<InputError>> {
        let Self { inputs, rows, .. } = self;
        let max_record = inputs.settings().max_record;
        inputs.read(|number, opened| match rows.get(number) {
            Some(rows) => each_entry(opened, rows, max_record, |entry, size, _| {
                batches
                    .push(entry, size, 0)
                    .map_or_else(|Cancelled| Flow::Stop, |()| Flow::Continue)
            }),
            None => Ok(Flow::Continue),
        })
    }

    /// Calls `found` with the entries of an input one by one, each with its place, until it returns [`Flow::Stop`]. For inputs that can be
    /// read again.
    pub(in crate::input::columnar) fn each_key(
        &self,
        source: &Source,
        mut found: impl FnMut(TypedEntry, Place) -> Flow,
    ) -> Result<Flow, LocatedError> {
        let settings = self.settings();
        let number = settings.sources.iter().position(|other| other == source);
        let opened = Opened::open(source, settings, &Arc::default())?;
        match number.and_then(|number| self.rows.get(number)) {
            Some(rows) => each_entry(opened, rows, settings.max_record, |entry, _, place| {
                found(entry, place)
            }),
            None => Ok(Flow::Continue),
        }
    }
}

/// Passes on the entries of an input, each with its size and its place.
fn each_entry(
    opened: Opened,
    rows: &LikeRows,
    max_record: u64,
    mut pass_on: impl FnMut(TypedEntry, usize, Place) -> Flow,
) -> Result<Flow, LocatedError> {
    let paths: Vec<_> = rows.paths().collect();
    let mut flow = Flow::Continue;
    let mut sink = |at: At, batch: RecordBatch| {
        let columns = rows.columns_of(&batch).map_err(|bad| bad.at(at))?;
        for row in 0..batch.num_rows() {
            let entry = rows.entry(&columns, row, max_record);
            let (entry, size) = entry.map_err(|bad| bad.at(at))?;
            flow = pass_on(entry, size, place(Some(at), Some(row as u64)));
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(flow)
    };
    opened.read(&paths, max_record, &mut sink).map_err(located)?;
    Ok(flow)
}
