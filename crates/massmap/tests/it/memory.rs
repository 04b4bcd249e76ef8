//! Limits of allocated memory.

pub(crate) mod allocation;
mod no_allocation;
mod sparse;
