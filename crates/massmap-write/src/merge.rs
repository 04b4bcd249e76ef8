//! Putting maps together that were built in parts.

mod merger;

pub use merger::MassMapMerger;
