//! Everything that is accepted reads back the same.

mod commands;
mod types;
pub(crate) mod values;
