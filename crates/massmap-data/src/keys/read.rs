//! Reads keys from texts and columns.

#[cfg(feature = "parquet")]
pub(super) mod columns;
pub(super) mod lines;
pub(super) mod records;
pub(super) mod sink;
pub(super) mod table;
