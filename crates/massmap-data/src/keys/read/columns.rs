//! Keys in columns that have types.

use std::sync::Arc;

use anyhow::Context;
use arrow_buffer::NullBuffer;
use massmap_format::Schema;

use super::sink::{NULL, Sink, wrong};
use crate::input::columnar::{
    BadCell, Chosen, Column, Flow, Opened, at, chosen_for, column_of, encode, located, place, resolve,
};
use crate::input::error::{Place, Stop};
use crate::input::source::meter::Meter;
use crate::input::{ColumnRules, InputSettings, Source};
use crate::keys::kept::KeptRows;
use crate::keys::parser::KeyParser;

/// An open file, whose columns are known.
pub(in crate::keys) struct KeyColumns {
    opened: Opened,
    parts: Vec<(Chosen, ColumnRules)>,
    max_record: u64,
    /// Where rows are kept, if they are.
    kept: Option<KeptRows>,
}

impl KeyColumns {
    /// Opens a file and finds the columns that `key` names; if it names none, those that an export gives the parts of keys, or the first
    /// one. Rows are kept if `keeps_rows`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or a column is missing or of a type that no key has.
    pub(in crate::keys) fn open(
        source: &Source,
        key: Option<&str>,
        max_record: u64,
        keeps_rows: bool,
        parser: &KeyParser,
        meter: &Arc<Meter>,
    ) -> anyhow::Result<Self> {
        let mut settings = InputSettings::new([source.clone()]);
        settings.max_record = max_record;
        let opened = Opened::open(source, &settings, meter)?;
        let columns = opened.columns().fields();
        let paths = match key {
            Some(key) => resolve(key, columns)?,
            None => {
                let first = columns.first().context("it has no columns")?;
                let exported = parser.exported_columns();
                let has = |name: &String| columns.iter().any(|column| column.name() == name);
                match exported.iter().all(has) {
                    true => exported.into_iter().map(|name| vec![name]).collect(),
                    false => vec![vec![first.name().clone()]],
                }
            }
        };
        parser.check_parts(paths.len())?;
        let count = paths.len();
        let parts = paths.into_iter().enumerate();
        let parts = parts.map(|(index, path)| chosen_for(parser.part(index, count), path, columns));
        let parts = parts.collect::<anyhow::Result<_>>()?;
        let kept = keeps_rows.then(|| {
            let [columns, declared] = [opened.columns(), opened.declared()];
            KeptRows::new(Arc::new(columns.clone()), Arc::new(declared.clone()))
        });
        Ok(Self {
            opened,
            parts,
            max_record,
            kept,
        })
    }

    /// The names of all columns.
    pub(in crate::keys) fn names(&self) -> Vec<String> {
        let columns = self.opened.columns().fields().iter();
        columns.map(|column| column.name().clone()).collect()
    }

    /// The rows that are kept.
    pub(in crate::keys) fn kept(&self) -> Option<KeptRows> {
        self.kept.clone()
    }

    /// Passes the key of each row to `sink`.
    pub(in crate::keys) fn read(self, mut sink: Sink<'_>) -> Result<(), Stop> {
        let names: Vec<_> = self.names().into_iter().map(|name| vec![name]).collect();
        let Self {
            opened,
            parts,
            max_record,
            kept,
        } = self;
        let paths: Vec<_> = match &kept {
            Some(_) => names.iter().map(Vec::as_slice).collect(),
            None => parts.iter().map(|(column, _)| column.path.as_slice()).collect(),
        };
        let mut stopped = None;
        let read = opened.read(&paths, max_record, &mut |at, batch| {
            let column = |(column, rules): &(Chosen, ColumnRules)| {
                let (values, valid) = column_of(&batch, column, *rules)?;
                Ok(Part {
                    name: column.path.join("."),
                    values,
                    valid,
                })
            };
            let columns: Result<Vec<_>, BadCell> = parts.iter().map(column).collect();
            let columns = columns.map_err(|bad| bad.at(at))?;
            if let Some(kept) = &kept {
                sink.row_bytes = batch.get_array_memory_size() / batch.num_rows().max(1);
                kept.push(batch.clone());
            }
            for row in 0..batch.num_rows() {
                let place = place(Some(at), Some(row as u64));
                if let Err(stop) = pass_on(&columns, row, &place, &sink) {
                    stopped = Some(stop);
                    return Ok(Flow::Stop);
                }
            }
            Ok(Flow::Continue)
        });
        match (stopped, read) {
            (Some(stop), _) => Err(stop),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(Stop::Failed(located(error))),
        }
    }
}

