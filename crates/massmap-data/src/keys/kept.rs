//! The rows that keys come from, of tables whose columns have types.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// The rows that keys come from, in batches. There is a key for each row, in the same order.
#[derive(Clone)]
pub struct KeptRows {
    columns: SchemaRef,
    declared: SchemaRef,
    batches: Arc<Mutex<VecDeque<RecordBatch>>>,
}

impl KeptRows {
    /// Rows of these columns, which their file declares to have other types of the same values.
    pub(super) fn new(columns: SchemaRef, declared: SchemaRef) -> Self {
        Self {
            columns,
            declared,
            batches: Arc::default(),
        }
    }

    /// Their columns.
    pub(crate) fn columns(&self) -> &SchemaRef {
        &self.columns
    }

    /// Their columns as their file declares them.
    pub(crate) fn declared(&self) -> &SchemaRef {
        &self.declared
    }

    /// Adds a batch, before the keys of its rows are handed over.
    pub(super) fn push(&self, batch: RecordBatch) {
        self.batches().push_back(batch);
    }

    /// The next batch, of which the key of the first row has been handed over.
    pub(crate) fn pop(&self) -> Option<RecordBatch> {
        self.batches().pop_front()
    }

    fn batches(&self) -> MutexGuard<'_, VecDeque<RecordBatch>> {
        // Each change is complete.
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeptRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptRows").finish_non_exhaustive()
    }
}
