//! Text formats: JSON and tables.

pub(crate) mod cell;
pub(crate) mod json;
pub(super) mod keys;
pub(super) mod lines;
pub(crate) mod parts;
pub(crate) mod row;
mod scalar;
pub(super) mod table;
