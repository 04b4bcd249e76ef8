//! Lookups: of single keys, and of many keys at once.

pub(crate) mod batch;
mod batch_in_memory;
mod failure;
pub(crate) mod fast_batch;
mod single;
mod try_ref;
