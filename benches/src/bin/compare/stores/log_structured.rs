//! Log-structured merge trees.

pub(super) mod fjall;
#[cfg(feature = "rocksdb")]
pub(super) mod rocksdb;
