//! Commands that look up keys.

pub(crate) mod get;
mod lookups;
