//! Entries by partition: a range of sort keys so narrow that its entries fit in memory.

mod chunk;
mod partitioned_batch;
mod partitioned_entries;
mod ranges;
mod spill_file;
mod store;

pub(crate) use chunk::{Chunk, Entry};
pub(crate) use partitioned_entries::{PartitionedEntries, SpilledPartition};
pub(crate) use ranges::PartitionRanges;
pub(crate) use spill_file::BatchId;
pub(crate) use store::PartitionStore;

#[cfg(test)]
mod tests;