/// A column of a batch that is a key, or a part of it.
struct Part {
    name: String,
    values: Column,
    /// The rows that have a value; `None` if all have.
    valid: Option<NullBuffer>,
}

/// Passes on the key of a row.
fn pass_on(parts: &[Part], row: usize, place: &Place, sink: &Sink<'_>) -> Result<(), Stop> {
    let count = parts.len();
    let mut encoded = Vec::with_capacity(count);
    for (index, part) in parts.iter().enumerate() {
        let mut out = Vec::new();
        let is_there = Column::is_valid(part.valid.as_ref(), row);
        let key_part = KeyPart {
            parser: sink.parser,
            index,
            count,
        };
        let value = match is_there {
            true => key_part.encode(&part.values, row, &mut out),
            false => Ok(false),
        };
        match value.map_err(|cause| wrong(place, Some(&part.name), cause))? {
            true => encoded.push(out),
            false => return sink.take_null(&[], place, Some(&part.name)),
        }
    }
    let field = match parts {
        [part] => Some(&*part.name),
        _ => None,
    };
    let mut key = Vec::new();
    let put = KeyParser::put_together(&encoded, &mut key).map_err(anyhow::Error::from);
    let checked = put.and_then(|()| sink.parser.check(&key));
    checked.map_err(|cause| wrong(place, field, cause))?;
    sink.take(&key, &[], place, field)
}

/// The part of a key that a column holds, of so many.
struct KeyPart<'a> {
    parser: &'a KeyParser,
    index: usize,
    count: usize,
}

impl KeyPart<'_> {
    /// Appends the encoding of the part in a row to `out`. Returns `false` if it is null, although no such part is.
    fn encode(&self, column: &Column, row: usize, out: &mut Vec<u8>) -> anyhow::Result<bool> {
        let Self { parser, index, count } = *self;
        let part = parser.part(index, count);
        let mut text = |text: &str| parser.parse_cell(index, count, text, out);
        let mut bytes = |bytes: &[u8]| match part {
            // Some writers do not say that bytes are text.
            Schema::String => Some(
                str::from_utf8(bytes)
                    .context("it is not UTF-8, as strings are")
                    .and_then(&mut text),
            ),
            _ => None,
        };
        let parsed = match column {
            Column::Indexed { indexes, values } => return self.encode(values, at(indexes, row), out),
            Column::Optional { valid, inner } if Column::is_valid(valid.as_ref(), row) => {
                return self.encode(inner, row, out);
            }
            Column::Null | Column::Optional { .. } => {
                let is_there = matches!(part, Schema::Option(_));
                out.extend_from_slice(if is_there { NULL } else { &[] });
                return Ok(is_there);
            }
            Column::Text(values) => Some(text(values.value(row))),
            Column::LargeText(values) => Some(text(values.value(row))),
            Column::TextView(values) => Some(text(values.value(row))),
            Column::Bytes(values) => bytes(values.value(row)),
            Column::LargeBytes(values) => bytes(values.value(row)),
            Column::BytesView(values) => bytes(values.value(row)),
            Column::FixedBytes(values) => bytes(values.value(row)),
            _ => None,
        };
        match parsed {
            Some(parsed) => parsed?,
            None => encode(part, column, row, out)?,
        }
        Ok(true)
    }
}
