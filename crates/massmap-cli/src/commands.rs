//! The commands, one file each: their arguments and what they do. Their exit codes.

pub(crate) mod exit_codes;
pub(crate) mod export;
pub(crate) mod inspect;
pub(crate) mod query;
mod random;
pub(crate) mod shell;
pub(crate) mod write;
