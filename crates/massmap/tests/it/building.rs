//! Building: the same bytes whatever the means, in parts, from sources and to targets that fail, to a path.

mod backends;
mod fallible;
mod paths;
mod progress;
mod sameness;
mod shards;
mod target_bytes;
mod targets;
mod type_names;
