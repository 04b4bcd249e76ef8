//! Tables whose columns have types: Parquet and Arrow IPC.
//!
//! Batches of rows are decoded on the thread that reads, and encoded for the map straight from their columns. [`types`] says what the
//! types become.

mod arrow;
mod batches;
mod column;
mod duplicates;
mod files;
mod names;
mod parquet;
mod plan;
mod rows;
mod types;

pub(crate) use batches::Flow;
pub(crate) use column::values::{Column, at};
pub(super) use duplicates::{find_key, find_key_like, key_schema};
pub(super) use files::{ColumnarInput, LikeInput, Table};
pub(crate) use files::{Opened, located, place};
pub(crate) use plan::{Chosen, chosen_for, resolve};
pub(crate) use rows::encode::encode;
pub(crate) use rows::{BadCell, column_of};
