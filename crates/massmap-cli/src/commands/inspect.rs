//! Commands that show what a massmap file is, and how fast.

pub(crate) mod bench;
mod histogram;
pub(crate) mod info;
pub(crate) mod stats;
pub(crate) mod verify;
