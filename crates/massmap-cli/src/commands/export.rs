//! Commands that write the entries of a massmap file.

pub(crate) mod dump;
mod entries;
pub(crate) mod keys;
pub(crate) mod sample;
