//! Settings of builds and merges.

mod compression;
mod description;
mod setters;
mod settings;
mod shard;
mod sort_order;

pub use compression::Compression;
pub(crate) use compression::{Dictionary, Zstd};
pub(crate) use description::{Description, TypeNames, hash_probes};
pub(crate) use setters::shared_setters;
pub(crate) use settings::{Buckets, Settings};
pub(crate) use shard::{Shard, shard_of};
pub(crate) use sort_order::SortOrder;
