//! Commands that show what a massmap file is.

mod histogram;
pub(crate) mod info;
mod random;
pub(crate) mod stats;
pub(crate) mod verify;
