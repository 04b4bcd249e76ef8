//! Checks of files: that the hash function and key type are right, and that everything is.

pub(crate) mod key_check;
pub(crate) mod verify;
