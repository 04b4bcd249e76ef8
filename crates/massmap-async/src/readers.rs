//! Readers.

pub(crate) mod memory;
