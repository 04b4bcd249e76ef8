//! Collecting the entries of the input, by partition.

mod collected;
mod parallel;
mod sequential;

pub(crate) use collected::CollectedEntries;
pub(crate) use parallel::collect_parallel;
pub(crate) use sequential::Collector;
