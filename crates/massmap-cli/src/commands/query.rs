//! Commands that look up keys.

mod answering;
pub(crate) mod get;
mod lookups;
mod missing;
mod rows;
