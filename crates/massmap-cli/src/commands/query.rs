//! Commands that look up keys.

mod answering;
mod failure;
pub(crate) mod get;
pub(crate) mod join;
mod lookups;
mod missing;
mod stats;
