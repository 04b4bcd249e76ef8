//! The commands, one file each: their arguments and what they do.

pub(crate) mod build;
pub(crate) mod convert;
pub(crate) mod get;
pub(crate) mod info;
pub(crate) mod merge;
mod output_file;
pub(crate) mod verify;
