//! Text formats: JSON and tables.

mod cell;
pub(super) mod json;
pub(super) mod keys;
pub(super) mod lines;
mod row;
mod scalar;
pub(super) mod table;
