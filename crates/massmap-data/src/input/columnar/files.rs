//! Inputs with typed columns, as a stream of entries.

mod like;
mod opened;
mod table;

use std::rc::Rc;
use std::sync::Arc;

use arrow_array::RecordBatch;
use massmap_format::{EntryTypes, IntegerType, Schema};

use super::batches::{At, BatchSink, Flow, ReadError};
use super::column::values::{Column, at as value_at};
use super::plan::{Part, Plan};
use super::rows::{BadCell, RowKey, RowValue, Rows};
use crate::excerpt;
use crate::input::entries::EntryTask;
use crate::input::entries::stream::{Batches, Stream};
use crate::input::entries::types::{ColumnSchema, EntryNames, InputSchema, PartSchema};
use crate::input::error::{Cancelled, InputError, LocatedError, Place, RowPlace, Stop};
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::types::encoded_json::EncodedJson;
pub(in crate::input) use like::LikeInput;
use opened::Inputs;
pub(crate) use opened::Opened;
pub(in crate::input) use table::Table;

/// Inputs with typed columns, whose columns are known.
pub(in crate::input) struct ColumnarInput {
    inputs: Inputs,
    plan: Plan,
}

impl ColumnarInput {
    /// Opens all inputs once, to find out what their columns are.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be opened, or if their columns do not match each other or the settings.
    pub(in crate::input) fn open(
        settings: &InputSettings,
        meter: &Arc<Meter>,
        table: Option<Table>,
    ) -> Result<Self, InputError> {
        let mut plan: Option<Plan> = None;
        let inputs = Inputs::open(settings, meter, table, |source, columns| {
            let columns = columns.fields();
            match &mut plan {
                Some(plan) => {
                    plan.join(columns)?;
                    plan.check_names()
                }
                None => {
                    let chosen = Plan::choose(columns, settings, source.origin.to_string())?;
                    plan.insert(chosen).check_names()
                }
            }
        })?;
        Ok(Self {
            inputs,
            plan: plan.expect("there are inputs, and all were looked at"),
        })
    }

    /// The settings with the formats of the inputs.
    pub(in crate::input) fn settings(&self) -> &InputSettings {
        self.inputs.settings()
    }

    /// What would be built of the inputs.
    pub(in crate::input) fn schema(&self) -> InputSchema {
        let described = |part: &Part| {
            let schema = part.schema().unwrap_or(Schema::Any);
            let columns = part.columns.iter().map(|column| ColumnSchema {
                name: column.path.join("."),
                column_type: column.schema.to_string(),
            });
            let described = PartSchema {
                part_type: schema.to_string(),
                columns: columns.collect(),
            };
            (schema, described)
        };
        let (key_schema, key) = described(&self.plan.key);
        let (value_schema, value) = described(&self.plan.value);
        let types = EntryTypes {
            key: key_schema,
            value: value_schema,
            canonical_keys: true,
        };
        InputSchema {
            key,
            value,
            entry_widths: types.widths().map(|widths| [widths.key(), widths.value()]),
            inputs: self.inputs.described(),
        }
    }

