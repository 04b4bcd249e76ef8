//! Building maps from entries.

mod builder;
mod like;
mod setters;
mod shards;
mod write;

pub use builder::MassMapBuilder;
pub use shards::Shards;
pub(crate) use write::write_collected;
