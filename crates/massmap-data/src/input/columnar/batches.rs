//! How readers pass on what they read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::anyhow;
use arrow_array::RecordBatch;

use crate::input::error::panic_message;

/// The bytes that a batch should have.
const TARGET: usize = 2 << 20;

/// The most rows of a batch.
const MOST_ROWS: usize = 8192;

/// A place in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    /// Number of rows before it.
    pub(crate) row: u64,
    /// Number of its row group or batch, from 1, and which of both that is.
    pub(crate) part: (&'static str, u64),
}

/// Whether to go on reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Stop,
}

/// Receives batches, each with the place where it begins.
pub(crate) type BatchSink<'a> = dyn FnMut(At, RecordBatch) -> Result<Flow, ReadError> + 'a;

/// Passes on a batch that takes `size` bytes in parts that are not too large.
pub(super) fn pass_on(
    batch: &RecordBatch,
    size: usize,
    at: At,
    sink: &mut BatchSink<'_>,
) -> Result<Flow, ReadError> {
    let rows = batch.num_rows();
    let average = size.div_ceil(rows.max(1)).max(1);
    let step = (TARGET / average).clamp(1, MOST_ROWS);
    for start in (0..rows).step_by(step) {
        let part = batch.slice(start, step.min(rows - start));
        let at = At {
            row: at.row + start as u64,
            ..at
        };
        if let Flow::Stop = sink(at, part)? {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Continue)
}

/// Runs code of the crates that decode, which panics for some damaged data. What it was given is not to be used any more if it fails.
pub(super) fn decoded<T>(decode: impl FnOnce() -> T) -> anyhow::Result<T> {
    catch_unwind(AssertUnwindSafe(decode))
        .map_err(|panic| anyhow!("its data are damaged: {}", panic_message(&*panic)))
}

/// Why reading ends early.
#[derive(Debug)]
pub(crate) struct ReadError {
    /// `None` if it is about the whole input.
    pub(crate) at: Option<At>,
    /// The row in the batch at that place, if it is about one.
    pub(crate) row: Option<u64>,
    /// The column, if it is about one.
    pub(crate) column: Option<String>,
    pub(crate) cause: anyhow::Error,
}

impl ReadError {
    /// An error that is about the whole input.
    pub(super) fn whole(cause: anyhow::Error) -> Self {
        Self {
            at: None,
            row: None,
            column: None,
            cause,
        }
    }

    /// An error in what follows a place.
    pub(super) fn at(at: At, cause: anyhow::Error) -> Self {
        Self {
            at: Some(at),
            row: None,
            column: None,
            cause,
        }
    }
}