    /// What the keys are.
    pub(super) fn key_schema(&self) -> Schema {
        self.plan.key.schema().unwrap_or(Schema::Any)
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub(in crate::input) fn run<T: EntryTask>(self, task: T) -> T::Output {
        let key = self.key_schema();
        let value = self.plan.value.schema().unwrap_or(Schema::Any);
        let names = EntryNames {
            key: key.to_string(),
            value: match value {
                Schema::Any => EncodedJson::type_name().to_owned(),
                other => other.to_string(),
            },
        };
        let entries = RowStream::new(Stream::start(|batches| self.read_all(batches)));
        // A build is faster if it knows the keys to be numbers.
        match key {
            Schema::Integer(IntegerType::U64) => task.run(
                &names,
                entries.map(|entry| entry.map(|(rows, row)| (u64_at(&rows, row), RowValue(rows, row)))),
            ),
            Schema::Integer(IntegerType::I64) => task.run(
                &names,
                entries.map(|entry| entry.map(|(rows, row)| (i64_at(&rows, row), RowValue(rows, row)))),
            ),
            Schema::Integer(IntegerType::U32) => task.run(
                &names,
                entries.map(|entry| entry.map(|(rows, row)| (u32_at(&rows, row), RowValue(rows, row)))),
            ),
            Schema::Integer(IntegerType::I32) => task.run(
                &names,
                entries.map(|entry| entry.map(|(rows, row)| (i32_at(&rows, row), RowValue(rows, row)))),
            ),
            _ => task.run(
                &names,
                entries.map(|entry| {
                    entry.map(|(rows, row)| (RowKey(Rc::clone(&rows), row), RowValue(rows, row)))
                }),
            ),
        }
    }

    /// Runs on a thread of its own.
    fn read_all(self, batches: &mut Batches<Rows>) -> Result<(), Stop<InputError>> {
        let Self { inputs, plan } = self;
        let max_record = inputs.settings().max_record;
        inputs.read(|_, opened| {
            let mut flow = Flow::Continue;
            let mut sink = |at: At, batch: RecordBatch| {
                let rows = Rows::new(&batch, &plan, max_record).map_err(|bad| bad.at(at))?;
                // A batch is full.
                if let Err(Cancelled) = batches.push(rows, usize::MAX, 0) {
                    flow = Flow::Stop;
                }
                Ok(flow)
            };
            read_from(opened, &plan, max_record, &mut sink)?;
            Ok(flow)
        })
    }

    /// Calls `found` with the entries of an input one by one, until it returns `false`. For inputs that can be read again.
    pub(super) fn each_key(
        &self,
        source: &Source,
        mut found: impl FnMut(&Rows, usize, Place) -> bool,
    ) -> Result<(), LocatedError> {
        let uncounted = Arc::new(Meter::default());
        let opened = Opened::open(source, self.settings(), &uncounted)?;
        let max_record = self.settings().max_record;
        let mut sink = |at: At, batch: RecordBatch| {
            let rows = Rows::new(&batch, &self.plan, max_record).map_err(|bad| bad.at(at))?;
            for row in rows.taken() {
                if !found(&rows, row, place(Some(at), Some(row as u64))) {
                    return Ok(Flow::Stop);
                }
            }
            Ok(Flow::Continue)
        };
        read_from(opened, &self.plan, max_record, &mut sink)
    }
}

/// Reads the columns of a plan.
fn read_from(
    opened: Opened,
    plan: &Plan,
    max_record: u64,
    sink: &mut BatchSink<'_>,
) -> Result<(), LocatedError> {
    let paths: Vec<_> = plan.chosen().map(|column| column.path.as_slice()).collect();
    opened.read(&paths, max_record, sink).map_err(located)
}

/// The error with its place.
pub(crate) fn located(error: ReadError) -> LocatedError {
    LocatedError {
        place: Place {
            field: error.column.as_deref().map(excerpt::beginning),
            ..place(error.at, error.row)
        },
        cause: error.cause,
    }
}

/// A place: the row of a batch that begins there, or what follows it.
pub(crate) fn place(at: Option<At>, row: Option<u64>) -> Place {
    Place {
        row: at.map(|at| {
            Box::new(RowPlace {
                before: at.row + row.unwrap_or(0),
                is_row: row.is_some(),
                part: at.part,
            })
        }),
        ..Place::default()
    }
}

impl BadCell {
    /// The error, in a batch that begins at a place.
    pub(crate) fn at(self, at: At) -> ReadError {
        ReadError {
            at: Some(at),
            row: Some(self.row as u64),
            column: self.column,
            cause: self.cause,
        }
    }
}

const TYPED: &str = "keys are of the type that the plan says";

fn u64_at(rows: &Rows, row: usize) -> u64 {
    match &rows.keys {
        Column::U64(keys) => Some(value_at(keys, row)),
        _ => None,
    }
    .expect(TYPED)
}

fn i64_at(rows: &Rows, row: usize) -> i64 {
    match &rows.keys {
        Column::I64(keys) => Some(value_at(keys, row)),
        _ => None,
    }
    .expect(TYPED)
}

fn u32_at(rows: &Rows, row: usize) -> u32 {
    match &rows.keys {
        Column::U32(keys) => Some(value_at(keys, row)),
        _ => None,
    }
    .expect(TYPED)
}

fn i32_at(rows: &Rows, row: usize) -> i32 {
    match &rows.keys {
        Column::I32(keys) => Some(value_at(keys, row)),
        _ => None,
    }
    .expect(TYPED)
}

/// The rows of batches one by one.
struct RowStream {
    stream: Stream<Rows>,
    batch: Option<Rc<Rows>>,
    next: usize,
}

impl RowStream {
    fn new(stream: Stream<Rows>) -> Self {
        Self {
            stream,
            batch: None,
            next: 0,
        }
    }
}

impl Iterator for RowStream {
    type Item = Result<(Rc<Rows>, usize), InputError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = &self.batch
                && let Some(row) = batch.next(self.next)
            {
                self.next = row + 1;
                return Some(Ok((Rc::clone(batch), row)));
            }
            // Freed before the next batch is waited for.
            self.batch = None;
            match self.stream.next()? {
                Ok(rows) => {
                    self.batch = Some(Rc::new(rows));
                    self.next = 0;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
