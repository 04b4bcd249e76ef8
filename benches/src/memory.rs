//! Memory: building into it, and how much a process takes.

pub(crate) mod peak;
pub(crate) mod writer;
