//! Building: to writers, to paths and in shards; the same bytes however it is done; failing sources and targets.

mod backends;
mod fallible;
mod like;
mod paths;
mod progress;
mod sameness;
mod shards;
mod target_bytes;
mod targets;
mod type_names;
