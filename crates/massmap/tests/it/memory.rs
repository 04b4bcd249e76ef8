//! How much memory is allocated.

pub(crate) mod allocation;
mod no_allocation;
mod sparse;
