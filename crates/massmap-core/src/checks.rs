//! Checks of files: of the hash function and key type, and of the whole file.

pub(crate) mod key_check;
pub(crate) mod verify;
