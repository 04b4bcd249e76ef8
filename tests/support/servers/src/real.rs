//! Servers that others made, each in a process of its own.

pub(crate) mod moto;
pub(crate) mod nginx;
mod process;
pub(crate) mod required;
