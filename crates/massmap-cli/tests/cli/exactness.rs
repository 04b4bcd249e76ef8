//! What goes in comes out.

mod commands;
mod types;
pub(crate) mod values;
