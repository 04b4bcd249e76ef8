//! Entries by partition: ranges of their orders, so narrow that one of them fits in memory.

mod gathered;
mod ranges;
mod scatter;
mod spill;
mod steps;
mod store;

pub(crate) use gathered::{Gathered, Pieces};
pub(crate) use ranges::Ranges;
pub(crate) use scatter::Scattered;
pub(crate) use spill::{BatchId, Part};
pub(crate) use steps::{Means, Step, Steps};
pub(crate) use store::Store;
