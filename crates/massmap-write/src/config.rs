//! Settings of builds and merges.

mod description;
mod setters;
mod settings;
mod shard;
mod sort_order;

pub(crate) use description::{Description, TypeNames, hash_probes};
pub(crate) use setters::shared_setters;
pub(crate) use settings::{Buckets, Settings};
pub(crate) use shard::{Shard, shard_of};
pub(crate) use sort_order::SortOrder;
