//! The commands, one file each: their arguments and what they do.

pub(crate) mod inspect;
pub(crate) mod query;
pub(crate) mod write;
