//! The rows of Parquet and Arrow that keys come from, with new columns.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema as Columns, SchemaRef};
use arrow_select::filter::filter_record_batch;
use massmap::dynamic::StaticSchema;

use super::cells::value_columns;
use super::{Answer, AnswerWriter};
use crate::export::ExportError;
use crate::export::columnar::{ColumnarFile, ColumnarFormat, PartColumns, of_arrow};
use crate::keys::KeptRows;

/// Rows are written once there are this many bytes of values for them, if the batch does not end before.
const MOST_BYTES: usize = 4 << 20;

/// Writes kept rows with more columns behind those that they have.
pub struct JoinedColumns<W: Write> {
    rows: KeptRows,
    batch: Option<RecordBatch>,
    /// The rows of the batch that were written.
    written: usize,
    /// Those behind them that were answered, and whether they are not left out.
    answered: Vec<bool>,
    values: PartColumns,
    /// Of the values, about.
    bytes: usize,
    columns: SchemaRef,
    file: ColumnarFile<W>,
}

impl<W: Write> JoinedColumns<W> {
    /// A file of the format of the rows, Parquet if `is_parquet` and Arrow IPC otherwise. The names of the new columns are or begin with
    /// `name`; values have the schema `value`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    pub fn new(
        rows: &KeptRows,
        is_parquet: bool,
        name: &str,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        let format = match is_parquet {
            true => ColumnarFormat::Parquet,
            false => ColumnarFormat::Arrow,
        };
        let (part, names) = value_columns(value, name);
        let values = PartColumns::new(value, part, &names, true, false)
            .map_err(|refusal| refusal.of("no value of this map"))?;
        let with_new = |old: &Columns| {
            let fields = old.fields().iter().map(|field| Field::clone(field));
            let fields: Vec<_> = fields.chain(values.fields().iter().cloned()).collect();
            Arc::new(Columns::new_with_metadata(fields, old.metadata().clone()))
        };
        let columns = with_new(rows.columns());
        let declared = with_new(rows.declared());
        Ok(Self {
            rows: rows.clone(),
            batch: None,
            written: 0,
            answered: Vec::new(),
            values,
            bytes: 0,
            file: ColumnarFile::new(format, &columns, &declared, out)?,
            columns,
        })
    }

    /// Takes note of an answer, which is left out unless `is_kept`.
    fn answer(&mut self, is_kept: bool) -> Result<(), ExportError> {
        self.answered.push(is_kept);
        let rows = match &self.batch {
            Some(batch) => batch.num_rows(),
            None => {
                let batch = self.rows.pop();
                let batch = batch.expect("a batch is there before the keys of its rows");
                let rows = batch.num_rows();
                self.batch = Some(batch);
                rows
            }
        };
        if self.written + self.answered.len() >= rows {
            self.write_rows()?;
            self.batch = None;
            self.written = 0;
        }
        Ok(())
    }

    /// Writes the rows that were answered.
    fn write_rows(&mut self) -> Result<(), ExportError> {
        let answered = std::mem::take(&mut self.answered);
        self.bytes = 0;
        let (Some(batch), false) = (&self.batch, answered.is_empty()) else {
            return Ok(());
        };
        let rows = batch.slice(self.written, answered.len());
        self.written += answered.len();
        let rows = match answered.contains(&false) {
            true => filter_record_batch(&rows, &BooleanArray::from(answered)).map_err(of_arrow)?,
            false => rows,
        };
        let mut columns = rows.columns().to_vec();
        columns.extend(self.values.finish()?);
        let joined = RecordBatch::try_new(Arc::clone(&self.columns), columns);
        self.file.write(&joined.map_err(of_arrow)?)
    }
}

impl<W: Write> AnswerWriter for JoinedColumns<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        let bytes = self.values.bytes(answer.value);
        if self.bytes.saturating_add(bytes) > MOST_BYTES {
            self.write_rows()?;
        }
        let appended = self.values.append(answer.value);
        appended.map_err(|refusal| refusal.of("the value"))?;
        self.bytes = self.bytes.saturating_add(bytes);
        self.answer(true)
    }

    fn skip(&mut self) -> Result<(), ExportError> {
        self.answer(false)
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        // Rows cannot be read before the end is there.
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.write_rows()?;
        self.file.finish()
    }
}

impl<W: Write> fmt::Debug for JoinedColumns<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedColumns").finish_non_exhaustive()
    }
}
