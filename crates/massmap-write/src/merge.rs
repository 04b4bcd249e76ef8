//! Merging maps.

mod inputs;
mod merger;

pub use merger::MassMapMerger;
