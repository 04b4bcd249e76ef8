//! Sorting entries, in memory or through a temporary file.

mod collect;
mod duplicates;
mod partition;
mod same_hash;
mod steps;
mod survivors;

pub(crate) use collect::{Collected, Collector, collect_parallel};
pub(crate) use partition::{Chunk, Entry, Gathered};
pub(crate) use same_hash::SameHash;
pub(crate) use steps::{Step, Steps};
pub(crate) use survivors::{Survivors, for_each_survivor};
