//! Building into memory, and measuring the memory of a process.

pub(crate) mod peak;
pub(crate) mod writer;
