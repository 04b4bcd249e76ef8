//! Options that several commands have.

pub(crate) mod choices;
pub(crate) mod compression;
mod dialect;
pub(crate) mod global;
pub(crate) mod input;
pub(crate) mod keys;
pub(crate) mod parse;
pub(crate) mod resources;
pub(crate) mod rows;
pub(crate) mod usage;

/// Default of `--buffer-size`, in bytes.
pub(crate) const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// Default number of buckets of a file of format 1.
pub(crate) const DEFAULT_BUCKET_COUNT: u64 = 1 << 16;
