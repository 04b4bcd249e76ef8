//! Sorting entries, in memory or through temporary files.

mod collect;
mod duplicates;
mod hash_group;
mod kept_entries;
mod partition;
mod sorted_partitions;

pub(crate) use collect::{CollectedEntries, Collector, collect_parallel};
pub(crate) use duplicates::handle_duplicates;
pub(crate) use hash_group::HashGroup;
pub(crate) use kept_entries::{KeptEntries, for_each_kept};
pub(crate) use partition::{Chunk, Entry, PartitionedEntries};
pub(crate) use sorted_partitions::{SortedPartition, SortedPartitions};
