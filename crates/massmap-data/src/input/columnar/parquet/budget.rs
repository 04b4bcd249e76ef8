//! How many rows a batch may have, and how many bytes it takes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The bytes that a batch should have.
const TARGET: u64 = 2 << 20;

/// The most bytes of a batch, unless a single row or page has more.
pub(super) const LIMIT: u64 = 32 << 20;

/// The most rows of a batch.
const MOST_ROWS: usize = 8192;

/// The bytes that have been read for a batch. One thread uses it; it is shared between the columns.
#[derive(Debug)]
pub(super) struct Budget {
    /// The most bytes of a batch.
    pub(super) limit: u64,
    /// The most bytes of a row.
    pub(super) max_record: u64,
    rows: AtomicUsize,
    used: AtomicU64,
    /// The number of rows that a batch should have instead; 0 if it is right.
    wanted: AtomicUsize,
    /// Number of batches so far.
    batch: AtomicU64,
    /// Why a page could not be read. The crate `parquet` passes on the text of errors only.
    failure: Mutex<Option<Failure>>,
}

/// Why a page could not be read.
#[derive(Debug)]
pub(super) struct Failure {
    /// The path of its column.
    pub(super) column: Option<String>,
    pub(super) cause: anyhow::Error,
}

/// The batches have to have fewer rows: reading begins again with them.
#[derive(Debug, thiserror::Error)]
#[error("the rows are too large for batches of so many")]
pub(super) struct TooManyRows;

impl Budget {
    /// For `rows` rows of `bytes` bytes. A row has `fixed` bytes whatever it contains.
    pub(super) fn new(limit: u64, max_record: u64, rows: u64, bytes: u64, fixed: u64) -> Self {
        let average = bytes.div_ceil(rows.max(1)).max(1);
        let wanted = (TARGET.min(limit) / average).min(limit / fixed.max(1));
        let wanted = usize::try_from(wanted).unwrap_or(MOST_ROWS);
        Self {
            limit,
            max_record,
            rows: AtomicUsize::new(wanted.clamp(1, MOST_ROWS)),
            used: AtomicU64::new(0),
            wanted: AtomicUsize::new(0),
            batch: AtomicU64::new(0),
            failure: Mutex::new(None),
        }
    }

    /// Number of rows of a batch.
    pub(super) fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    /// Number of the current batch.
    pub(super) fn batch(&self) -> u64 {
        self.batch.load(Ordering::Relaxed)
    }

    /// Begins a batch.
    pub(super) fn begin(&self) {
        self.used.store(0, Ordering::Relaxed);
        self.batch.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds bytes that a page takes. `is_first` is whether it is the first one of its column in this batch, which must be read.
    ///
    /// # Errors
    ///
    /// Fails if the batch gets too large with so many rows.
    pub(super) fn add(&self, bytes: u64, is_first: bool) -> Result<(), TooManyRows> {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match used > self.limit && !is_first {
            true => self.shrink(self.rows() / 8),
            false => Ok(()),
        }
    }

    /// Checks that rows of this size are not too many for a batch.
    pub(super) fn check_row(&self, bytes: u64) -> Result<(), TooManyRows> {
        let most = usize::try_from(self.limit / bytes.max(1)).unwrap_or(MOST_ROWS);
        match self.rows() > most {
            true => self.shrink(most),
            false => Ok(()),
        }
    }

    /// Notes why a page could not be read.
    pub(super) fn fail(&self, column: String, cause: anyhow::Error) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(Failure {
            column: Some(column),
            cause,
        });
    }

    /// Why a page could not be read, if that was so.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn shrink(&self, rows: usize) -> Result<(), TooManyRows> {
        if self.rows() <= 1 {
            return Ok(());
        }
        self.wanted.store(rows.max(1), Ordering::Relaxed);
        Err(TooManyRows)
    }

    /// Takes the smaller number of rows that pages asked for. Returns whether there is one.
    pub(super) fn adapt(&self) -> bool {
        let wanted = self.wanted.swap(0, Ordering::Relaxed);
        if (1..self.rows()).contains(&wanted) {
            self.rows.store(wanted, Ordering::Relaxed);
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_have_as_many_rows_as_bytes_allow() {
        let rows = |rows, bytes, fixed| Budget::new(LIMIT, 1 << 26, rows, bytes, fixed).rows();
        assert_eq!(rows(1_000_000, 40_000_000, 40), MOST_ROWS);
        assert_eq!(rows(1_000_000, 1 << 30, 16), 1952);
        // 1 GiB in ten strings.
        assert_eq!(rows(10, 1 << 30, 16), 1);
        assert_eq!(rows(0, 0, 0), MOST_ROWS);
        assert_eq!(rows(100, 100, 1 << 30), 1);
        assert_eq!(rows(u64::MAX, u64::MAX, 1), MOST_ROWS);
    }

    #[test]
    fn a_batch_that_gets_too_large_is_read_again_with_fewer_rows() {
        let budget = Budget::new(1000, 1 << 20, 80, 80, 1);
        assert_eq!(budget.rows(), 1000);
        budget.begin();
        // The first page of a column must be read.
        assert!(budget.add(5000, true).is_ok());
        assert!(!budget.adapt());
        assert!(budget.add(1, false).is_err());
        assert!(budget.adapt());
        assert_eq!(budget.rows(), 125);
        budget.begin();
        assert!(budget.add(1000, false).is_ok());
        assert!(budget.check_row(8).is_ok());
        assert!(budget.check_row(100).is_err());
        assert!(budget.adapt());
        assert_eq!(budget.rows(), 10);
        assert!(budget.check_row(u64::MAX).is_err());
        assert!(budget.adapt());
        // A single row cannot be split.
        assert!(budget.check_row(u64::MAX).is_ok());
        assert!(!budget.adapt());
    }
}
