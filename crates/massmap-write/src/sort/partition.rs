//! Entries by partition: ranges of their orders, so narrow that one of them fits in memory.

mod chunk;
mod gathered;
mod ranges;
mod scatter;
mod spill;
mod store;

pub(crate) use chunk::{Chunk, Entry};
pub(crate) use gathered::{Gathered, Pieces};
pub(crate) use ranges::Ranges;
pub(crate) use spill::BatchId;
pub(crate) use store::Store;

#[cfg(test)]
mod tests;
