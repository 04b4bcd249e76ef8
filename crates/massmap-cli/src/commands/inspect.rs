//! Commands that show what a massmap file is.

pub(crate) mod info;
pub(crate) mod verify;
