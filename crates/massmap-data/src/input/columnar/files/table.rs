//! Tables that are given as batches.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, Schema as Columns};

use crate::input::columnar::batches::{At, BatchSink, Flow, ReadError, pass_on};

/// Batches of a table, which come one by one.
type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// A table of which the batches are given.
pub(crate) struct Table {
    columns: Arc<Columns>,
    batches: Batches,
}

impl Table {
    /// A table with these columns, which all batches have.
    pub(in crate::input) fn new(
        columns: Arc<Columns>,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    ) -> Self {
        Self {
            columns,
            batches: Box::new(batches),
        }
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Passes its batches to `sink`, in their order.
    ///
    /// # Errors
    ///
    /// Fails if a batch is an error or has other columns, or `sink` fails.
    pub(super) fn read(self, sink: &mut BatchSink<'_>) -> Result<(), ReadError> {
        let mut at = At {
            row: 0,
            part: ("batch", 1),
        };
        for batch in self.batches {
            let failed = |error| ReadError::at(at, error);
            let batch = batch.context("it cannot be read").map_err(failed)?;
            let columns = batch.schema_ref();
            if !Arc::ptr_eq(columns, &self.columns) && columns.fields() != self.columns.fields() {
                return Err(failed(anyhow!("the batch has other columns than the table")));
            }
            if let Flow::Stop = pass_on(&batch, size(&batch), at, sink)? {
                return Ok(());
            }
            at.row += batch.num_rows() as u64;
            at.part.1 += 1;
        }
        Ok(())
    }
}

/// About how many bytes a batch takes, which may be a part of a larger one.
fn size(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    let size = columns.map(|column| {
        let whole = column.get_array_memory_size();
        column
            .to_data()
            .get_slice_memory_size()
            .map_or(whole, |part| part.min(whole))
    });
    size.sum()
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}
